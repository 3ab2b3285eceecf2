import BrokerCore
import BrokerTransport
import BrokerValues
import Logging
import NIOCore
import PluginAPI

/// Asks for permissions anew.
struct BrokerPermissionService: PermissionService {
    let host: PluginHost
    let reach: BrokerReach

    func refresh() async throws(PluginServiceError) -> Int { await host.refreshRights() }

    func refresh(_ identifier: String) async throws(PluginServiceError) -> Bool {
        for runner in reach.runners {
            let found = await runner.ask { $0.login(of: identifier) as? PluginLogin }
            if let found, let login = found { return await host.refreshRights(identifier, login) }
        }
        return false
    }
}

/// The broker's metrics for plugins, and counters of their own.
struct BrokerMetricService: MetricService {
    let entry: PluginEntry
    let read: @Sendable (String) -> Double?

    func value(of name: String) async -> Double? { read(name) }

    func counter(_ name: String) throws(PluginServiceError) -> any PluginCounter {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalid("a counter's name has 1 to 64 printable characters")
        }
        guard let counter = entry.counter(name) else { throw .limitExceeded("a plugin has 32 counters at most") }
        return counter
    }
}

/// The log for plugins.
struct BrokerLogService: LogService {
    let logger: Logger
    let levels: LogLevels

    func log(_ level: PluginLogLevel, _ text: String) {
        logger.log(.pluginSays, Logger.Level(level), Logger.Message(stringLiteral: String(text.prefix(2_000))))
    }

    var level: PluginLogLevel { PluginLogLevel(rawValue: levels.level.rawValue) ?? .error }

    func setLevel(_ level: PluginLogLevel) { levels.level = Logger.Level(level) }
}

extension Logger.Level {
    init(_ level: PluginLogLevel) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}

/// Where the broker runs.
struct BrokerSystemInformation: SystemInformation {
    let version: String
    let settingsFile: String?
    let dataDirectory: String
    let startTime: Int64
}
