import BrokerValues
import Logging
import NIOCore
import ServiceLifecycle

/// Says what all event loops together have dropped: every minute while it goes on, and everything at the end.
///
/// It has to stop after the transport: a shutdown drops messages too.
struct DropReports: Service {
    private static let interval = Duration.seconds(60)

    let observers: [LogObserver]
    let logger: Logger

    /// Runs until the shutdown.
    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.interval)
                await report()
            }
        }
        await reportTotals()
    }

    private func report() async {
        var losses: [DropReason: DropTally.Loss] = [:]
        for observer in observers {
            losses.merge(await observer.takeLosses()) { left, right in
                var both = left
                both.merge(right)
                return both
            }
        }
        for reason in DropReason.allCases {
            guard let loss = losses[reason] else { continue }
            logger.log(
                .messagesDropped, LogObserver.level(of: reason), "Messages were dropped within the last minute",
                [
                    "reason": "\(reason.rawValue)", "count": "\(loss.count)",
                    "clients": "\(loss.clientCount)\(loss.hasMoreClients ? " or more" : "")",
                    "most_hit": "\(loss.worst?.client.name ?? "")",
                    "most_hit_count": "\(loss.worst.map { "\($0.count)" } ?? "")",
                ])
        }
    }

    private func reportTotals() async {
        var totals: [DropReason: Int] = [:]
        for observer in observers { totals.merge(await observer.dropTotals(), uniquingKeysWith: +) }
        guard !totals.isEmpty else { return }
        let fields = totals.map { ($0.key.rawValue, Logger.MetadataValue.stringConvertible($0.value)) }
        logger.log(
            .messagesDropped, .info, "Messages dropped since the start, by reason",
            Logger.Metadata(uniqueKeysWithValues: fields))
    }
}
