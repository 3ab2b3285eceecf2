import BrokerValues
import Logging
import NIOCore

/// Stands first in the pipeline of a socket that listens and takes its errors: accepting rests for a moment when
/// descriptors or memory have run out, instead of failing in a loop.
final class HTTPAcceptRest: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let milliseconds: Int64
    private let logger: Logger
    private var isResting = false

    init(milliseconds: Int64, logger: Logger) {
        self.milliseconds = milliseconds
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isResting else { return }
        isResting = true
        logger.warning(
            "The HTTP endpoints accept nobody for \(milliseconds) ms",
            metadata: [LogKind.field: "\(LogKind.acceptingRests.rawValue)", "cause": "\(error)"])
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let channel = context.channel
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) { [self] in
            isResting = false
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}
