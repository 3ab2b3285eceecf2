import BrokerCore
import BrokerValues
import Logging
import MQTTWire

/// Turns the broker's facts into log lines that say who, what and why.
///
/// Drops come in floods, so they are gathered: the first of a kind is told at once, then one line for every thousand.
final class LogObserver: BrokerObserver {
    private let logger: Logger
    private var drops: [DropReason: Int] = [:]

    init(logger: Logger) { self.logger = logger }

    func observe(_ fact: BrokerFact) {
        switch fact {
        case .connectRefused(let client, let address, let listener, let reason, let text):
            logger.notice(
                "A client was refused",
                metadata: [
                    "client": "\(client)", "address": "\(address)", "listener": "\(listener)", "reason": "\(reason)",
                    "detail": "\(text)",
                ])
        case .clientConnected(let client, let address, let listener, let version, let isResumed):
            logger.debug(
                "A client has connected",
                metadata: [
                    "client": "\(client)", "address": "\(address)", "listener": "\(listener)",
                    "version": "\(version.rawValue)", "session": isResumed ? "resumed" : "new",
                ])
        case .clientDisconnected(let client, let address, let cause, let text):
            logDisconnect(client, address, cause, text)
        case .sessionEnded(let client): logger.debug("A session has ended", metadata: ["client": "\(client)"])
        case .subscriptionsRefused(let client, let count, let filter, let reason):
            logger.notice(
                "SUBSCRIBE was refused",
                metadata: [
                    "client": "\(client)", "filters": "\(count)", "first": "\(filter)", "reason": "\(reason)",
                ])
        case .willPublished(let client): logger.debug("A will was published", metadata: ["client": "\(client)"])
        case .messageDropped(let client, let reason, let qos): logDrop(client, reason, qos)
        }
    }

    private func logDisconnect(
        _ client: ClientIdentity, _ address: String, _ cause: DisconnectCause, _ text: String
    ) {
        let level: Logger.Level
        switch cause {
        case .clientDisconnected, .serverShutdown, .peerClosed, .socketFailed: level = .debug
        case .takenOver, .keepAliveExpired, .administrative: level = .info
        case .protocolError, .limitExceeded: level = .notice
        case .serverFailed: level = .error
        }
        logger.log(
            level: level, "A client has gone",
            metadata: [
                "client": "\(client)", "address": "\(address)", "cause": "\(cause)", "detail": "\(text)",
            ])
    }

    private func logDrop(_ client: ClientIdentity?, _ reason: DropReason, _ qos: QualityOfService) {
        let count = (drops[reason] ?? 0) + 1
        drops[reason] = count
        // Not keeping QoS 0 for clients that are away, and ending sessions, is the protocol at work.
        let level: Logger.Level = reason == .clientOffline || reason == .sessionEnded ? .debug : .warning
        guard count == 1 || count % 1000 == 0, logger.logLevel <= level else { return }
        logger.log(
            level: level, "A message was dropped: \(reason.rawValue)",
            metadata: [
                "client": "\(client?.name ?? "")", "qos": "\(qos.rawValue)", "dropped-so-far": "\(count)",
            ])
    }
}
