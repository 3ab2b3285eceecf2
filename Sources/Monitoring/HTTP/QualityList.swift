/// A header field that lists what a client takes, each with a weight: `Accept`, `Accept-Encoding`.
///
/// RFC 9110, sections 12.4.2 and 12.5.1. What does not follow the grammar is read as well as it can be: an element with
/// a weight that is no number counts as refused.
struct QualityList {
    /// One element of the list.
    struct Element: Equatable {
        /// In lower case: `text/plain`, `gzip`, `*`.
        let name: String
        /// In lower case, without the quotation marks of a value; no weight among them.
        let parameters: [String: String]
        /// In thousandths, 0 to 1000; 0 refuses.
        let weight: Int
    }

    let elements: [Element]

    /// - Parameter field: the field's value; several fields are joined by commas.
    init(_ field: String) {
        elements = field.utf8.split(separator: UInt8(ascii: ",")).compactMap { Self.element($0) }
    }

    private static func element(_ bytes: Substring.UTF8View) -> Element? {
        let parts = bytes.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let first = parts.first else { return nil }
        let name = token(first)
        guard !name.isEmpty else { return nil }
        var parameters: [String: String] = [:]
        var weight = 1000
        for part in parts.dropFirst() {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let key = token(pair[pair.startIndex])
            guard pair.count == 2, !key.isEmpty else { continue }
            let value = token(pair[1])
            if key == "q" { weight = thousandths(value) } else { parameters[key] = value }
        }
        return Element(name: name, parameters: parameters, weight: weight)
    }

    /// Without white space and quotation marks around it, in lower case.
    private static func token(_ bytes: Substring.UTF8View) -> String {
        let ignored: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\"")]
        let kept = bytes.drop { ignored.contains($0) }
        return String(Substring(kept.prefix(kept.count - kept.reversed().prefix { ignored.contains($0) }.count)))
            .lowercased()
    }

    /// `0.75` is 750. At most three digits follow the point; more are cut off.
    private static func thousandths(_ text: String) -> Int {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, whole == "0" || whole == "1" else { return 0 }
        let fraction = parts.count == 2 ? parts[1].prefix(3) : ""
        var value = whole == "1" ? 1 : 0
        for digit in fraction.utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return 0 }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        for _ in fraction.utf8.count..<3 { value *= 10 }
        return min(value, 1000)
    }
}
