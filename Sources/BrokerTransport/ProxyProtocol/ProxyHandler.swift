import BrokerValues
import NIOCore

/// Takes the header of the PROXY protocol off the front of a connection, begins the next stage with what it says, and is
/// gone.
///
/// A source that is not trusted is closed before anything of it is read, and so is a trusted one without a header: "the
/// receiver must not try to guess whether the header is present or not" (`proxy-protocol.txt`, section 2).
final class ProxyHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let trusted: [NetworkRange]
    private let timeLimit: TimeAmount
    private let report: DoorReport
    private let next: (any Channel, ConnectionFacts) throws -> Void
    /// What has come of the header, where it came in pieces.
    private var front: ByteBuffer?
    private var isRefused = false
    private var peer = "unknown"
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - trusted: who is believed.
    ///   - timeLimit: how long the header may take.
    ///   - next: adds the handlers of the next stage at the end of the pipeline.
    init(
        trusted: [NetworkRange], timeLimit: TimeAmount, report: DoorReport,
        next: @escaping (any Channel, ConnectionFacts) throws -> Void
    ) {
        self.trusted = trusted
        self.timeLimit = timeLimit
        self.report = report
        self.next = next
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) { begin(context) }

    private func begin(_ context: ChannelHandlerContext) {
        guard let address = context.remoteAddress, let host = address.ipAddress else {
            // It has gone again: proxies look so whether somebody listens.
            isRefused = true
            return context.close(promise: nil)
        }
        peer = EndpointText.of(address) ?? "unknown"
        guard trusted.contains(where: { $0.contains(host) }) else { return refuse(.untrustedSource, context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: timeLimit) {
            let (handler, context) = bound.value
            handler.refuse(.incomplete, context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        let buffer = unwrapInboundIn(data)
        var whole = buffer
        if var front = front.take() {
            front.writeImmutableBuffer(buffer)
            whole = front
        }
        do throws(ProxyRefusal) {
            guard let (header, length) = try ProxyHeaderParser.parse(whole) else { return keep(whole) }
            whole.moveReaderIndex(forwardBy: length)
            leave(header, whole, context)
        } catch {
            refuse(error, context)
        }
    }

    /// Keeps a copy: the bytes may stand in the loop's receive buffer. There are never more of them than the longest
    /// header has: the parser has an answer by then.
    private func keep(_ bytes: ByteBuffer) {
        var copy = ByteBufferAllocator().buffer(capacity: bytes.readableBytes)
        copy.writeImmutableBuffer(bytes)
        front = copy
    }

    /// Begins the next stage and hands on what came behind the header.
    private func leave(_ header: ProxyHeader, _ rest: ByteBuffer, _ context: ChannelHandlerContext) {
        timer?.cancel()
        let origin = header.origin(peer: peer)
        var facts = ConnectionFacts()
        facts.address = origin.address
        facts.proxy = origin.proxy
        do { try next(context.channel, facts) } catch { return context.close(promise: nil) }
        if rest.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(rest)) }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func refuse(_ refusal: ProxyRefusal, _ context: ChannelHandlerContext) {
        guard !isRefused else { return }
        isRefused = true
        front = nil
        timer?.cancel()
        report.refused(refusal, address: peer)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // A proxy that only looks whether somebody listens says nothing, and is nobody to be counted.
        if front != nil { refuse(.incomplete, context) }
        timer?.cancel()
        isRefused = true
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
