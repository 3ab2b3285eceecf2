import BrokerValues
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import BrokerTransport

/// What stands for MQTT behind a door: keeps what it gets.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private(set) var received: [UInt8] = []
    private(set) var reads = 0
    private(set) var errors: [any Error] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += Array(unwrapInboundIn(data).readableBytesView)
        reads += 1
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        errors.append(error)
        context.close(promise: nil)
    }
}

/// A channel without a socket, with a door in it.
final class EmbeddedDoor {
    let channel = EmbeddedChannel()
    let recorder = Recorder()
    let report = DoorReport(ListenerIdentity("door"), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let scratch = DoorScratch()
    private(set) var facts: ConnectionFacts?

    /// A listener for WebSockets.
    static func webSocket(_ configuration: WebSocketConfiguration = WebSocketConfiguration()) throws -> EmbeddedDoor {
        let door = EmbeddedDoor()
        let recorder = door.recorder
        try door.connect("203.0.113.9")
        try WebSocketDoor(
            configuration: configuration, clientAddress: nil, report: door.report,
            scratch: door.scratch, timeLimit: .seconds(10)
        ) { try $0.pipeline.syncOperations.addHandler(recorder) }.addHandlers(to: door.channel)
        return door
    }

    /// One whose handshake is over.
    static func open() throws -> EmbeddedDoor {
        let door = try webSocket()
        door.send(FrameBytes.request())
        try #require(door.sent().starts(with: Array("HTTP/1.1 101 ".utf8)))
        return door
    }

    /// A listener that trusts 203.0.113.0/24 and 2001:db8::/32.
    static func proxy(peer: String = "203.0.113.9") throws -> EmbeddedDoor {
        let door = EmbeddedDoor()
        let recorder = door.recorder
        let trusted = try ["203.0.113.0/24", "2001:db8::/32"].map { try #require(NetworkRange($0)) }
        let handler = ProxyHandler(
            trusted: trusted, timeLimit: .seconds(10), report: door.report
        ) { [unowned door] channel, facts in
            door.facts = facts
            try channel.pipeline.syncOperations.addHandler(recorder)
        }
        try door.channel.pipeline.syncOperations.addHandler(handler)
        try door.connect(peer)
        return door
    }

    private func connect(_ peer: String) throws {
        let address = try SocketAddress(ipAddress: peer, port: 4711)
        channel.remoteAddress = address
        channel.connect(to: address, promise: nil)
        channel.embeddedEventLoop.run()
    }

    /// Bytes from the client. What goes wrong is told to the handlers, and thrown by nobody.
    func send(_ bytes: [UInt8]) {
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.embeddedEventLoop.run()
    }

    /// All that was sent to the client since the last call.
    func sent() -> [UInt8] {
        channel.embeddedEventLoop.run()
        var bytes: [UInt8] = []
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { bytes += Array(buffer.readableBytesView) }
        return bytes
    }

    func sentText() -> String { String(decoding: sent(), as: UTF8.self) }

    var isOpen: Bool {
        channel.embeddedEventLoop.run()
        return channel.isActive
    }

    /// Lets time pass.
    func wait(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

    /// What MQTT writes, each element as a write of its own, then flushed.
    func write(_ pieces: [UInt8]...) {
        for piece in pieces { channel.write(ByteBuffer(bytes: piece), promise: nil) }
        channel.flush()
    }
}
