import MQTTWire

/// Counts the packets in a stream by their fixed headers alone, however the stream is cut. Nothing is copied or kept.
///
/// It refuses nothing but a length that cannot be: then it stops counting and says so.
struct FrameCounter: Sendable {
    private(set) var publishes = 0
    private(set) var acknowledgements = 0
    /// Packets of all other types.
    private(set) var others = 0
    /// Whether a packet's length took more than four bytes.
    private(set) var isBroken = false

    /// Bytes of the current packet that are still to come, once its header is whole.
    private var toSkip = 0
    /// Bytes of the current header that were seen.
    private var headerBytes = 0
    private var firstByte: UInt8 = 0
    private var length = 0

    /// Counts the packets of which `bytes` bring the last byte of the header.
    @inline(__always)
    mutating func feed(_ bytes: ByteView) {
        var offset = 0
        let count = bytes.count
        while offset < count {
            if toSkip > 0 {
                let skipped = min(toSkip, count - offset)
                toSkip -= skipped
                offset += skipped
            } else if headerBytes == 0, offset + 1 < count, bytes[offset + 1] < 0x80 {
                countPacket(bytes[offset])
                toSkip = Int(bytes[offset + 1])
                offset += 2
            } else if isBroken {
                return
            } else {
                header(bytes[offset])
                offset += 1
            }
        }
    }

    /// One byte of a header, the slow way.
    private mutating func header(_ byte: UInt8) {
        headerBytes += 1
        if headerBytes == 1 {
            firstByte = byte
            length = 0
            return
        }
        length |= Int(byte & 0x7F) << (7 * (headerBytes - 2))
        if byte < 0x80 {
            countPacket(firstByte)
            toSkip = length
            headerBytes = 0
        } else if headerBytes == 5 {
            isBroken = true
        }
    }

    @inline(__always)
    private mutating func countPacket(_ firstByte: UInt8) {
        switch firstByte >> 4 {
        case PacketType.publish.rawValue: publishes &+= 1
        case PacketType.puback.rawValue: acknowledgements &+= 1
        default: others &+= 1
        }
    }
}
