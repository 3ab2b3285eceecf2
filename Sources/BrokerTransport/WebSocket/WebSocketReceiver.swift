package import BrokerValues
package import NIOCore

/// Takes a client's frames apart (RFC 6455 section 5): bytes in, the payload of binary messages out, as it comes.
///
/// How MQTT packets lie in frames does not matter [MQTT5-6.0.0-2], so nothing of a message is kept: a frame of 256 MB
/// costs no more memory than one of two bytes. Only control frames, of 125 bytes at most, are gathered.
package struct WebSocketReceiver {
    /// A control frame that has come.
    package enum Control: Sendable, Hashable {
        case ping([UInt8])
        case pong
        /// - Parameter code: nil where the frame has none.
        case close(code: UInt16?)
    }

    private enum State {
        case header
        case data(left: Int, key: UInt32)
        case control(FrameHeader.Kind, left: Int, key: UInt32)
    }

    private var state = State.header
    private var parser = FrameHeaderParser()
    /// Whether a message has begun whose last fragment has not come.
    private var isInMessage = false
    private var control: [UInt8] = []

    /// At the start of a connection.
    package init() {}

    /// Takes bytes off `input` and appends what they hold of messages to `payload`, until a control frame is whole or
    /// there is no more input.
    ///
    /// - Throws: what ends the connection.
    package mutating func receive(
        _ input: inout ByteBuffer, into payload: inout ByteBuffer
    ) throws(WebSocketRefusal) -> Control? {
        while true {
            switch state {
            case .header:
                guard let header = try parser.read(&input) else { return nil }
                try begin(header)
            case .data(let left, let key):
                let count = min(left, input.readableBytes)
                FrameMask.move(count, from: &input, into: &payload, key: key)
                guard count == left else {
                    state = .data(left: left - count, key: FrameMask.advance(key, by: count))
                    return nil
                }
                state = .header
            case .control(let kind, let left, let key):
                let count = min(left, input.readableBytes)
                var part = ByteBuffer()
                FrameMask.move(count, from: &input, into: &part, key: key)
                control.append(contentsOf: part.readableBytesView)
                guard count == left else {
                    state = .control(kind, left: left - count, key: FrameMask.advance(key, by: count))
                    return nil
                }
                state = .header
                if let whole = try end(kind) { return whole }
            }
        }
    }

    private mutating func begin(_ header: FrameHeader) throws(WebSocketRefusal) {
        guard !header.kind.isControl else {
            state = .control(header.kind, left: header.length, key: header.key)
            return
        }
        // A message is ended before the next begins, and only what has begun goes on (section 5.4).
        guard isInMessage == (header.kind == .continuation) else { throw .malformedFrame }
        isInMessage = !header.isFinal
        state = .data(left: header.length, key: header.key)
    }

    private mutating func end(_ kind: FrameHeader.Kind) throws(WebSocketRefusal) -> Control? {
        defer { control = [] }
        switch kind {
        case .ping: return .ping(control)
        case .pong: return .pong
        case .close: return .close(code: try closeCode())
        case .continuation, .text, .binary: return nil
        }
    }

    /// Section 5.5.1 and 7.4: no payload, or a code that may be sent and a reason in UTF-8.
    private func closeCode() throws(WebSocketRefusal) -> UInt16? {
        guard !control.isEmpty else { return nil }
        guard control.count >= 2 else { throw .malformedFrame }
        let code = UInt16(control[0]) << 8 | UInt16(control[1])
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw .malformedFrame
        }
        guard String(validating: control[2...], as: UTF8.self) != nil else { throw .malformedFrame }
        return code
    }
}
