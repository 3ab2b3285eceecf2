import BrokerCore
import BrokerTransport
import BrokerValues
import Logging
import NIOCore
import PluginAPI
import Synchronization

/// All plugins of a broker: asks them in their order, and turns what they say into what the broker understands.
final class PluginHost: Sendable {
    let entries: [PluginEntry]
    let calls: PluginCalls
    let brake: LoginBrake
    let logger: Logger
    private let runnersBox = Mutex<[ShardRunner]>([])
    /// When it was last said that logins wait.
    let slowedSecond = Mutex<Int64>(-1)

    let authenticators: [(PluginEntry, any Authenticator)]
    let loginObservers: [(PluginEntry, any LoginObserver)]
    let restrictionProviders: [(PluginEntry, any RestrictionProvider)]
    let connectInterceptors: [(PluginEntry, any ConnectInterceptor)]
    let authorizers: [(PluginEntry, any Authorizer)]
    let permissionObservers: [(PluginEntry, any PermissionObserver)]
    let connectionObservers: [(PluginEntry, any ConnectionObserver)]
    let subscribeInterceptors: [(PluginEntry, any SubscribeInterceptor)]
    let subscriptionObservers: [(PluginEntry, any SubscriptionObserver)]
    let publishInterceptors: [(PluginEntry, any PublishInterceptor)]
    let sendInterceptors: [(PluginEntry, any SendInterceptor)]
    let packetObservers: [(PluginEntry, any PacketObserver)]
    let scheduled: [(PluginEntry, any ScheduledPlugin)]
    /// Listeners that let clients in that do not say who they are.
    private let anonymousListeners: Set<String>
    /// Listeners for which a verified certificate is proof enough: its common name is the user's.
    private let certificateListeners: Set<String>

    /// - Parameters:
    ///   - plugins: in the order in which they were given.
    ///   - loop: for deadlines.
    init(
        _ plugins: [any Plugin], limits: PluginLimits, anonymousListeners: Set<String>,
        certificateListeners: Set<String> = [], loop: any EventLoop, logger: Logger
    ) {
        self.certificateListeners = certificateListeners
        // The order in which they were given decides among equals: sorting keeps it.
        let entries = plugins.enumerated()
            .sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
            .map { PluginEntry($0.element, logger: logger) }
        self.entries = entries
        self.logger = logger
        self.anonymousListeners = anonymousListeners
        calls = PluginCalls(loop: loop, limits: limits)
        brake = LoginBrake(limits)
        authenticators = entries.compactMap { entry in (entry.plugin as? any Authenticator).map { (entry, $0) } }
        loginObservers = entries.compactMap { entry in (entry.plugin as? any LoginObserver).map { (entry, $0) } }
        restrictionProviders = entries.compactMap { entry in
            (entry.plugin as? any RestrictionProvider).map { (entry, $0) }
        }
        connectInterceptors = entries.compactMap { entry in
            (entry.plugin as? any ConnectInterceptor).map { (entry, $0) }
        }
        authorizers = entries.compactMap { entry in (entry.plugin as? any Authorizer).map { (entry, $0) } }
        permissionObservers = entries.compactMap { entry in
            (entry.plugin as? any PermissionObserver).map { (entry, $0) }
        }
        connectionObservers = entries.compactMap { entry in
            (entry.plugin as? any ConnectionObserver).map { (entry, $0) }
        }
        subscribeInterceptors = entries.compactMap { entry in
            (entry.plugin as? any SubscribeInterceptor).map { (entry, $0) }
        }
        subscriptionObservers = entries.compactMap { entry in
            (entry.plugin as? any SubscriptionObserver).map { (entry, $0) }
        }
        publishInterceptors = entries.compactMap { entry in
            (entry.plugin as? any PublishInterceptor).map { (entry, $0) }
        }
        sendInterceptors = entries.compactMap { entry in (entry.plugin as? any SendInterceptor).map { (entry, $0) } }
        packetObservers = entries.compactMap { entry in (entry.plugin as? any PacketObserver).map { (entry, $0) } }
        scheduled = entries.compactMap { entry in (entry.plugin as? any ScheduledPlugin).map { (entry, $0) } }
    }

