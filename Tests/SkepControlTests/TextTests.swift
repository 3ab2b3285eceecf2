import Testing

@testable import SkepControl

struct PrintableTests {
    @Test("Control characters, invisible ones and turned writing are shown as what they are")
    func escapes() {
        #expect(Printable.text("a\u{1B}[2J\r\n\tb") == "a\\u{1B}[2J\\r\\n\\tb")
        #expect(Printable.text("\u{7F}\u{9B}\u{202E}\u{2028}\u{FEFF}") == "\\u{7F}\\u{9B}\\u{202E}\\u{2028}\\u{FEFF}")
        #expect(Printable.text("Küche/温度 😀") == "Küche/温度 😀")
    }

    @Test("No scalar below U+00A0 but those of ASCII that are drawn goes to a terminal")
    func controls() {
        for value in UInt8.min..<0xA0 {
            let scalar = Unicode.Scalar(value)
            #expect(Printable.isPrintable(scalar) == (0x20...0x7E).contains(value), "\(value)")
        }
    }
}

struct TextWidthTests {
    @Test(
        "Wide characters take two columns and marks none",
        arguments: [("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("温度", 4), ("한글", 4), ("ﾊ", 1), ("😀", 2), ("…", 1)])
    func columns(text: String, columns: Int) { #expect(TextWidth.columns(of: text) == columns) }

    @Test("A text is cut to the width, and never in the middle of a character")
    func cut() {
        #expect(TextWidth.cut("abcdef", to: 6) == "abcdef")
        #expect(TextWidth.cut("abcdef", to: 5) == "abcd…")
        #expect(TextWidth.cut("温度計", to: 5) == "温度…")
        #expect(TextWidth.cut("温度計", to: 4) == "温…")
        #expect(TextWidth.cut("abc", to: 1) == "…")
        #expect(TextWidth.cut("abc", to: 0) == "")
        #expect(TextWidth.cut("abc", to: -1) == "")
    }

    @Test("A text fills its column on either side")
    func fit() {
        #expect(TextWidth.fit("温", to: 4) == "温  ")
        #expect(TextWidth.fit("温", to: 4, isRight: true) == "  温")
        #expect(TextWidth.fit("abc", to: 2) == "a…")
    }
}

struct HumanTests {
    @Test(
        "Counts have commas",
        arguments: [
            (0, "0"), (999, "999"), (1_000, "1,000"), (1_204, "1,204"), (-1_234_567, "-1,234,567"),
            (Int64.min, "-9,223,372,036,854,775,808"),
        ])
    func count(value: Int64, text: String) { #expect(Human.count(value) == text) }

    @Test(
        "Short numbers have the unit that fits",
        arguments: [
            (0, "0"), (0.44, "0.4"), (940, "940"), (999.4, "999"), (999.9, "1.0k"), (3_100, "3.1k"), (12_345, "12.3k"),
            (999_960, "1.0M"), (123_456_789, "123M"), (-3_100, "-3.1k"), (1e30, "1000000000000E"),
            (.nan, "-"), (.infinity, "-"),
        ] as [(Double, String)])
    func short(value: Double, text: String) { #expect(Human.short(value) == text) }

    @Test("Bytes, rates and shares have their units")
    func units() {
        #expect(Human.bytes(0) == "0 B")
        #expect(Human.bytes(999) == "999 B")
        #expect(Human.bytes(12_400_000) == "12.4 MB")
        #expect(Human.rate(3_100) == "3.1k/s")
        #expect(Human.percent(0.62) == "62 %")
        #expect(Human.percent(0.005) == "0.5 %")
    }

    @Test(
        "Durations have their two largest units",
        arguments: [
            (0, "0 s"), (0.25, "0.250 s"), (1.5, "1.5 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"),
            (3_600, "1 h"), (3_605, "1 h"), (11_520, "3 h 12 min"), (86_400 * 12 + 3_600 * 3, "12 d 3 h"),
            (-61, "-1 min 1 s"),
            (.infinity, "forever"), (.nan, "forever"), (1e300, "forever"),
        ] as [(Double, String)])
    func duration(seconds: Double, text: String) { #expect(Human.duration(seconds) == text) }

    @Test("A session expires at once, after a time or never")
    func expiry() {
        #expect(Human.expiry(0) == "at disconnect")
        #expect(Human.expiry(3_600) == "1 h")
        #expect(Human.expiry(4_294_967_295) == "never")
    }

    @Test("A number has as many digits as asked for, rounded")
    func decimal() {
        #expect(Human.decimal(1.005, places: 0) == "1")
        #expect(Human.decimal(-0.04, places: 1) == "0.0")
        #expect(Human.decimal(2.05, places: 3) == "2.050")
        #expect(Human.decimal(1e19, places: 2) == "1e+19")
    }

    @Test(
        "Moments are dates and times of day in a zone",
        arguments: [
            (0, 0, "1970-01-01 00:00:00.000"), (1_709_164_800.5, 0, "2024-02-29 00:00:00.500"),
            (1_709_164_800, 3_600, "2024-02-29 01:00:00.000"), (1_709_164_800, -1, "2024-02-28 23:59:59.000"),
            (-1, 0, "1969-12-31 23:59:59.000"), (4_102_444_799.999, 0, "2099-12-31 23:59:59.999"), (.nan, 0, "-"),
            (1e300, 0, "-"),
        ] as [(Double, Int, String)])
    func moment(seconds: Double, offset: Int, text: String) {
        #expect(CalendarTime.text(seconds, offset: offset) == text)
    }
}

struct TableTests {
    private func table(_ rows: [[String]]) -> Table {
        var table = Table([.init("NAME", least: 4), .init("COUNT", isRight: true), .init("TEXT", least: 4)])
        for row in rows { table.add(row) }
        return table
    }

    @Test("Columns line up, numbers on their right, by columns of the terminal")
    func aligned() {
        let lines = table([["a", "1", "x"], ["温度計", "1,204", "y"]]).lines(width: nil)
        #expect(lines == ["NAME    COUNT  TEXT", "a           1  x", "温度計  1,204  y"])
    }

    @Test("What is too wide is cut where it is widest, and numbers stay whole")
    func narrow() {
        let row = [String(repeating: "n", count: 30), "1,204", String(repeating: "t", count: 20)]
        let lines = table([row]).lines(width: 40)
        #expect(lines.allSatisfy { TextWidth.columns(of: $0) <= 40 })
        #expect(lines[1].contains("1,204"))
        #expect(lines[1] == String(repeating: "n", count: 14) + "…  1,204  " + String(repeating: "t", count: 15) + "…")
    }

    @Test("Any width is kept", arguments: 1...60)
    func widths(width: Int) {
        let row = [String(repeating: "温", count: 20), "1,204", "text"]
        let lines = table([row]).lines(width: width)
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { TextWidth.columns(of: $0) <= width })
    }

    @Test("Cells are made printable, missing ones are empty, and those too many are left out")
    func cells() {
        #expect(table([["\u{1B}"]]).lines(width: nil)[1] == "\\u{1B}")
        #expect(table([["a", "b", "c", "d"]]).rows == [["a", "b", "c"]])
    }

    @Test("A later page is no narrower than the one before")
    func pages() {
        let first = table([["long name", "1", "x"]])
        let second = table([["b", "2", "y"]])
        let lines = second.lines(width: nil, least: first.widths(nil), showsTitles: false)
        #expect(lines == ["b              2  y"])
    }

    @Test("Fields have their names aligned and their values cut")
    func fields() {
        var fields = Fields()
        fields.add("A", "one")
        fields.add("Long", "two\u{7}")
        fields.add("None", nil)
        #expect(fields.lines(width: nil) == ["   A: one", "Long: two\\u{7}"])
        #expect(fields.lines(width: 8) == ["   A: o…", "Long: t…"])
    }
}
