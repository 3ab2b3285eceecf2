import BrokerCore
import BrokerValues
import MQTTWire
import NIOCore
import NIOSSL

/// The one handler of a client's channel: bytes in to the shard, bytes out to the socket. It decides nothing.
final class MQTTHandler: ChannelInboundHandler, ClientLink {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a closing connection waits for its last bytes to leave and the peer to answer.
    private static let lingerTime = TimeAmount.seconds(1)
    /// Connections of one loop that may wait so; others are closed at once.
    private static let maximumLingering = 1000

    private let runner: ShardRunner
    private let door: Door
    private var context: ChannelHandlerContext?
    /// The context once more, while the shard is told that the channel has ended.
    private var ended: ChannelHandlerContext?
    private var connection: Connection?
    /// Bytes that were read but not handled: a packet that is not complete, or packets that have to wait.
    private var remainder: ByteBuffer?
    /// The socket itself, once it is known and while it is open: what is sent goes straight to it as long as nothing
    /// waits in the channel.
    private var socket: DirectSocket?
    /// How often something is sent through the channel before the socket is asked for.
    private var sendsBeforeDirect = 2
    /// Whether bytes may wait in the channel for the socket to take them.
    private var mayWait = false
    /// Bytes that the socket has not taken; counted while it is not writable.
    private var unsent = 0
    private var isSending = false
    private var isWritable = true
    private var isClosing = false
    /// Why the channel has ended.
    private var departure: DisconnectCause?
    /// The address that it had, for as long as the shard still asks.
    private var lastAddress: SocketAddress?
    private var failure: (any Error)?
    /// What earlier stages know; nil if there were none.
    private let earlier: EarlierStages?
    /// Whether nothing has been read yet.
    private var isFirstRead = true

    init(runner: ShardRunner, door: Door, facts: ConnectionFacts) {
        self.runner = runner
        self.door = door
        earlier = facts.isEmpty ? nil : EarlierStages(facts)
        // What goes straight to the socket would pass by whatever stands between.
        if !door.isPlain { sendsBeforeDirect = -1 }
    }

    // MARK: - Channel

    func handlerAdded(context: ChannelHandlerContext) {
        // Behind other stages it is added when the channel has long been active.
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard self.context == nil, departure == nil else { return }
        self.context = context
        connection = runner.shard.accepted(self, listener: door.listener.identity, now: ShardRunner.now())
    }

    func channelInactive(context: ChannelHandlerContext) {
        departure = failure.map(Self.cause) ?? .peerClosed
        if isClosing { runner.lingering -= 1 }
        self.context = nil
        socket = nil
        ended = context
        finishIfDone()
        if connection != nil { lastAddress = context.remoteAddress }
        ended = nil
        context.fireChannelInactive()
    }

    private static func cause(_ failure: any Error) -> DisconnectCause {
        failure is WebSocketRefusal ? .protocolError(reasonCode: ReasonCode.protocolError.rawValue) : .socketFailed
    }

    /// When the channel has ended: NIO has read all that came before, whether reading was paused or not. What waits of
    /// it is kept until the shard has handled it; a packet that is not whole never will be.
    private func finishIfDone() {
        guard departure != nil else { return }
        handleRemainder()
        dropIncompletePacket()
        guard let connection, let departure else { return }
        let isOver = runner.shard.disconnected(
            connection, cause: departure, unhandled: remainder?.readableBytes ?? 0, now: ShardRunner.now())
        if isOver { forget() }
    }

    private func dropIncompletePacket() {
        guard let buffer = remainder else { return }
        // Safe: the view does not leave the closure.
        let whole = unsafe buffer.withUnsafeReadableBytes { unsafe FixedHeader.wholePackets(ByteView($0)) }
        remainder = whole > 0 ? buffer.getSlice(at: buffer.readerIndex, length: whole) : nil
        noteKept(before: buffer.readableBytes)
    }

    /// The shard knows of no connection here any more.
    private func forget() {
        forgetRemainder()
        connection = nil
    }

    private func forgetRemainder() {
        let before = remainder?.readableBytes ?? 0
        remainder = nil
        noteKept(before: before)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if isFirstRead { noteFirstRead(buffer, context) }
        var rest = buffer
        if remainder != nil { completeRemainder(from: &rest) }
        if rest.readableBytes > 0, !isClosing {
            rest.moveReaderIndex(forwardBy: handle(rest))
            if rest.readableBytes > 0 { keep(rest) }
        }
        // Others have their reads from whoever stands before them, which gives the buffer back.
        if door.isPlain { runner.receiveBuffer.giveBack(buffer) }
    }

