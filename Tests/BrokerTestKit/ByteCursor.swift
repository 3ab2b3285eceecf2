/// Reads the fields of one packet from the broker; whatever is not as it must be ends the test.
struct ByteCursor {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(bytes) }

    var isAtEnd: Bool { rest.isEmpty }

    var count: Int { rest.count }

    mutating func byte() throws -> UInt8 {
        guard let byte = rest.popFirst() else { throw TestFailure("the packet is cut short") }
        return byte
    }

    mutating func twoBytes() throws -> UInt16 { UInt16(try byte()) << 8 | UInt16(try byte()) }

    mutating func fourBytes() throws -> UInt32 { UInt32(try twoBytes()) << 16 | UInt32(try twoBytes()) }

    mutating func packetIdentifier() throws -> UInt16 {
        let identifier = try twoBytes()
        guard identifier != 0 else { throw TestFailure("a packet identifier is 0") }
        return identifier
    }

    mutating func take(_ count: Int) throws -> [UInt8] {
        guard count <= rest.count else { throw TestFailure("a field is longer than its packet") }
        defer { rest = rest.dropFirst(count) }
        return [UInt8](rest.prefix(count))
    }

    mutating func binary() throws -> [UInt8] { try take(Int(try twoBytes())) }

    mutating func string() throws -> [UInt8] {
        let bytes = try binary()
        guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
            throw TestFailure("a string is not the UTF-8 that MQTT allows: \(hexadecimal(bytes))")
        }
        return bytes
    }

    mutating func varint() throws -> Int {
        var value = 0
        for position in 0..<4 {
            let next = try byte()
            value |= Int(next & 0x7F) << (7 * position)
            if next & 0x80 == 0 {
                guard next != 0 || position == 0 else { throw TestFailure("a variable byte integer is too long") }
                return value
            }
        }
        throw TestFailure("a variable byte integer has more than four bytes")
    }

    mutating func remainder() -> [UInt8] {
        defer { rest = [] }
        return [UInt8](rest)
    }
}
