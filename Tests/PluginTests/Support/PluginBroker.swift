import BrokerCore
import BrokerTestKit
import BrokerValues
import Logging
import NIOCore
import NIOPosix
import PluginAPI
import Synchronization

@testable import SkepBroker

/// A broker in the test's process with plugins.
struct PluginBroker {
    let broker: TestBroker
    let host: PluginHost
    let services: PluginServices

    /// Runs one for as long as `body` does.
    ///
    /// - Parameter isAnonymous: whether its listener lets clients in that do not say who they are.
    static func with<R>(
        _ plugins: [any Plugin], limits: PluginLimits = PluginLimits(), eventLoops: Int = 1, isAnonymous: Bool = true,
        _ body: (PluginBroker) async throws -> R
    ) async throws -> R {
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let host = PluginHost(
            plugins, limits: limits, anonymousListeners: isAnonymous ? ["test"] : [], loop: threads.next(),
            logger: logger)
        let scheduler = BrokerScheduler(calls: host.calls, loop: threads.next())
        scheduler.start()
        do {
            let result = try await TestBroker.with(
                eventLoops: eventLoops,
                ports: { BrokerPorts(authority: PluginAuthority(host, $0), hooks: PluginHooks(host)) }
            ) { broker in
                host.attach(broker.runners)
                let rate = PluginRate(
                    rate: ServiceRate(callsPerSecond: limits.serviceCallsPerSecond),
                    entry: host.entries.first ?? PluginEntry(NoPlugin(), logger: logger))
                let reach = BrokerReach(
                    runners: broker.runners, inspector: BrokerInspector(broker.runners), rate: rate)
                let services = Self.services(host, scheduler, reach)
                try await host.start { _ in services }
                return try await body(PluginBroker(broker: broker, host: host, services: services))
            }
            await scheduler.stop()
            try await threads.shutdownGracefully()
            return result
        } catch {
            await scheduler.stop()
            try? await threads.shutdownGracefully()
            throw error
        }
    }

    private static func services(
        _ host: PluginHost, _ scheduler: BrokerScheduler, _ reach: BrokerReach
    ) -> PluginServices {
        let entry = host.entries.first ?? PluginEntry(NoPlugin(), logger: host.logger)
        return PluginServices(
            clients: BrokerClientService(reach: reach), publisher: BrokerPublishService(reach: reach),
            retained: BrokerRetainedMessages(reach: reach), subscriptions: BrokerSubscriptions(reach: reach),
            attributes: BrokerSessionAttributes(reach: reach),
            connectionAttributes: BrokerConnectionAttributes(reach: reach),
            groups: BrokerClientGroups(rate: reach.rate, table: BrokerClientGroups.Table()),
            permissions: BrokerPermissionService(host: host, reach: reach),
            metrics: BrokerMetricService(entry: entry, read: { _ in nil }),
            log: BrokerLogService(logger: host.logger, levels: LogLevels(.info)), scheduler: scheduler,
            system: BrokerSystemInformation(
                version: "test", settingsFile: nil, dataDirectory: "", startTime: SystemClock.milliseconds))
    }
}

/// Does nothing.
final class NoPlugin: Plugin {
    let information = PluginInformation(name: "none", version: "1")
}

/// What plugins have heard, for tests to wait for.
final class Heard: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var all: [String] { lines.withLock { $0 } }

    /// Waits until something was heard.
    func wait(for line: String) async throws {
        try await waitUntil("hearing \(line)") { self.all.contains(line) }
    }
}