    /// The shards that questions come from; to be set before the first client comes.
    func attach(_ runners: [ShardRunner]) { runnersBox.withLock { $0 = runners } }

    var runners: [ShardRunner] { runnersBox.withLock { $0 } }

    /// Answers a shard on its own loop.
    func answer(_ shard: ShardIndex, _ body: @escaping @Sendable (Shard, Instant) -> Void) {
        let runners = runners
        guard runners.indices.contains(shard.rawValue) else { return }
        let runner = runners[shard.rawValue]
        runner.tell { shard in body(shard, ShardRunner.now()) }
    }

    /// Milliseconds of a clock that does not step.
    static var milliseconds: Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }

    func isAnonymous(_ listener: String) -> Bool { anonymousListeners.contains(listener) }

    /// What the certificate of a client makes it be; nil where it does not.
    func certifiedName(_ connection: ConnectionInformation) -> String? {
        guard certificateListeners.contains(connection.listener) else { return nil }
        return connection.security?.certificate?.commonName
    }

    /// Runs calls that nobody waits for.
    func notify(_ chain: @escaping @Sendable () async -> Void) {
        if !calls.start(chain) { logger.debug("A notice to plugins is left out: too many are under way") }
    }

    // MARK: - Life

    /// Names that can be labels of metrics, each once.
    static func fault(in plugins: [any Plugin]) -> String? {
        var names: Set<String> = []
        for plugin in plugins {
            let name = plugin.information.name
            let isGood =
                (1...64).contains(name.utf8.count)
                && name.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || byte == 0x2D || byte == 0x2E || byte == 0x5F
                }
            if !isGood { return "\(name.debugDescription) is no name for a plugin: letters, digits, '-', '_' and '.'" }
            if !names.insert(name).inserted { return "two plugins are called \(name)" }
        }
        return nil
    }

    /// Starts the plugins, one after the other.
    ///
    /// - Throws: what one of them has thrown.
    func start(_ services: (PluginEntry) -> PluginServices) async throws(PluginFailure) {
        for entry in entries {
            let information = entry.plugin.information
            entry.logger.log(
                .pluginStarted, .info, "Loaded plugin \(information.name) \(information.version)",
                ["author": "\(information.author)"])
            let services = services(entry)
            try await inStart(entry, "start") { try await entry.plugin.start(services) }
        }
    }

    /// The listeners are bound, and clients are let in after it.
    func ready() async throws(PluginFailure) {
        for entry in entries {
            try await inStart(entry, "ready") { try await entry.plugin.ready() }
        }
    }

    /// A step of the start has no deadline, but whoever waits for it learns which plugin it is.
    private func inStart(
        _ entry: PluginEntry, _ step: String, _ body: () async throws -> Void
    ) async throws(PluginFailure) {
        let notices = calls.every(seconds: 10) {
            entry.logger.log(
                .pluginFailed, .warning, "The broker's start waits for a plugin", ["callback": "\(step)"])
        }
        defer { notices.cancel() }
        do { try await body() } catch { throw PluginFailure(name: entry.name, text: "\(error)") }
    }

    /// The settings are read again.
    func settingsReloaded() async {
        for entry in entries { _ = await calls.call(entry, .scheduled) { await entry.plugin.settingsReloaded() } }
    }

    /// All clients have gone. A plugin that does not come to an end is left behind.
    func stop() async {
        for entry in entries.reversed() { _ = await calls.call(entry, .scheduled) { await entry.plugin.stop() } }
    }
}

/// A plugin does not let the broker start.
struct PluginFailure: Error, CustomStringConvertible {
    let name: String
    let text: String

    var description: String { "The plugin \(name) does not let the broker start: \(text)" }
}
