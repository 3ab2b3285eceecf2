/// Reads values in DER (ITU-T X.690) from the front of a slice; nil for what is none, or is not whole.
struct DERReader {
    private var bytes: ByteReader

    /// One value.
    struct Value {
        let tag: UInt8
        let content: ArraySlice<UInt8>
    }

    /// The tags that certificates have in the fields that are looked at.
    enum Tag {
        static let integer: UInt8 = 0x02
        static let objectIdentifier: UInt8 = 0x06
        static let utf8String: UInt8 = 0x0C
        static let printableString: UInt8 = 0x13
        static let teletexString: UInt8 = 0x14
        static let ia5String: UInt8 = 0x16
        static let universalString: UInt8 = 0x1C
        static let bmpString: UInt8 = 0x1E
        static let sequence: UInt8 = 0x30
        static let set: UInt8 = 0x31
        /// `[0]`, constructed: the version of a certificate.
        static let context0: UInt8 = 0xA0
    }

    init(_ content: ArraySlice<UInt8>) { bytes = ByteReader(content) }

    var isAtEnd: Bool { bytes.rest.isEmpty }

    /// The next value.
    mutating func next() -> Value? {
        var copy = bytes
        guard let tag = copy.takeNumber(bytes: 1), tag & 0x1F != 0x1F, let first = copy.takeNumber(bytes: 1) else {
            return nil
        }
        var length = first
        if first >= 0x80 {
            // More than 4 bytes of length are a size that nothing here has.
            guard let long = copy.takeNumber(bytes: first - 0x80) else { return nil }
            length = long
        }
        guard let content = copy.take(length) else { return nil }
        bytes = copy
        return Value(tag: UInt8(truncatingIfNeeded: tag), content: content)
    }

    /// The content of the next value, if it has that tag.
    mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? {
        var copy = self
        guard let value = copy.next(), value.tag == tag else { return nil }
        self = copy
        return value.content
    }
}
