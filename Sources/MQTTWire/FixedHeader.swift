/// The first two to five bytes of every packet (MQTT 5 section 2.1, MQTT 3.1.1 section 2.2).
package struct FixedHeader: Hashable, Sendable {
    /// Bytes of the largest packet that the length field can describe (MQTT 5 section 2.1.4).
    package static let maximumPacketLength = 268_435_460

    /// Packet type and flags.
    package let firstByte: UInt8
    /// Bytes of this header: 2 to 5.
    package let length: Int
    /// Bytes of the packet that follow this header.
    package let remainingLength: Int

    /// Bytes of the whole packet.
    @inline(__always)
    package var packetLength: Int { length &+ remainingLength }

    @inline(__always)
    package var flags: UInt8 { firstByte & 0x0F }

    /// The packet type; nil for the reserved type 0.
    @inline(__always)
    package var type: PacketType? { PacketType(rawValue: firstByte >> 4) }

    /// Reads a header at the start of `bytes`.
    ///
    /// - Returns: nil when more bytes are needed to know the packet's length.
    /// - Throws: ``WireError`` when the length takes more than four bytes or more bytes than needed [MQTT5-1.5.5-1].
    @inline(__always)
    package static func parse(_ bytes: ByteView) throws(WireError) -> FixedHeader? {
        guard bytes.count >= 2 else { return nil }
        let second = bytes[1]
        if second < 0x80 { return FixedHeader(firstByte: bytes[0], length: 2, remainingLength: Int(second)) }
        return try parseLong(bytes)
    }

    /// Bytes of the whole packets at the start of `bytes`; all of them if there is one whose length cannot be read.
    package static func wholePackets(_ bytes: ByteView) -> Int {
        var offset = 0
        do throws(WireError) {
            while let header = try parse(bytes.dropping(offset)), header.packetLength <= bytes.count - offset {
                offset += header.packetLength
            }
        } catch {
            return bytes.count
        }
        return offset
    }

    private static func parseLong(_ bytes: ByteView) throws(WireError) -> FixedHeader? {
        var value = 0
        for index in 1...4 {
            guard index < bytes.count else { return nil }
            let byte = bytes[index]
            value |= Int(byte & 0x7F) << (7 * (index - 1))
            if byte & 0x80 == 0 {
                if byte == 0 {
                    throw .malformed("the packet's length is written with more bytes than it needs")
                }
                return FixedHeader(firstByte: bytes[0], length: index + 1, remainingLength: value)
            }
        }
        throw .malformed("the packet's length takes more than four bytes")
    }
}
