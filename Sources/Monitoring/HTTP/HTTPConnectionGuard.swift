import NIOCore
import NIOHTTP1

/// Stands behind the HTTP/1 decoder of a connection and keeps its limits: runs what `HTTPConnectionState` decides.
///
/// It also does what the layers above leave to others: it ends connections of clients that do not keep them alive
/// (HTTP/1.0, `Connection: close`), and those where the protocol would change.
final class HTTPConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: HTTPLimits
    private let onClose: (HTTPConnectionGuard) -> Void
    private var state: HTTPConnectionState
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    /// Set while the socket takes nothing.
    private var stall: Scheduled<Void>?
    /// What the timer was set for.
    private var wait = HTTPConnectionState.Wait.request
    /// Since when the connection has been waiting for its client.
    private(set) var waitingSince = NIODeadline.now()
    private var isDiscarding = false
    /// HTTP/1.0 clients must be told that a connection stays.
    private var mustConfirmKeepAlive = false

    init(limits: HTTPLimits, onClose: @escaping (HTTPConnectionGuard) -> Void) {
        self.limits = limits
        self.onClose = onClose
        state = HTTPConnectionState(bodyLimit: limits.bodyBytes)
    }

    /// Whether it is the client's turn.
    var waitsForClient: Bool { wait != .server }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        setTimer(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        stall?.cancel()
        stall = nil
        self.context = nil
        onClose(self)
    }

    /// Closes at once, whatever is under way.
    func close() { context?.close(promise: nil) }

    /// Closes as soon as what is under way has been answered.
    func beginShutdown() {
        if state.shutdownBegan() { close() }
    }

    // MARK: What the client sends

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let action =
            switch unwrapInboundIn(data) {
            case .head(let head): headReceived(head)
            case .body(let bytes): state.bodyReceived(bytes: bytes.readableBytes)
            case .end: state.endReceived()
            }
        if action == .forward { context.fireChannelRead(data) }
        run(action, context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        state.readCompleted()
        updateTimer(context)
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow: run(state.failed(.headTooLarge), context)
        case is HTTPParserError: run(state.failed(.malformed), context)
        // What still comes in after a parser's error was answered.
        case is ByteToMessageDecoderError: break
        default: context.fireErrorCaught(error)
        }
    }

    private func headReceived(_ head: HTTPRequestHead) -> HTTPConnectionState.Inbound {
        // The decoder reads nothing more once a protocol might change.
        let mayChangeProtocol = head.method == .CONNECT || head.headers.contains(name: "upgrade")
        mustConfirmKeepAlive = head.version.minor == 0
        return state.headReceived(
            keepsAlive: head.isKeepAlive && !mayChangeProtocol,
            declaredBody: head.headers.first(name: "content-length").map { Int($0) ?? .max })
    }

    private func run(_ action: HTTPConnectionState.Inbound, _ context: ChannelHandlerContext) {
        switch action {
        case .forward, .drop: break
        case .refuse(let refusal): refuse(refusal, context)
        case .end: sayFarewell(context)
        }
        if state.ignoresInput { discardInput(context) }
        updateTimer(context)
    }

    // MARK: What the server answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if state.isLastAnswer {
                head.headers.replaceOrAdd(name: "connection", value: "close")
            } else if mustConfirmKeepAlive {
                head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            let after = state.answerWritten()
            writeEnd(data, promise, context)
            switch after {
            case .goOn, .end: break
            case .refuse(let refusal): refuse(refusal, context)
            }
        }
        updateTimer(context)
    }

    /// Writes the last part of an answer and notices when the kernel has it.
    private func writeEnd(_ data: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.cascade(to: promise)
        sent.futureResult.assumeIsolated().whenComplete { [self] _ in
            guard let context = self.context else { return }
            let isOver = state.answerSent()
            setTimer(context)
            if isOver { sayFarewell(context) }
        }
        context.write(data, promise: sent)
    }

    private func refuse(_ refusal: HTTPConnectionState.Refusal, _ context: ChannelHandlerContext) {
        let (status, line): (HTTPResponseStatus, String) =
            switch refusal {
            case .malformed: (.badRequest, "400: this is not HTTP/1.1\n")
            case .headTooLarge:
                (.requestHeaderFieldsTooLarge, "431: a request's head may have \(limits.headBytes) bytes\n")
            case .bodyTooLarge: (.payloadTooLarge, "413: a request's body may have \(limits.bodyBytes) bytes\n")
            }
        var head = HTTPResponseHead(version: .http1_1, status: status)
        head.headers = [
            "content-type": "text/plain; charset=utf-8", "content-length": "\(line.utf8.count)",
            "connection": "close",
        ]
        state.refusalWritten()
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: line)))), promise: nil)
        writeEnd(wrapOutboundOut(.end(nil)), nil, context)
        context.flush()
    }

    /// A client that does not take what is written for as long as a whole answer may take is given up, also in the
    /// middle of an answer.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall = nil
        if !context.channel.isWritable {
            stall = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(limits.writeMilliseconds)) {
                [self] in close()
            }
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: The end

    /// Ends the server's half of the connection; the client's is read for a while, since closing a socket with unread
    /// bytes resets the connection, and the client might lose the answer.
    private func sayFarewell(_ context: ChannelHandlerContext) {
        discardInput(context)
        updateTimer(context)
        context.close(mode: .output, promise: nil)
    }

    private func discardInput(_ context: ChannelHandlerContext) {
        guard !isDiscarding else { return }
        isDiscarding = true
        do {
            try context.pipeline.syncOperations.addHandler(
                HTTPInputDiscarder(limit: limits.lingerBytes), position: .first)
        } catch {
            close()
        }
    }

    // MARK: Time

    private func updateTimer(_ context: ChannelHandlerContext) {
        if state.wait != wait { setTimer(context) }
    }

    private func setTimer(_ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        wait = state.wait
        waitingSince = .now()
        let milliseconds: Int64
        switch wait {
        case .request: milliseconds = limits.requestMilliseconds
        case .nextRequest: milliseconds = limits.idleMilliseconds
        case .reader: milliseconds = limits.writeMilliseconds
        case .farewell: milliseconds = limits.lingerMilliseconds
        case .server: return
        }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) { [self] in close() }
    }
}
