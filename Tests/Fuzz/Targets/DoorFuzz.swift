package import BrokerTransport
import BrokerValues
import NIOCore

/// What reads bytes before MQTT does: the header of the PROXY protocol and the frames of WebSocket.
package enum DoorFuzz {
    /// The header that the bytes begin with must be the same however many of them have come. Traps on a contradiction.
    package static func proxy(_ bytes: [UInt8]) {
        let whole = header(bytes)
        // Beyond the longest header nothing is looked at.
        for count in 0..<min(bytes.count, 300) {
            switch header(Array(bytes[..<count])) {
            case .waiting: precondition(!whole.isShorter(than: count + 1))
            case let found: precondition(found == whole)
            }
        }
    }

    private enum Outcome: Equatable {
        case waiting
        /// A header of so many bytes.
        case header(Int)
        case refused

        func isShorter(than count: Int) -> Bool { if case .header(let length) = self { length < count } else { false } }
    }

    private static func header(_ bytes: [UInt8]) -> Outcome {
        do throws(ProxyRefusal) {
            guard let found = try ProxyHeaderParser.parse(ByteBuffer(bytes: bytes)) else { return .waiting }
            precondition(found.length > 0 && found.length <= bytes.count)
            _ = found.header.origin(peer: "192.0.2.1:1").host
            return .header(found.length)
        } catch {
            return .refused
        }
    }

    /// What becomes of frames.
    package struct Frames: Equatable {
        package var payload: [UInt8] = []
        package var controls: [WebSocketReceiver.Control] = []
        package var isRefused = false
    }

    /// For a fuzzer: the first byte says how the others are cut, which must make no difference. Traps if it does.
    package static func webSocket(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let frames = Array(bytes.dropFirst())
        let whole = receive(frames, pieces: max(1, frames.count))
        precondition(whole.payload.count <= frames.count)
        precondition(receive(frames, pieces: 1 + Int(first)) == whole)
    }

    private static func receive(_ bytes: [UInt8], pieces: Int) -> Frames {
        var receiver = WebSocketReceiver()
        var frames = Frames()
        for start in stride(from: 0, to: bytes.count, by: pieces) where !frames.isRefused {
            var input = ByteBuffer(bytes: bytes[start..<min(start + pieces, bytes.count)])
            var payload = ByteBuffer()
            do throws(WebSocketRefusal) {
                while let control = try receiver.receive(&input, into: &payload) { frames.controls.append(control) }
            } catch {
                frames.isRefused = true
            }
            frames.payload += Array(payload.readableBytesView)
        }
        return frames
    }
}
