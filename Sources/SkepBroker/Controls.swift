import BrokerValues
import Introspection
import Logging

/// What operators may do to the broker as a whole.
struct Controls: BrokerControls {
    let reloads: SettingsReloads
    let levels: LogLevels
    let drainOrders: DrainOrders
    let logger: Logger

    func reload() async -> ReloadReport { await reloads.run() }

    func drain() {
        logger.log(.operatorOrder, .notice, "An operator stops the broker")
        drainOrders.give()
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
