import BrokerValues
import Glibc
import Logging
import NIOCore

/// One handshake, from the moment its socket is accepted to its end, however that comes. Used on the socket's event loop.
final class Handshake {
    let door: TLSDoor
    private let channel: any Channel
    private var timer: NIOCore.Scheduled<Void>?
    private var isOver = false
    /// Whether it has one of the places of ``HandshakeLimit``, or waits for one.
    var hasPlace = false
    var ticket: HandshakeLimit.Ticket?

    init(_ door: TLSDoor, _ channel: any Channel) {
        self.door = door
        self.channel = channel
        timer = channel.eventLoop.assumeIsolated().scheduleTask(
            in: .milliseconds(door.configuration.handshakeTimeoutMilliseconds)
        ) { [self] in fail(.timedOut) }
    }

    /// It is established.
    func complete() { end(.completed) }

    /// It has come to nothing. Closes the channel.
    func fail(_ outcome: HandshakeOutcome) {
        guard !isOver else { return }
        end(outcome)
        channel.close(promise: nil)
    }

    private func end(_ outcome: HandshakeOutcome) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        timer = nil
        if let ticket, !hasPlace, !door.limit.cancel(ticket) { hasPlace = true }
        ticket = nil
        if hasPlace { door.limit.leave() }
        hasPlace = false
        door.handshakes.note(outcome, from: channel.remoteAddress, door.logger, door.listener)
    }
}

extension HandshakeCounters {
    /// Counts it, and logs it if it is a failure that somebody should know of.
    func note(
        _ outcome: HandshakeOutcome, from address: SocketAddress?, _ logger: Logger, _ listener: ListenerIdentity
    ) {
        guard let leftOut = add(outcome, now: ShardRunner.now()) else { return }
        switch outcome {
        // Whoever looks whether the port is open goes so, and of TLS on a plain listener the shard tells.
        case .completed, .disconnected, .plainListener: return
        case .plainText, .noSharedProtocol, .noSharedCipher, .certificateMissing, .certificateUntrusted,
            .certificateExpired, .refusedByClient, .timedOut, .tooMany, .other:
            break
        }
        logger.info(
            "No TLS with \(address.flatMap(EndpointText.of) ?? "a client"): \(outcome.sentence)",
            metadata: [
                LogKind.field: "\(LogKind.handshakeFailed.rawValue)", "listener": "\(listener)",
                "reason": "\(outcome.rawValue)", "left_out": "\(leftOut)",
            ])
    }
}
