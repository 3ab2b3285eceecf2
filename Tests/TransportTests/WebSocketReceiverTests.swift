import BrokerValues
import NIOCore
import RandomKit
import Testing

@testable import BrokerTransport

@Suite("Frames of a client")
struct WebSocketReceiverTests {
    private struct Outcome: Equatable {
        var payload: [UInt8] = []
        var controls: [WebSocketReceiver.Control] = []
        var refusal: WebSocketRefusal?
    }

    /// What becomes of bytes that come in pieces of a size.
    private func receive(_ bytes: [UInt8], pieces: Int = .max) -> Outcome {
        var receiver = WebSocketReceiver()
        var outcome = Outcome()
        var start = 0
        while start < bytes.count {
            let end = start + min(pieces, bytes.count - start)
            var input = ByteBuffer(bytes: bytes[start..<end])
            var payload = ByteBuffer()
            do throws(WebSocketRefusal) {
                while let control = try receiver.receive(&input, into: &payload) { outcome.controls.append(control) }
            } catch {
                outcome.refusal = error
            }
            outcome.payload += Array(payload.readableBytesView)
            if outcome.refusal != nil { break }
            start = end
        }
        return outcome
    }

    @Test("The example of RFC 6455 section 5.7 but for its opcode is read")
    func example() {
        let bytes: [UInt8] = [0x82, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(receive(bytes) == Outcome(payload: Array("Hello".utf8)))
    }

    @Test(
        "Payloads of all forms of length are read, whole and cut",
        arguments: [0, 1, 7, 8, 9, 125, 126, 127, 0xFFFF, 0x1_0000])
    func lengths(count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let bytes = FrameBytes.frame(payload, key: [0xFF, 0x80, 0, 7]) + FrameBytes.frame([5])
        for pieces in [.max, 1, 3, 1000] { #expect(receive(bytes, pieces: pieces) == Outcome(payload: payload + [5])) }
    }

    @Test("Packets may span frames, and frames hold many [MQTT-6.0.0-2]")
    func fragments() {
        let bytes =
            FrameBytes.frame([1], isFinal: false) + FrameBytes.ping([9])
            + FrameBytes.frame([], opcode: 0, isFinal: false)
            + FrameBytes.frame([2], opcode: 0, isFinal: false) + FrameBytes.frame([], opcode: 10)
            + FrameBytes.frame([3], opcode: 0) + FrameBytes.frame([4])
        for pieces in 1...bytes.count {
            #expect(receive(bytes, pieces: pieces) == Outcome(payload: [1, 2, 3, 4], controls: [.ping([9]), .pong]))
        }
    }

    @Test("Payload is handed on before its frame is whole")
    func early() {
        let bytes = FrameBytes.frame([UInt8](repeating: 1, count: 1000))
        #expect(receive(Array(bytes.prefix(508))).payload.count == 500)
    }

    @Test("A Close may have a code and a reason, or nothing")
    func close() {
        #expect(receive(FrameBytes.close([])).controls == [.close(code: nil)])
        #expect(receive(FrameBytes.close()).controls == [.close(code: 1000)])
        #expect(receive(FrameBytes.close([0x0F, 0xA0] + Array("tschüß".utf8))).controls == [.close(code: 4000)])
    }

    @Test(
        "What no client may send is refused, and by what",
        arguments: [
            (FrameBytes.frame([1], opcode: 1), .text), (FrameBytes.frame([1], opcode: 1, isFinal: false), .text),
            ([0x82, 1, 1], .unmasked), ([0x89, 0], .unmasked),
            (FrameBytes.frame([1], reserved: 1), .malformedFrame),
            (FrameBytes.frame([1], reserved: 2), .malformedFrame),
            (FrameBytes.frame([1], reserved: 4), .malformedFrame),
            (FrameBytes.frame([1], opcode: 9, reserved: 4), .malformedFrame),
            (FrameBytes.frame([], opcode: 3), .malformedFrame), (FrameBytes.frame([], opcode: 7), .malformedFrame),
            (FrameBytes.frame([], opcode: 11), .malformedFrame), (FrameBytes.frame([], opcode: 15), .malformedFrame),
            (FrameBytes.frame([], opcode: 9, isFinal: false), .malformedFrame),
            (FrameBytes.frame([UInt8](repeating: 0, count: 126), opcode: 9), .malformedFrame),
            (FrameBytes.frame([1], opcode: 0), .malformedFrame),
            (FrameBytes.frame([1], isFinal: false) + FrameBytes.frame([1]), .malformedFrame),
            (FrameBytes.frame([1]) + FrameBytes.frame([1], opcode: 0), .malformedFrame),
            ([0x82, 0xFE, 0, 125, 0, 0, 0, 0], .malformedFrame),
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .malformedFrame),
            ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], .malformedFrame),
            ([0x82, 0xFF, 0, 0, 0, 0, 0x10, 0, 0, 5], .frameTooLarge),
            ([0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .frameTooLarge),
            (FrameBytes.close([1]), .malformedFrame), (FrameBytes.close([0, 0]), .malformedFrame),
            (FrameBytes.close([3, 0xE7]), .malformedFrame), (FrameBytes.close([3, 0xEC]), .malformedFrame),
            (FrameBytes.close([3, 0xED]), .malformedFrame), (FrameBytes.close([3, 0xEE]), .malformedFrame),
            (FrameBytes.close([3, 0xF7]), .malformedFrame), (FrameBytes.close([0x13, 0x88]), .malformedFrame),
            (FrameBytes.close([3, 0xE8, 0xFF]), .malformedFrame),
        ] as [([UInt8], WebSocketRefusal)])
    func refused(bytes: [UInt8], refusal: WebSocketRefusal) {
        #expect(receive(bytes).refusal == refusal)
        #expect(receive(bytes, pieces: 1).refusal == refusal)
        #expect(receive(FrameBytes.frame([8]) + bytes).payload.first == 8)
    }

    @Test("The longest frame is that of the largest packet")
    func longest() {
        let outcome = receive([0x82, 0xFF, 0, 0, 0, 0, 0x10, 0, 0, 4, 0, 0, 0, 0, 42])
        #expect(outcome == Outcome(payload: [42]))
    }

    @Test("How bytes are cut makes no difference, whatever they are", arguments: Seeds.all)
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var bytes: [UInt8] = []
            for _ in 0..<random.below(6) {
                let opcode = random.pick([0, 2, 2, 2, 8, 9, 10] as [UInt8]) ?? 2
                bytes += FrameBytes.frame(
                    random.bytes(random.below(140)), opcode: opcode, isFinal: random.chance(70), key: random.bytes(4))
            }
            if random.chance(30), !bytes.isEmpty { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            let whole = receive(bytes)
            #expect(receive(bytes, pieces: 1) == whole)
            #expect(receive(bytes, pieces: 1 + random.below(50)) == whole)
        }
    }
}
