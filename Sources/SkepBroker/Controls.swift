import BrokerValues
import Introspection
import Logging
import Monitoring

/// What operators may do to the broker as a whole.
struct Controls: BrokerControls {
    let reloads: SettingsReloads
    let levels: LogLevels
    let drainOrders: DrainOrders
    let logger: Logger
    /// Nil where nothing is kept through restarts.
    let storage: DurableStorage?
    let events: EventHub

    func reload() async -> ReloadReport { await reloads.run() }

    func drain() {
        logger.log(.operatorOrder, .notice, "An operator stops the broker")
        drainOrders.give()
    }

    func backUp(to path: String) async throws(BeanError) -> BackupReport {
        guard let storage else {
            throw BeanError(.failed, "nothing is kept through restarts here, so there is nothing to back up")
        }
        guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0) else {
            throw BeanError(.badArgument, "the path must name a file from the root on, such as /var/backups/skep.db")
        }
        let began = ContinuousClock.now
        do {
            let bytes = try await storage.backup(to: path)
            let report = BackupReport(bytes: bytes, seconds: (ContinuousClock.now - began) / .seconds(1))
            told(path, ["ok": true, "bytes": JSONValue(report.bytes), "seconds": JSONValue(report.seconds)])
            return report
        } catch {
            told(path, ["ok": false, "failure": .string("\(error)")])
            throw BeanError(.failed, "\(error)")
        }
    }

    private func told(_ path: String, _ outcome: [String: JSONValue]) {
        events.publish(
            BrokerEvent(
                .backupEnded, time: MonitorClock.system.wall(),
                details: outcome.merging(["path": .string(path)]) { first, _ in first }))
    }

    var logLevels: [String] { Logger.Level.allCases.map(\.rawValue) }

    var logLevel: String { levels.level.rawValue }

    func setLogLevel(_ level: String) -> Bool {
        guard let level = Logger.Level(rawValue: level) else { return false }
        let before = levels.level
        levels.level = level
        // Not below warning, so that the change to less is seen too.
        logger.log(.settingChanged, .warning, "Changed: log level: \(before) -> \(level)")
        return true
    }

    var clientLogLevels: [String: String] { levels.clientLevels.mapValues(\.rawValue) }

    func setClientLogLevel(_ level: String?, of client: String) -> BeanError? {
        let wanted = level.flatMap { Logger.Level(rawValue: $0) }
        if let level, wanted == nil {
            return BeanError(
                .badArgument, "there is no level \(level); the levels are \(logLevels.joined(separator: ", "))")
        }
        guard levels.set(wanted, of: client) else {
            return BeanError(.failed, "\(LogLevels.maximumClients) clients have a level of their own already")
        }
        return nil
    }
}
