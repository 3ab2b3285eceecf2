import NIOCore

/// Stands first in the pipeline of a connection that has ended for the server, and throws away what still comes in.
final class HTTPInputDiscarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var remaining: Int

    /// - Parameter limit: bytes after which the connection is closed.
    init(limit: Int) { remaining = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        remaining -= unwrapInboundIn(data).readableBytes
        if remaining < 0 { context.close(promise: nil) }
    }
}
