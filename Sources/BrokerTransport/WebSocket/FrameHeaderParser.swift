import BrokerValues
import NIOCore

/// Reads the front of a frame byte by byte, however it was cut, and refuses what no client may send.
struct FrameHeaderParser {
    /// Bytes of the longest frame that is taken: the largest MQTT packet. Nothing of it is kept here, but a length that
    /// nobody can mean is better refused than followed.
    static let maximumLength = 268_435_460

    private static let longestControl = 125

    private enum State {
        case start
        case kind(FrameHeader.Kind, isFinal: Bool)
        /// So many bytes of the length are missing.
        case length(FrameHeader.Kind, isFinal: Bool, missing: Int, smallest: UInt64, value: UInt64)
        /// So many bits of the key have come.
        case key(FrameHeader, bits: UInt32)
    }

    private var state = State.start

    /// Whether it is between two frames.
    var isAtStart: Bool { if case .start = state { true } else { false } }

    /// Takes bytes until the front is whole; nil if it is not yet.
    mutating func read(_ input: inout ByteBuffer) throws(WebSocketRefusal) -> FrameHeader? {
        while let byte = input.readInteger(as: UInt8.self) {
            if let header = try take(byte) { return header }
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) throws(WebSocketRefusal) -> FrameHeader? {
        switch state {
        case .start:
            // The reserved bits belong to extensions, of which none is spoken.
            guard byte & 0x70 == 0, let kind = FrameHeader.Kind(rawValue: byte & 0x0F) else { throw .malformedFrame }
            guard kind != .text else { throw .text }  // [MQTT5-6.0.0-1]
            let isFinal = byte & 0x80 != 0
            guard isFinal || !kind.isControl else { throw .malformedFrame }
            state = .kind(kind, isFinal: isFinal)
        case .kind(let kind, let isFinal):
            guard byte & 0x80 != 0 else { throw .unmasked }
            let short = Int(byte & 0x7F)
            guard !kind.isControl || short <= Self.longestControl else { throw .malformedFrame }
            switch short {
            case 126: state = .length(kind, isFinal: isFinal, missing: 2, smallest: 126, value: 0)
            case 127: state = .length(kind, isFinal: isFinal, missing: 8, smallest: 0x1_0000, value: 0)
            default: state = .key(FrameHeader(kind: kind, isFinal: isFinal, length: short, key: 0), bits: 0)
            }
        case .length(let kind, let isFinal, let missing, let smallest, let before):
            let value = before << 8 | UInt64(byte)
            guard missing == 1 else {
                state = .length(kind, isFinal: isFinal, missing: missing - 1, smallest: smallest, value: value)
                return nil
            }
            // "The minimal number of bytes MUST be used", and the highest bit MUST be 0.
            guard value >= smallest, value <= UInt64(Int64.max) else { throw .malformedFrame }
            guard value <= Self.maximumLength else { throw .frameTooLarge }
            state = .key(FrameHeader(kind: kind, isFinal: isFinal, length: Int(value), key: 0), bits: 0)
        case .key(var header, let bits):
            header.key |= UInt32(byte) << bits
            guard bits == 24 else {
                state = .key(header, bits: bits + 8)
                return nil
            }
            state = .start
            return header
        }
        return nil
    }
}
