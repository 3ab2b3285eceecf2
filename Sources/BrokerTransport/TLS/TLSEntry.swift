import BrokerValues
import NIOCore
import NIOSSL

/// Stands where TLS will stand until it may begin: looks at the client's first message, without which nothing is spent on
/// it, and waits for a place among the handshakes.
final class TLSEntry: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Bytes of a first message that are waited for; one that is longer goes to TLS as far as it has come.
    private static let longestHello = 16 * 1024

    private let handshake: Handshake
    private let runner: ShardRunner
    /// Called when TLS is established.
    private let next: (any Channel, TransportSecurity) throws -> Void
    private var received: [UInt8] = []
    private var hello: ClientHello?

    init(
        _ handshake: Handshake, _ runner: ShardRunner, next: @escaping (any Channel, TransportSecurity) throws -> Void
    ) {
        self.handshake = handshake
        self.runner = runner
        self.next = next
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        guard hello == nil else {
            // What comes while it waits for its turn is little, unless somebody wants to fill memory.
            if received.count > 4 * Self.longestHello { handshake.fail(.other) }
            return
        }
        switch ClientHello.read(received) {
        case .notTLS: handshake.fail(.plainText)
        case .hello(let found): wantPlace(context, found)
        case .incomplete:
            if received.count >= Self.longestHello { wantPlace(context, ClientHello()) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {}

    func channelInactive(context: ChannelHandlerContext) {
        handshake.fail(.disconnected)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { handshake.fail(.disconnected) }

    private func wantPlace(_ context: ChannelHandlerContext, _ hello: ClientHello) {
        self.hello = hello
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let entry = handshake.door.limit.enter { [eventLoop = context.eventLoop] in
            eventLoop.execute {
                let (entry, context) = bound.value
                entry.placeIsFree(context)
            }
        }
        switch entry {
        case .begin:
            handshake.hasPlace = true
            waitForTurn(context)
        case .wait(let ticket):
            handshake.ticket = ticket
            setAutoRead(context, false)
        case .refused: handshake.fail(.tooMany)
        }
    }

    private func placeIsFree(_ context: ChannelHandlerContext) {
        // Whoever has ended meanwhile has given the place back already.
        guard handshake.ticket != nil else { return }
        handshake.ticket = nil
        handshake.hasPlace = true
        setAutoRead(context, true)
        waitForTurn(context)
    }

    private func waitForTurn(_ context: ChannelHandlerContext) {
        runner.handshakes.run(on: context.eventLoop) { [self] in
            guard handshake.hasPlace else { return }
            begin(context)
        }
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard let ssl = handshake.door.context else { return handshake.fail(.other) }
        let tls = NIOSSLServerHandler(context: ssl)
        let watch = TLSWatch(handshake, tls, serverName: hello?.serverName, next: next)
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(tls, position: .after(self))
            try pipeline.addHandler(watch, position: .after(tls))
        } catch {
            return handshake.fail(.other)
        }
        let bytes = received
        received = []
        context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: bytes)))
        context.fireChannelReadComplete()
        pipeline.removeHandler(context: context, promise: nil)
    }

    private func setAutoRead(_ context: ChannelHandlerContext, _ isOn: Bool) {
        // A channel that is already closed says no, which is all right.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isOn)
    }
}
