import BrokerValues
import Logging
import Monitoring
import PluginAPI
import Synchronization

/// One plugin, and how its calls fare.
final class PluginEntry: Sendable {
    let plugin: any Plugin
    let name: String
    let logger: Logger
    private let open = Atomic<Int>(0)
    private let calls = Atomic<Int>(0)
    private let throttledCalls = Atomic<Int>(0)
    private let failures = Mutex<[PluginCallFailure: Int]>([:])
    private let counters = Mutex<[String: PluginCounterValue]>([:])
    private let pace = Mutex<(second: Int64, lines: Int)>((0, 0))

    init(_ plugin: any Plugin, logger: Logger) {
        self.plugin = plugin
        name = plugin.information.name
        var logger = logger
        logger[metadataKey: "plugin"] = "\(plugin.information.name)"
        self.logger = logger
    }

    /// Calls that have not returned, also those that nobody waits for any more.
    var openCalls: Int { open.load(ordering: .relaxed) }

    /// Returns false if it has too many open calls.
    func begin(limit: Int) -> Bool {
        if open.wrappingAdd(1, ordering: .relaxed).newValue > limit {
            open.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        calls.wrappingAdd(1, ordering: .relaxed)
        return true
    }

    func end() { open.wrappingSubtract(1, ordering: .relaxed) }

    /// Counts a failure, and says in the log what it was: ten times a second at most.
    func failed(_ failure: PluginCallFailure, _ callback: PluginCallback, _ detail: String, second: Int64) {
        failures.withLock { $0[failure, default: 0] += 1 }
        guard isLogged(second) else { return }
        logger.log(
            .pluginFailed, .warning, "A plugin has failed",
            ["callback": "\(callback.rawValue)", "failure": "\(failure.rawValue)", "detail": "\(detail)"])
    }

    /// Counts a call of a service that was refused because there were too many, and says so like a failure.
    func throttled(second: Int64) {
        throttledCalls.wrappingAdd(1, ordering: .relaxed)
        guard isLogged(second) else { return }
        logger.log(.pluginFailed, .warning, "A plugin calls services more often than it may")
    }

    private func isLogged(_ second: Int64) -> Bool {
        pace.withLock { pace in
            if pace.second != second { pace = (second, 0) }
            pace.lines += 1
            return pace.lines <= 10
        }
    }

    /// How it fares.
    var figures: MonitoredPlugins.One {
        MonitoredPlugins.One(
            name: name, version: plugin.information.version, openCalls: openCalls,
            calls: calls.load(ordering: .relaxed), failures: failures.withLock { $0 },
            throttledCalls: throttledCalls.load(ordering: .relaxed),
            counters: counters.withLock { $0.mapValues(\.value) })
    }

    /// A counter of its own; nil if it has too many.
    func counter(_ name: String) -> PluginCounterValue? {
        counters.withLock { counters in
            if let known = counters[name] { return known }
            guard counters.count < 32 else { return nil }
            let made = PluginCounterValue()
            counters[name] = made
            return made
        }
    }
}

/// A counter of a plugin.
final class PluginCounterValue: PluginCounter {
    private let count = Atomic<Int>(0)

    func add(_ count: Int) { if count > 0 { self.count.wrappingAdd(count, ordering: .relaxed) } }

    var value: Int { count.load(ordering: .relaxed) }
}
