import NIOCore
import NIOHTTP1

/// One request over HTTP and where its answer goes.
struct Exchange: Sendable {
    let head: HTTPRequestHead
    let body: [UInt8]
    /// The longest silence that is waited through, and for an answer in one piece the time until its end.
    let patience: TimeAmount
    /// Where the pieces of a good answer go that has no end; nil for an answer in one piece.
    var sink: (@Sendable (ByteBuffer) -> Void)?
    let answer: EventLoopPromise<HTTPAnswer>
}

/// A whole answer.
struct HTTPAnswer: Sendable {
    let status: Int
    let body: [UInt8]
}

/// Why an exchange came to nothing.
enum ExchangeFault: Error, Hashable {
    /// Nothing came for as long as was to be waited.
    case timedOut
    case tooLarge
    /// The connection ended before the answer did.
    case closed
    /// What came is not HTTP.
    case notHTTP
}

/// Sends one request after the other over a connection, and gathers the answers.
///
/// An answer is never larger than ``largestAnswer``; after any fault the connection is closed.
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    /// Bytes.
    static let largestAnswer = 64 << 20

    private var current: Exchange?
    private var status = 0
    private var body: [UInt8] = []
    private var keepsAlive = true
    private var deadline: Scheduled<Void>?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard current == nil else {
            // Whoever asks waits for each answer.
            exchange.answer.fail(ExchangeFault.closed)
            return
        }
        current = exchange
        (status, body, keepsAlive) = (0, [], true)
        expect(within: exchange.patience, context)
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        if !exchange.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: exchange.body)))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exchange = current else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = Int(head.status.code)
            keepsAlive = head.isKeepAlive
        case .body(let piece):
            if let sink = exchange.sink, status == 200 {
                expect(within: exchange.patience, context)
                sink(piece)
            } else if body.count + piece.readableBytes > Self.largestAnswer {
                fail(.tooLarge, context)
            } else {
                body.append(contentsOf: piece.readableBytesView)
            }
        case .end:
            finish()
            exchange.answer.succeed(HTTPAnswer(status: status, body: body))
            if !keepsAlive { context.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closed, context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The end of the connection in the middle of an answer is told as a fault of the parser.
        let isParserFault = error is HTTPParserError && error as? HTTPParserError != .invalidEOFState
        fail(isParserFault ? .notHTTP : .closed, context)
    }

    private func expect(within patience: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { self.fail(.timedOut, context) }
    }

    private func finish() {
        deadline?.cancel()
        deadline = nil
        current = nil
    }

    private func fail(_ fault: ExchangeFault, _ context: ChannelHandlerContext) {
        let exchange = current
        finish()
        exchange?.answer.fail(fault)
        context.close(promise: nil)
    }
}
