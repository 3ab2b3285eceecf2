/// Takes bytes from the front of a slice; nil where there are not as many.
struct ByteReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next bytes.
    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// A number of 1 to 4 bytes in network order.
    mutating func takeNumber(bytes: Int) -> Int? {
        guard (1...4).contains(bytes), let digits = take(bytes) else { return nil }
        return digits.reduce(0) { $0 << 8 | Int($1) }
    }

    /// The bytes behind a length of so many bytes; nothing is taken if they are not all there.
    mutating func takeVector(lengthBytes: Int) -> ArraySlice<UInt8>? {
        var copy = self
        guard let length = copy.takeNumber(bytes: lengthBytes), let value = copy.take(length) else { return nil }
        self = copy
        return value
    }
}
