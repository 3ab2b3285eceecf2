import BrokerValues
import NIOCore
import NIOEmbedded
import Testing

@testable import BrokerTransport

@Suite("An open WebSocket")
struct WebSocketHandlerTests {
    @Test("All frames of one read are handed on at once")
    func oneRead() throws {
        let door = try EmbeddedDoor.open()
        door.send(FrameBytes.frame([1]) + FrameBytes.ping() + FrameBytes.frame([2, 3]) + FrameBytes.frame([4]))
        #expect(door.recorder.received == [1, 2, 3, 4])
        #expect(door.recorder.reads == 1)
    }

    @Test("A read that holds no message is not handed on")
    func onlyControl() throws {
        let door = try EmbeddedDoor.open()
        door.send(FrameBytes.ping([1]) + FrameBytes.frame([], opcode: 10) + FrameBytes.frame([]))
        #expect(door.recorder.reads == 0)
    }

    @Test(
        "What is written until a flush leaves as one binary frame",
        arguments: [1, 125, 126, 2048, 2049, 0xFFFF, 0x1_0000])
    func oneFrame(count: Int) throws {
        let door = try EmbeddedDoor.open()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let half = count / 2
        door.write(Array(bytes[..<half]), Array(bytes[half...]))
        let length: [UInt8] =
            switch count {
            case ..<126: [UInt8(count)]
            case ...0xFFFF: [126] + ProxyBytes.big(count, 2)
            default: [127] + ProxyBytes.big(count, 8)
            }
        #expect(door.sent() == [0x82] + length + bytes)
        door.write([1])
        door.write([2])
        #expect(door.sent() == [0x82, 1, 1, 0x82, 1, 2])
    }

    @Test("Frames that the socket has not taken are not overwritten by later ones")
    func kept() throws {
        let door = try EmbeddedDoor.open()
        for number in 0..<100 { door.write([UInt8(number)]) }
        #expect(door.sent() == (0..<100).flatMap { [0x82, 1, UInt8($0)] })
    }

    @Test("A flush without a write sends nothing, and who waits for a write is told")
    func promises() throws {
        let door = try EmbeddedDoor.open()
        door.channel.flush()
        #expect(door.sent().isEmpty)
        let first = door.channel.write(ByteBuffer(bytes: [1]))
        let second = door.channel.write(ByteBuffer())
        let third = door.channel.write(ByteBuffer(bytes: [2]))
        door.channel.flush()
        #expect(door.sent() == [0x82, 2, 1, 2])
        for future in [first, second, third, door.channel.writeAndFlush(ByteBuffer())] { try future.wait() }
        #expect(door.sent().isEmpty)
    }

    @Test("A ping is answered with its payload, several in one read with that of the last")
    func pings() throws {
        let door = try EmbeddedDoor.open()
        door.send(FrameBytes.ping([1, 2]))
        #expect(door.sent() == [0x8A, 2, 1, 2])
        door.send(FrameBytes.ping([1]) + FrameBytes.ping([2]) + FrameBytes.ping([3]))
        #expect(door.sent() == [0x8A, 1, 3])
    }

    @Test("Who pings and does not read gets one answer when it does")
    func pingsUnread() throws {
        let door = try EmbeddedDoor.open()
        door.channel.isWritable = false
        for number in 0..<1000 { door.send(FrameBytes.ping([UInt8(number % 250)])) }
        #expect(door.sent().isEmpty)
        door.channel.isWritable = true
        door.channel.pipeline.fireChannelWritabilityChanged()
        #expect(door.sent() == [0x8A, 1, 249])
    }

    @Test("A Close of the client is answered with the same code, and the socket closed")
    func clientCloses() throws {
        for (payload, answer) in [([0x03, 0xE9], [0x88, 2, 3, 0xE9]), ([], [0x88, 0])] as [([UInt8], [UInt8])] {
            let door = try EmbeddedDoor.open()
            door.send(FrameBytes.frame([1]) + FrameBytes.close(payload) + FrameBytes.frame([2]))
            #expect(door.recorder.received == [1])
            #expect(door.sent() == answer)
            #expect(!door.isOpen)
            #expect(door.recorder.errors.isEmpty)
        }
    }

    @Test("The broker closes with a Close of its own, hears what still comes, and ends with the client's Close")
    func brokerCloses() throws {
        let door = try EmbeddedDoor.open()
        door.write([1])
        door.channel.close(mode: .output, promise: nil)
        #expect(door.sent() == [0x82, 1, 1, 0x88, 2, 3, 0xE8])
        door.write([2])
        #expect(door.sent().isEmpty)
        door.send(FrameBytes.close())
        #expect(door.sent().isEmpty)
        #expect(!door.isOpen)
    }

    @Test("A Close that is not masked ends a connection that the broker closes, and is no violation")
    func unmaskedClose() throws {
        let door = try EmbeddedDoor.open()
        door.channel.close(mode: .output, promise: nil)
        _ = door.sent()
        door.send([0x88, 2, 3, 0xE8])
        #expect(!door.isOpen)
        #expect(door.report.count(WebSocketRefusal.unmasked) == 0)
    }

    @Test("A connection that is closed at once still says so")
    func closedAtOnce() throws {
        let door = try EmbeddedDoor.open()
        door.channel.close(promise: nil)
        #expect(door.sent() == [0x88, 2, 3, 0xE8])
        #expect(!door.isOpen)
    }

    @Test("A broker that shuts down says that it is going away")
    func goingAway() throws {
        let door = try EmbeddedDoor.open()
        door.report.stop()
        door.channel.close(mode: .output, promise: nil)
        #expect(door.sent() == [0x88, 2, 3, 0xE9])
    }

    @Test(
        "Who breaks the rules is told with the code of RFC 6455, counted, and closed",
        arguments: [
            (FrameBytes.frame([1], opcode: 1), .text, 1003), ([0x82, 1, 1], .unmasked, 1002),
            (FrameBytes.frame([], opcode: 5), .malformedFrame, 1002),
            ([0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0], .frameTooLarge, 1009),
        ] as [([UInt8], WebSocketRefusal, Int)])
    func violation(bytes: [UInt8], refusal: WebSocketRefusal, code: Int) throws {
        let door = try EmbeddedDoor.open()
        door.send(FrameBytes.frame([1]) + bytes)
        #expect(door.recorder.received == [1])
        #expect(door.recorder.errors.map { $0 as? WebSocketRefusal } == [refusal])
        #expect(door.report.count(refusal) == 1)
        #expect(door.sent() == [0x88, 2] + ProxyBytes.big(code, 2))
        door.send(FrameBytes.frame([2]))
        door.write([3])
        #expect(door.recorder.received == [1])
        #expect(door.sent().isEmpty)
        door.wait(.seconds(1))
        #expect(!door.isOpen)
    }
}
