import BrokerCore
import BrokerValues
import Introspection
import Logging
import MQTTWire
import Monitoring
import NIOCore

/// Turns the facts of one event loop into log lines that say who, what and why.
///
/// Of drops only the first is told at once; ``DropReports`` asks for the others.
final class LogObserver: BrokerObserver, Sendable {
    private let logger: Logger
    private let levels: LogLevels
    private let events: EventHub
    private let tally: NIOLoopBoundBox<DropTally>
    private let pace: NIOLoopBoundBox<LogPace>

    /// - Parameter eventLoop: the one that the shard runs on.
    init(logger: Logger, levels: LogLevels, events: EventHub, eventLoop: any EventLoop) {
        self.logger = logger
        self.levels = levels
        self.events = events
        pace = .makeBoxSendingValue(LogPace(), eventLoop: eventLoop)
        tally = .makeBoxSendingValue(DropTally(), eventLoop: eventLoop)
    }

    func observe(_ fact: BrokerFact) {
        if let kind = fact.eventKind, events.isWatched(kind) {
            events.publish(BrokerEvent(kind, time: MonitorClock.system.wall(), details: fact.eventDetails))
        }
        log(fact)
    }

    /// What is logged of one client may differ from what is logged of all others.
    private func logger(for client: ClientIdentity?) -> Logger {
        guard let client, let level = levels.level(of: client.name) else { return logger }
        var copy = logger
        copy.logLevel = level
        return copy
    }

    private func log(_ fact: BrokerFact) {
        switch fact {
        case .connectRefused(let client, let user, let address, let listener, let reason, let text):
            var fields: Logger.Metadata = [
                "client": "\(client)", "address": "\(address)", "listener": "\(listener)",
                "reason": "\(reason.described)", "detail": "\(text)",
            ]
            if let user { fields["user"] = "\(user)" }
            logPaced(.clientRefused, .notice, "A client was refused", .refused(reason.rawValue), fields)
        case .clientConnected(let client, let address, let listener, let version, let isResumed):
            logger(for: client).log(
                .clientConnected, .debug, "A client has connected",
                [
                    "client": "\(client)", "address": "\(address)", "listener": "\(listener)",
                    "protocol": "\(version.name)", "session": isResumed ? "resumed" : "new",
                ])
        case .clientDisconnected(let client, let address, let cause, let text):
            logDisconnect(client, address, cause, text)
        case .sessionEnded(let client, let hasExpired):
            logger(for: client).log(
                .sessionEnded, .debug, "A session has ended", ["client": "\(client)", "expired": "\(hasExpired)"])
        case .subscriptionsRefused(let client, let count, let filter, let reason):
            logPaced(
                .subscriptionsRefused, .notice, "Subscriptions were refused", .subscriptionsRefused,
                [
                    "client": "\(client)", "count": "\(count)", "first": "\(filter)", "reason": "\(reason.described)",
                ])
        case .clientSlowed(let client, let address, let listener, let cause):
            logSlowed(client, address, listener, cause)
        case .connectionsNearLimit(let client, let count, let limit): logNearLimit(client, count, limit)
        case .willPublished(let client):
            logger(for: client).log(.willPublished, .debug, "A will was published", ["client": "\(client)"])
        case .messageDropped(let client, let reason, let qos): logDrop(client, reason, qos)
        case .limitHit: break  // what became of it is told by another fact, or counted
        }
    }

    var hearsOfConnects: Bool {
        logger.logLevel <= .debug || levels.hasClients || events.isWatched(.clientConnected)
    }

    var hearsOfSessionEnds: Bool {
        logger.logLevel <= .debug || levels.hasClients || events.isWatched(.sessionExpired)
    }

    func hearsOfDisconnects(_ cause: DisconnectCause) -> Bool {
        logger.logLevel <= Self.level(of: cause) || levels.hasClients || events.isWatched(.clientDisconnected)
    }

    private static func level(of cause: DisconnectCause) -> Logger.Level {
        switch cause {
        case .clientDisconnected, .serverShutdown, .peerClosed, .socketFailed: .debug
        case .takenOver, .keepAliveExpired, .administrative: .info
        case .protocolError, .limitExceeded: .notice
        case .serverFailed: .error
        }
    }

