import BrokerValues
import NIOCore

/// The front of a WebSocket frame (RFC 6455 section 5.2).
package struct FrameHeader: Sendable, Hashable {
    /// What a frame is for.
    package enum Kind: UInt8, Sendable, Hashable {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        /// Whether it may stand between the fragments of a message.
        var isControl: Bool { rawValue >= 8 }
    }

    package var kind: Kind
    package var isFinal: Bool
    /// Bytes of its payload.
    package var length: Int
    /// What the payload is masked with, its first byte in the lowest bits.
    package var key: UInt32

    /// Bytes in front of a payload that the server sends, which is never masked.
    static func size(ofPayload length: Int) -> Int { length < 126 ? 2 : length <= 0xFFFF ? 4 : 10 }

    /// Writes the front of a whole message that the server sends.
    static func write(_ kind: Kind, length: Int, into buffer: inout ByteBuffer) {
        buffer.writeInteger(0x80 | kind.rawValue)
        if length < 126 {
            buffer.writeInteger(UInt8(truncatingIfNeeded: length))
        } else if length <= 0xFFFF {
            buffer.writeInteger(UInt8(126))
            buffer.writeInteger(UInt16(truncatingIfNeeded: length))
        } else {
            buffer.writeInteger(UInt8(127))
            buffer.writeInteger(UInt64(length))
        }
    }
}
