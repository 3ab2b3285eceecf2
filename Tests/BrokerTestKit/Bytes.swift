// How MQTT writes numbers and strings, for the client's half of a conversation.
extension [UInt8] {
    /// A variable byte integer in its shortest form; values above 268435455 come out with five bytes, which is malformed.
    package static func varint(_ value: Int) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        repeat {
            let low = UInt8(rest & 0x7F)
            rest >>= 7
            bytes.append(rest > 0 ? low | 0x80 : low)
        } while rest > 0
        return bytes
    }

    /// A two-byte integer.
    package static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

    /// A four-byte integer.
    package static func big(_ value: UInt32) -> [UInt8] {
        big(UInt16(value >> 16)) + big(UInt16(value & 0xFFFF))
    }

    /// A string or binary field: length, then the bytes.
    package static func field(_ bytes: [UInt8]) -> [UInt8] { big(UInt16(truncatingIfNeeded: bytes.count)) + bytes }

    /// A string field.
    package static func field(_ text: String) -> [UInt8] { field([UInt8](text.utf8)) }
}