    private func logDisconnect(
        _ client: ClientIdentity, _ address: String, _ cause: DisconnectCause, _ text: String
    ) {
        let level = Self.level(of: cause)
        func details() -> Logger.Metadata {
            [
                "client": "\(client)", "address": "\(address)", "cause": "\(cause.name)",
                "reason": "\(Self.reason(of: cause))", "detail": "\(text)",
            ]
        }
        // Who looks at one client, or turns on what is off otherwise, wants all of it.
        if levels.level(of: client.name) != nil || level <= .debug {
            logger(for: client).log(.clientGone, level, "A client has gone", details())
        } else {
            logPaced(.clientGone, level, "A client has gone", .gone(cause.name), details())
        }
    }

    /// Logs a line of a kind that comes in floods, and how many were left out before it.
    private func logPaced(
        _ kind: LogKind, _ level: Logger.Level, _ message: Logger.Message, _ pacedAs: LogPace.Kind,
        _ details: @autoclosure () -> Logger.Metadata
    ) {
        guard logger.logLevel <= level, let leftOut = pace.value.mayLog(pacedAs, now: .now()) else { return }
        var details = details()
        if leftOut > 0 { details["not_logged"] = "\(leftOut)" }
        logger.log(kind, level, message, details)
    }

    /// Number and name of the reason code; empty for 0x00, which says no more than the cause.
    private static func reason(of cause: DisconnectCause) -> String {
        guard let code = cause.reasonCode, code != 0 else { return "" }
        return ReasonCode(rawValue: code).described
    }

    // MARK: - Limits

    private func logSlowed(
        _ client: ClientIdentity?, _ address: String, _ listener: ListenerIdentity, _ cause: PauseCause
    ) {
        guard let leftOut = pace.value.mayLog(.slowed(cause), now: .now()) else { return }
        logger.log(
            .clientSlowed, .notice, "A client is slowed",
            [
                "client": "\(client?.name ?? "")", "address": "\(address)", "listener": "\(listener)",
                "limit": "\(cause.rawValue)", "not_logged": "\(leftOut)",
            ])
    }

    private func logNearLimit(_ client: ClientIdentity, _ count: Int, _ limit: Int) {
        guard let leftOut = pace.value.mayLog(.nearConnectionLimit, now: .now()) else { return }
        logger.log(
            .connectionsNearLimit, .warning, "The number of connections is close to its limit",
            [
                "client": "\(client.name)", "count": "\(count)", "limit": "\(limit)", "not_logged": "\(leftOut)",
            ])
    }

    // MARK: - Drops

    private func logDrop(_ client: ClientIdentity?, _ reason: DropReason, _ qos: QualityOfService) {
        guard tally.value.add(reason, client) else { return }
        logger.log(
            .messageDropped, Self.level(of: reason),
            "A message was dropped; more of this kind are summed up every minute",
            ["client": "\(client?.name ?? "")", "qos": "\(qos.rawValue)", "reason": "\(reason.rawValue)"])
    }

    /// Not keeping QoS 0 for clients that are away, and ending sessions, is the protocol at work.
    static func level(of reason: DropReason) -> Logger.Level {
        switch reason {
        case .clientOffline, .sessionEnded: .debug
        case .clientQueueFull, .clientQueueBytesFull, .brokerQueueBytesFull, .connectionNotWritable, .packetTooLarge,
            .expired, .noGroupMember, .retainedBacklogFull, .retainedStoreFull, .notAuthorized,
            .refusedBeforeSending, .unreadable:
            .warning
        }
    }

    /// What was dropped since this was last asked. Nothing when the event loop has ended.
    func takeLosses() async -> [DropReason: DropTally.Loss] {
        await (try? tally.eventLoop.submit { self.tally.value.takeLosses() }.get()) ?? [:]
    }

    /// What was dropped since the start. Nothing when the event loop has ended.
    func dropTotals() async -> [DropReason: Int] {
        await (try? tally.eventLoop.submit { self.tally.value.totals }.get()) ?? [:]
    }
}