    /// A client that speaks TLS here is refused by the shard; here it is counted.
    private func noteFirstRead(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        isFirstRead = false
        if door.tls == nil, buffer.readableBytesView.starts(with: ClientHello.recordStart) {
            door.handshakes.note(.plainListener, from: context.remoteAddress, door.logger, door.listener.identity)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        // While sending, the result of `send` says it: the shard must not be entered a second time from there.
        if !isSending, isWritable, let connection {
            unsent = 0
            runner.shard.drained(connection, unsent: 0, now: ShardRunner.now())
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Many clients close their socket without a word of TLS: MQTT knows without it what was whole.
        if let error = error as? NIOSSLError, error == .uncleanShutdown { return }
        failure = error
        context.close(promise: nil)
    }

    // MARK: - Bytes in

    private func handle(_ buffer: ByteBuffer) -> Int {
        guard let connection, !isClosing else { return buffer.readableBytes }
        // Safe: the buffer outlives the call, and the shard keeps no view beyond it.
        return unsafe buffer.withUnsafeReadableBytes { bytes in
            unsafe runner.shard.received(connection, ByteView(bytes), now: ShardRunner.now())
        }
    }

    /// Keeps a copy: the bytes stand in the loop's receive buffer.
    private func keep(_ rest: ByteBuffer) {
        guard !isClosing else { return }
        var copy = ByteBufferAllocator().buffer(capacity: rest.readableBytes)
        copy.writeImmutableBuffer(rest)
        remainder = copy
        noteKept(before: 0)
    }

    /// Completes the first packet that is kept with bytes that have just come, and handles it. What comes behind it is
    /// left in `buffer`, to be handled where it stands.
    private func completeRemainder(from buffer: inout ByteBuffer) {
        // No second reference to the remainder may be held here: it would make every write to it a copy.
        while buffer.readableBytes > 0, !isClosing, remainder != nil {
            let before = remainder?.readableBytes ?? 0
            let missing = missingBytes()
            // Whole packets are kept only while they have to wait: then everything has to.
            let taken = missing > 0 ? min(missing, buffer.readableBytes) : buffer.readableBytes
            guard let slice = buffer.readSlice(length: taken) else { return }
            remainder?.writeImmutableBuffer(slice)
            noteKept(before: before)
            handleRemainder()
        }
    }

    /// Bytes until the first packet is whole, or until its length is known; 0 if it is whole.
    private func missingBytes() -> Int {
        // Safe: the view does not leave the closure.
        unsafe remainder?.withUnsafeReadableBytes { bytes in
            guard let header = try? unsafe FixedHeader.parse(ByteView(bytes)) else { return 1 }
            return max(0, header.packetLength - bytes.count)
        } ?? 0
    }

    private func noteKept(before: Int) {
        let bytes = remainder?.readableBytes ?? 0
        if let connection, bytes != before { runner.shard.keeps(connection, bytes: bytes, before: before) }
    }

    private func handleRemainder() {
        guard let buffer = remainder else { return }
        let before = buffer.readableBytes
        // The reference in `remainder` would make every write to it a copy.
        remainder = nil
        let handled = handle(buffer)
        if handled < before, !isClosing {
            var rest = buffer
            rest.moveReaderIndex(forwardBy: handled)
            // Not each time: what is handled in many small turns would be moved as often.
            if rest.readerIndex > rest.readableBytes { rest.discardReadBytes() }
            remainder = rest
        }
        noteKept(before: before)
    }

    // MARK: - ClientLink

    var remoteAddress: String { earlier?.facts.address ?? socketAddress }

    var origin: ConnectionOrigin {
        var origin = ConnectionOrigin(address: remoteAddress)
        origin.proxy = earlier?.facts.proxy
        origin.security = earlier?.facts.security
        return origin
    }

    private var socketAddress: String {
        ((context ?? ended)?.remoteAddress ?? lastAddress).flatMap(EndpointText.of) ?? "unknown"
    }

    func send(_ buffer: inout OutBuffer) -> Int {
        guard let context else {
            buffer.reset()
            return 0
        }
        if buffer.isOnePiece, let socket = directSocket(context), !isWaiting(context) {
            // Safe: the socket only reads what the pointer refers to, during the call.
            unsafe buffer.offer { unsafe socket.write($0) }
            if buffer.isEmpty {
                buffer.reset()
                return 0
            }
        }
        let count = buffer.count
        isSending = true
        mayWait = true
        if let whole = buffer.single {
            context.writeAndFlush(wrapOutboundOut(whole), promise: nil)
        } else {
            buffer.drain { context.write(wrapOutboundOut($0), promise: nil) }
            context.flush()
        }
        isSending = false
        buffer.reset()
        unsent = isWritable ? 0 : unsent + count
        return unsent
    }

    /// The socket itself; nil for the first times: to ask NIO for it costs more than it saves to who only connects and
    /// subscribes.
    @inline(__always)
    private func directSocket(_ context: ChannelHandlerContext) -> DirectSocket? {
        if let socket { return socket }
        if sendsBeforeDirect < 0 { return nil }
        if sendsBeforeDirect == 0 { socket = DirectSocket(of: context) }
        sendsBeforeDirect -= 1
        return socket
    }

    /// Whether bytes wait in the channel: what comes behind them must go there too.
    private func isWaiting(_ context: ChannelHandlerContext) -> Bool {
        if mayWait {
            mayWait = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) != 0
        }
        return mayWait
    }

    func close() {
        guard let context else { return forget() }
        guard !isClosing else { return }
        isClosing = true
        runner.lingering += 1
        forgetRemainder()
        if runner.lingering > Self.maximumLingering { return context.close(promise: nil) }
        // What was sent must leave before the socket is closed, and a close with bytes unread would make the kernel
        // throw it away at the client. So: say that no more comes, and wait a little for the client to close.
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in channel.close(mode: .output, promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        setAutoRead(true)
        context.eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
    }

    var movedBytes: UInt64? {
        try? context?.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { SocketProgress.bytes(of: $0) } ?? nil
    }

    func setPaused(_ isPaused: Bool) {
        guard !isClosing else { return }
        setAutoRead(!isPaused)
        guard !isPaused else { return }
        // Not at once: the shard is in the middle of something when it calls this.
        let bound = NIOLoopBound(self, eventLoop: runner.eventLoop)
        runner.eventLoop.execute {
            let handler = bound.value
            if handler.departure == nil { handler.handleRemainder() } else { handler.finishIfDone() }
        }
    }

    private func setAutoRead(_ isOn: Bool) {
        // A channel that is already closed says no, which is all right.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: isOn)
    }
}

/// What earlier stages know, out of line: most connections have none.
private final class EarlierStages {
    let facts: ConnectionFacts

    init(_ facts: ConnectionFacts) { self.facts = facts }
}
