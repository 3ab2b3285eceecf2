import BrokerValues
import NIOCore

/// An open WebSocket connection: the payload of frames in, and everything that is written until a flush out as one frame.
///
/// NIO's own frame decoder keeps a frame until it is whole, which for a message of 256 MB is as much memory for each
/// client that claims to send one; here bytes pass as they come. A connection that is idle holds no buffer.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes of a frame up to which its payload is copied behind its front: cheaper than a second piece for the kernel.
    private static let smallFrame = 2048
    /// How long the answer to a Close frame may take to leave.
    private static let lingerTime = TimeAmount.seconds(1)

    private let report: DoorReport
    private let scratch: DoorScratch
    /// The client's own address, where a proxy has said it.
    private let clientAddress: String?
    private var receiver = WebSocketReceiver()
    /// What was written since the last flush.
    private var pending: ByteBuffer?
    private var morePending: [ByteBuffer] = []
    private var pendingPromise: EventLoopPromise<Void>?
    /// The payload of the last ping, until a pong has answered it. Others need no answer (RFC 6455 section 5.5.3), so
    /// that who only pings and reads nothing gets nothing to keep.
    private var openPing: [UInt8]?
    private var hasSentClose = false
    private var hasReceivedClose = false
    /// What the client did wrong, once it has.
    private var violation: WebSocketRefusal?

    init(_ door: WebSocketDoor) {
        report = door.report
        scratch = door.scratch
        clientAddress = door.clientAddress
    }

    // MARK: - In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasReceivedClose, violation == nil else { return }
        var input = unwrapInboundIn(data)
        var payload = scratch.takePayload()
        var closeCode: UInt16??
        do throws(WebSocketRefusal) {
            while closeCode == nil, let control = try receiver.receive(&input, into: &payload) {
                switch control {
                case .ping(let bytes): openPing = bytes
                case .pong: break
                case .close(let code): closeCode = .some(code)
                }
            }
        } catch {
            // Some clients answer a Close with one that is not masked: nothing is to be told them any more.
            if hasSentClose { closeCode = .some(nil) } else { violation = error }
        }
        if payload.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(payload)) }
        scratch.giveBack(payload)
        answerPing(context)
        if let closeCode { closeReceived(closeCode, context) }
        if let violation { fail(violation, context) }
    }

    private func answerPing(_ context: ChannelHandlerContext) {
        guard let ping = openPing, context.channel.isWritable, !hasSentClose else { return }
        openPing = nil
        var frame = ByteBufferAllocator().buffer(capacity: ping.count + 2)
        FrameHeader.write(.pong, length: ping.count, into: &frame)
        frame.writeBytes(ping)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        answerPing(context)
        context.fireChannelWritabilityChanged()
    }

    /// The closing handshake (section 7.1): who has both sent and received Close closes the socket, the server first.
    private func closeReceived(_ code: UInt16?, _ context: ChannelHandlerContext) {
        hasReceivedClose = true
        guard !hasSentClose else { return context.close(promise: nil) }
        hasSentClose = true
        let channel = context.channel
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(Self.close(code)), promise: written)
        let timer = context.eventLoop.scheduleTask(in: Self.lingerTime) { bound.value.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in timer.cancel() }
    }

    private func fail(_ refusal: WebSocketRefusal, _ context: ChannelHandlerContext) {
        report.refused(
            refusal, address: clientAddress ?? context.remoteAddress.flatMap(EndpointText.of) ?? "unknown")
        // Who speaks MQTT learns why, and closes.
        context.fireErrorCaught(refusal)
    }

    private static func close(_ code: UInt16?) -> ByteBuffer {
        var frame = ByteBufferAllocator().buffer(capacity: 4)
        FrameHeader.write(.close, length: code == nil ? 0 : 2, into: &frame)
        if let code { frame.writeInteger(code) }
        return frame
    }

    // MARK: - Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !hasSentClose else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        let buffer = unwrapOutboundIn(data)
        if let promise {
            if pendingPromise == nil {
                pendingPromise = promise
            } else {
                pendingPromise?.futureResult.cascade(to: promise)
            }
        }
        guard buffer.readableBytes > 0 else { return }
        if pending == nil { pending = buffer } else { morePending.append(buffer) }
    }

    func flush(context: ChannelHandlerContext) {
        writeFrame(context)
        context.flush()
    }

    private func writeFrame(_ context: ChannelHandlerContext) {
        let promise = pendingPromise.take()
        guard let first = pending.take() else {
            if let promise { context.write(wrapOutboundOut(ByteBuffer()), promise: promise) }
            return
        }
        let more = morePending
        if !more.isEmpty { morePending = [] }
        let length = more.reduce(first.readableBytes) { $0 + $1.readableBytes }
        if length <= Self.smallFrame {
            writeSmall(first, more, length, promise, context)
        } else {
            var front = ByteBufferAllocator().buffer(capacity: FrameHeader.size(ofPayload: length))
            FrameHeader.write(.binary, length: length, into: &front)
            context.write(wrapOutboundOut(front), promise: nil)
            let last = more.last ?? first
            if !more.isEmpty { context.write(wrapOutboundOut(first), promise: nil) }
            for piece in more.dropLast() { context.write(wrapOutboundOut(piece), promise: nil) }
            context.write(wrapOutboundOut(last), promise: promise)
        }
    }

    /// In the loop's buffer for it, unless a socket that has not taken everything still refers to that.
    private func writeSmall(
        _ first: ByteBuffer, _ more: [ByteBuffer], _ length: Int, _ promise: EventLoopPromise<Void>?,
        _ context: ChannelHandlerContext
    ) {
        if scratch.frame.modifyIfUniquelyOwned({ $0.clear() }) == nil || scratch.frame.capacity == 0 {
            scratch.frame = ByteBufferAllocator().buffer(capacity: Self.smallFrame + 4)
        }
        FrameHeader.write(.binary, length: length, into: &scratch.frame)
        scratch.frame.writeImmutableBuffer(first)
        for piece in more { scratch.frame.writeImmutableBuffer(piece) }
        context.write(wrapOutboundOut(scratch.frame), promise: promise)
    }

    // MARK: - End

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard !hasSentClose, mode != .input else { return context.close(mode: mode, promise: promise) }
        writeFrame(context)
        hasSentClose = true
        // Going away, or normal (section 7.4.1).
        let last = Self.close(violation?.closeCode ?? (report.isStopping ? 1001 : 1000))
        if violation != nil {
            Farewell.send(last, context, scratch)
            if let promise { context.channel.closeFuture.cascade(to: promise) }
            return
        }
        guard mode == .output else {
            context.writeAndFlush(wrapOutboundOut(last), promise: nil)
            return context.close(mode: mode, promise: promise)
        }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in bound.value.close(mode: .output, promise: promise) }
        context.writeAndFlush(wrapOutboundOut(last), promise: written)
    }
}
