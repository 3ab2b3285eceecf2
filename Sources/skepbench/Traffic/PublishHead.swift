import MQTTWire

/// Of a PUBLISH that arrives what the generator looks at: its identifier, and when it was sent. The rest of the payload
/// is never touched.
struct PublishHead {
    /// 0 for QoS 0.
    let identifier: UInt16
    let qos: UInt8
    let isRedelivered: Bool
    /// The first eight bytes of the payload; nil if it is shorter.
    let stamp: Int?

    /// Reads the head of the packet that `bytes` begin with; nil if more bytes are needed.
    ///
    /// - Throws: if the packet is too short for what it says that it holds.
    @inline(__always)
    static func read(
        _ bytes: ByteView, _ header: FixedHeader, hasProperties: Bool
    ) throws(BenchError) -> PublishHead? {
        let end = header.packetLength
        var offset = header.length
        guard offset + 2 <= end else { throw malformed }
        guard offset + 2 <= bytes.count else { return nil }
        offset += 2 + Int(bytes.uint16(at: offset))
        let qos = header.firstByte >> 1 & 3
        var identifier: UInt16 = 0
        if qos > 0 {
            guard offset + 2 <= end else { throw malformed }
            guard offset + 2 <= bytes.count else { return nil }
            identifier = bytes.uint16(at: offset)
            offset += 2
        }
        if hasProperties {
            var length = 0
            var shift = 0
            var byte: UInt8 = 0x80
            while byte & 0x80 != 0 {
                guard offset < end, shift < 28 else { throw malformed }
                guard offset < bytes.count else { return nil }
                byte = bytes[offset]
                length |= Int(byte & 0x7F) << shift
                shift += 7
                offset += 1
            }
            offset += length
        }
        guard offset <= end else { throw malformed }
        var stamp: Int?
        if offset + 8 <= end {
            guard offset + 8 <= bytes.count else { return nil }
            stamp = Int(truncatingIfNeeded: UInt64(bigEndian: bytes.word(at: offset)))
        }
        return PublishHead(
            identifier: identifier, qos: qos, isRedelivered: header.firstByte & 0x08 != 0, stamp: stamp)
    }

    private static var malformed: BenchError { BenchError(.refused, "The broker sent a PUBLISH that ends too early") }
}
