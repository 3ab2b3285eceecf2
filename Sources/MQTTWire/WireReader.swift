/// Reads the fields of a packet body in order. Whatever is missing or wrong is a ``WireError``, never a trap.
package struct WireReader {
    package let view: ByteView
    package private(set) var offset: Int

    /// Starts reading at `offset`.
    @inline(__always)
    package init(_ view: ByteView, offset: Int = 0) {
        self.view = view
        self.offset = offset
    }

    @inline(__always)
    package var remaining: Int { view.count &- offset }

    @inline(__always)
    package var isAtEnd: Bool { offset >= view.count }

    /// One byte.
    @inline(__always)
    package mutating func byte(_ field: StaticString) throws(WireError) -> UInt8 {
        guard remaining >= 1 else { throw Self.cut(field) }
        defer { offset &+= 1 }
        return view[offset]
    }

    /// A big-endian 16-bit number (MQTT 5 section 1.5.2).
    @inline(__always)
    package mutating func uint16(_ field: StaticString) throws(WireError) -> UInt16 {
        guard remaining >= 2 else { throw Self.cut(field) }
        defer { offset &+= 2 }
        return view.uint16(at: offset)
    }

    /// A big-endian 32-bit number (MQTT 5 section 1.5.3).
    @inline(__always)
    package mutating func uint32(_ field: StaticString) throws(WireError) -> UInt32 {
        guard remaining >= 4 else { throw Self.cut(field) }
        defer { offset &+= 4 }
        return view.uint32(at: offset)
    }

    /// The next `count` bytes.
    @inline(__always)
    package mutating func bytes(_ count: Int, _ field: StaticString) throws(WireError) -> ByteView {
        guard remaining >= count else { throw Self.cut(field) }
        defer { offset &+= count }
        return view.slice(offset, offset &+ count)
    }

    /// Binary data behind a two-byte length (MQTT 5 section 1.5.6).
    @inline(__always)
    package mutating func binary(_ field: StaticString) throws(WireError) -> ByteView {
        try bytes(Int(uint16(field)), field)
    }

    /// A UTF-8 string behind a two-byte length [MQTT5-1.5.4-1].
    @inline(__always)
    package mutating func string(_ field: StaticString) throws(WireError) -> ByteView {
        let view = try binary(field)
        guard UTF8Check.isValid(view) else { throw Self.notUTF8(field) }
        return view
    }

    /// A variable byte integer in its shortest form (MQTT 5 section 1.5.5) [MQTT5-1.5.5-1].
    @inline(__always)
    package mutating func variableInteger(_ field: StaticString) throws(WireError) -> Int {
        var value = 0
        for position in 0..<4 {
            let next = try byte(field)
            value |= Int(next & 0x7F) << (7 * position)
            if next & 0x80 == 0 {
                if next == 0, position > 0 { throw .malformed("\(field) is written with more bytes than it needs") }
                return value
            }
        }
        throw .malformed("\(field) takes more than four bytes")
    }

    /// Everything that is left.
    @inline(__always)
    package mutating func rest() -> ByteView {
        defer { offset = view.count }
        return view.dropping(offset)
    }

    /// Fails if bytes are left over behind the last field.
    @inline(__always)
    package func expectEnd(of packet: PacketType) throws(WireError) {
        if !isAtEnd { throw .malformed("\(packet.name) has \(remaining) bytes behind its last field") }
    }

    private static func cut(_ field: StaticString) -> WireError { .malformed("the packet ends within \(field)") }

    private static func notUTF8(_ field: StaticString) -> WireError {
        .malformed("\(field) is not well-formed UTF-8 without U+0000")
    }
}
