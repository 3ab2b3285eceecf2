import BrokerValues
import NIOCore

/// Stands in front of the HTTP decoder of a WebSocket listener until the request was answered: copies what comes out of
/// the loop's receive buffer, which the decoder would keep, and lets no more through than a request may have.
final class RequestGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Bytes that may come until the request was answered: its head, and the first frames of a client that does not wait.
    static let maximumBytes = 16 * 1024

    private var count = 0
    /// Whether everything that comes is dropped.
    private var isShut = false

    /// Whether anything has come.
    var hasRead: Bool { count > 0 }

    /// Drops what still comes.
    func shut() { isShut = true }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isShut else { return }
        let buffer = unwrapInboundIn(data)
        count += buffer.readableBytes
        guard count <= Self.maximumBytes else { return context.fireErrorCaught(WebSocketRefusal.headTooLarge) }
        var copy = ByteBufferAllocator().buffer(capacity: buffer.readableBytes)
        copy.writeImmutableBuffer(buffer)
        context.fireChannelRead(wrapInboundOut(copy))
    }
}
