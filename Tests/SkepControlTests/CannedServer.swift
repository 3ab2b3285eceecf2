import Foundation
import NIOCore
import NIOPosix

/// A server on a Unix socket that answers anything with the same bytes, and then closes the connection or keeps it.
final class CannedServer: Sendable {
    private let channel: any Channel
    let path: String

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: String
        private let closes: Bool
        private var received = ""

        init(_ answer: String, closes: Bool) {
            self.answer = answer
            self.closes = closes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += String(buffer: unwrapInboundIn(data))
            // The end of a request without a body, or of one in a JSON array.
            guard received.hasSuffix("\r\n\r\n") && received.hasPrefix("GET") || received.hasSuffix("]") else { return }
            received = ""
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            if closes { context.close(promise: nil) }
        }
    }

    /// A server with an HTTP answer that says how long it is.
    convenience init(status: Int = 200, json: String) throws {
        let head =
            "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n\r\n"
        try self.init(raw: head + json, closes: false)
    }

    init(raw answer: String, closes: Bool) throws {
        let name = UInt64.random(in: 0 ... .max)
        path = FileManager.default.temporaryDirectory.path + "/skepctl-\(name).sock"
        channel = try ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer, closes: closes))
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).wait()
    }

    /// Closes it, which removes its socket.
    func stop() throws { try channel.close().wait() }
}
