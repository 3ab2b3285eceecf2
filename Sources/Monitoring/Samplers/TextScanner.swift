/// Reads numbers and words from a kernel's text file, byte by byte.
///
/// Nothing here can trap, whatever the bytes are: every answer is nil when the text is not what was asked for, and a
/// number that does not fit into 64 bits is no number.
struct TextScanner {
    private(set) var rest: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) { rest = text }

    /// Whether a file was read to its end: the kernel ends every one of its lines.
    static func isWhole(_ text: ArraySlice<UInt8>) -> Bool { text.last == newline }

    private static let newline = UInt8(ascii: "\n")

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// The bytes up to the next line end, which is passed over; nil at the end of the text.
    mutating func line() -> ArraySlice<UInt8>? {
        if rest.isEmpty { return nil }
        return upTo(Self.newline) ?? takeAll()
    }

    /// The bytes before the next `byte`, which is passed over; nil, and nothing taken, when it does not come.
    mutating func upTo(_ byte: UInt8) -> ArraySlice<UInt8>? {
        guard let index = rest.firstIndex(of: byte) else { return nil }
        defer { rest = rest[(index + 1)...] }
        return rest[..<index]
    }

    private mutating func takeAll() -> ArraySlice<UInt8> {
        defer { rest = rest[rest.endIndex...] }
        return rest
    }

    /// The next word of this line; nil when there is none.
    mutating func word() -> ArraySlice<UInt8>? {
        rest = rest.drop { Self.isBlank($0) }
        let word = rest.prefix { !Self.isBlank($0) && $0 != Self.newline }
        guard !word.isEmpty else { return nil }
        rest = rest[word.endIndex...]
        return word
    }

    /// The next word as a whole number.
    mutating func number() -> UInt64? { word().flatMap { Self.number($0) } }

    /// The next word as a number with or without a fraction.
    mutating func decimal() -> Double? { word().flatMap { Self.decimal($0) } }

    /// Passes over words. False when there are not so many.
    mutating func skip(_ count: Int) -> Bool {
        for _ in 0..<count where word() == nil { return false }
        return true
    }

    /// A whole number, of nothing but digits.
    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        guard !bytes.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (product, tooMuch) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            if tooMuch || overflow { return nil }
            value = sum
        }
        return value
    }

    /// Digits, or digits with a point between.
    static func decimal(_ bytes: ArraySlice<UInt8>) -> Double? {
        var scanner = TextScanner(bytes)
        guard let whole = scanner.upTo(UInt8(ascii: ".")) else { return number(bytes).map { Double($0) } }
        // More digits than this have no meaning in any of these files.
        guard let integer = number(whole), let fraction = number(scanner.rest), scanner.rest.count <= 9 else {
            return nil
        }
        var divisor = 1.0
        for _ in scanner.rest { divisor *= 10 }
        return Double(integer) + Double(fraction) / divisor
    }

    /// `count` times `unit`; nil when that does not fit.
    static func product(_ count: UInt64, _ unit: UInt64) -> UInt64? {
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }

    /// Text for a label; bytes that are no UTF-8 are replaced.
    static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension ArraySlice<UInt8> {
    /// Whether these are the bytes of a text.
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        // Safe: a static string in source is made of UTF-8 units, as many as it says.
        return unsafe elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count))
    }
}
