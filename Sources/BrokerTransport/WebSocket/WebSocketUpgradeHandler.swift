import BrokerValues
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Answers the one HTTP request of a WebSocket connection: puts ``WebSocketHandler`` and the next stage in its own place,
/// or says why not and closes.
final class WebSocketUpgradeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case waiting
        /// The head was judged good; what ends the request comes next.
        case judged(HTTPRequestHead, subprotocol: String)
        case refused
        /// What the decoder gives back now are the first bytes of frames.
        case upgraded
    }

    private let door: WebSocketDoor
    private let gate: RequestGate
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private var state = State.waiting
    private var timer: Scheduled<Void>?

    init(_ door: WebSocketDoor, gate: RequestGate, decoder: ByteToMessageHandler<HTTPRequestDecoder>) {
        self.door = door
        self.gate = gate
        self.decoder = decoder
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: door.timeLimit) {
            let (handler, context) = bound.value
            handler.endIncomplete(context)
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .waiting: judge(unwrapInboundIn(data), context)
        case .judged(let head, let subprotocol): upgrade(head, subprotocol, unwrapInboundIn(data), context)
        case .refused: break
        case .upgraded: context.fireChannelRead(data)
        }
    }

    private func judge(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        guard case .head(let head) = part else { return refuse(.badRequest, context) }
        do throws(WebSocketRefusal) {
            state = .judged(head, subprotocol: try WebSocketRequest(head).subprotocol(door.configuration))
        } catch {
            refuse(error, context)
        }
    }

    private func upgrade(
        _ head: HTTPRequestHead, _ subprotocol: String, _ part: HTTPServerRequestPart, _ context: ChannelHandlerContext
    ) {
        guard case .end = part else { return refuse(.badRequest, context) }
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in
                channel.eventLoop.makeSucceededFuture(["Sec-WebSocket-Protocol": subprotocol])
            }, upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        // Answered at once: it has nothing to wait for.
        upgrader.buildUpgradeResponse(channel: context.channel, upgradeRequest: head, initialResponseHeaders: [:])
            .assumeIsolated().whenComplete { result in
                switch result {
                case .success(let headers): self.open(headers, context)
                case .failure: self.refuse(.badRequest, context)
                }
            }
    }

    private func open(_ headers: HTTPHeaders, _ context: ChannelHandlerContext) {
        timer?.cancel()
        state = .upgraded
        context.writeAndFlush(wrapOutboundOut(WebSocketAnswer.accept(headers)), promise: nil)
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(WebSocketHandler(door))
            try door.next(context.channel)
        } catch {
            return context.close(promise: nil)
        }
        pipeline.removeHandler(gate, promise: nil)
        // The decoder leaves a moment later and gives back then what it has not read; only then may this handler go.
        pipeline.removeHandler(decoder).assumeIsolated().whenComplete { _ in
            pipeline.removeHandler(context: context, promise: nil)
        }
    }

    private func refuse(_ refusal: WebSocketRefusal, _ context: ChannelHandlerContext) {
        timer?.cancel()
        state = .refused
        gate.shut()
        door.refused(refusal, context.remoteAddress)
        Farewell.send(WebSocketAnswer.refuse(refusal), context, door.scratch)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .waiting, .judged:
            if let refusal = error as? WebSocketRefusal { return refuse(refusal, context) }
            guard let error = error as? HTTPParserError, context.channel.isActive else { break }
            return refuse(error == .headerOverflow ? .headTooLarge : .badRequest, context)
        case .refused:
            // The decoder says once more that it has no use for what it has.
            if error is HTTPParserError { return }
        case .upgraded: return context.fireErrorCaught(error)
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        endIncomplete(context)
        context.fireChannelInactive()
    }

    private func endIncomplete(_ context: ChannelHandlerContext) {
        timer?.cancel()
        switch state {
        case .waiting, .judged:
            state = .refused
            gate.shut()
            // Who only looks whether somebody listens says nothing, and is nobody to be counted.
            if gate.hasRead || context.channel.isActive { door.refused(.incomplete, context.remoteAddress) }
        case .refused, .upgraded: break
        }
    }
}
