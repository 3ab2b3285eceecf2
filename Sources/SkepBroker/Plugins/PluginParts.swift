import BrokerCore
import BrokerTransport
import BrokerValues
import Logging
import Monitoring
import NIOCore
import PluginAPI
import Settings

/// The plugins of a broker with all that they need.
struct PluginParts: Sendable {
    let host: PluginHost
    let scheduler: BrokerScheduler
    let rate: ServiceRate
    /// Whether somebody has to be asked at logins at all.
    private let hasSay: Bool

    init(_ plugins: [any Plugin], settings: EffectiveSettings, loop: any EventLoop, logger: Logger) {
        let listeners = settings.transport.listeners
        host = PluginHost(
            plugins, limits: settings.pluginLimits,
            anonymousListeners: Set(listeners.filter(\.anonymous).map(\.identity.name)),
            certificateListeners: Set(
                listeners.filter { $0.tls?.usesCertificateAsUserName == true }.map(\.identity.name)),
            loop: loop, logger: logger)
        scheduler = BrokerScheduler(calls: host.calls, loop: loop)
        rate = ServiceRate(callsPerSecond: settings.pluginLimits.serviceCallsPerSecond)
        hasSay =
            !plugins.isEmpty || listeners.contains { !$0.anonymous || $0.tls?.usesCertificateAsUserName == true }
    }

    /// The ports of a shard to the plugins; none where there is nobody to ask.
    func ports(of shard: ShardIndex) -> (authority: (any AuthorityPort)?, hooks: (any HookPort)?) {
        hasSay ? (PluginAuthority(host, shard), host.entries.isEmpty ? nil : PluginHooks(host)) : (nil, nil)
    }

    /// What the services tell plugins of the broker.
    struct Surroundings: Sendable {
        let settingsFile: String?
        let dataDirectory: String
        let levels: LogLevels
        let metric: @Sendable (String) -> Double?
    }

    /// Starts the plugins; the shards are there, the listeners are not.
    func start(_ runners: [ShardRunner], _ around: Surroundings) async throws(PluginFailure) {
        if host.entries.isEmpty { return }
        scheduler.start()
        let inspector = BrokerInspector(runners)
        let information = BrokerSystemInformation(
            version: Skep.version, settingsFile: around.settingsFile, dataDirectory: around.dataDirectory,
            startTime: SystemClock.milliseconds)
        let groups = BrokerClientGroups.Table()
        try await host.start { entry in
            let own = PluginRate(rate: rate, entry: entry)
            let reach = BrokerReach(runners: runners, inspector: inspector, rate: own)
            return PluginServices(
                clients: BrokerClientService(reach: reach), publisher: BrokerPublishService(reach: reach),
                retained: BrokerRetainedMessages(reach: reach), subscriptions: BrokerSubscriptions(reach: reach),
                attributes: BrokerSessionAttributes(reach: reach),
                connectionAttributes: BrokerConnectionAttributes(reach: reach),
                groups: BrokerClientGroups(rate: own, table: groups),
                permissions: BrokerPermissionService(host: host, reach: reach),
                metrics: BrokerMetricService(entry: entry, read: around.metric),
                log: BrokerLogService(logger: entry.logger, levels: around.levels), scheduler: scheduler,
                system: information)
        }
        try scheduler.run(host.scheduled)
    }

    /// How plugins and logins fare.
    var figures: MonitoredPlugins {
        var figures = MonitoredPlugins()
        figures.plugins = host.entries.map(\.figures)
        figures.callDurations = host.calls.durations
        figures.jobs = scheduler.figures
        figures.serviceCallsRefused = rate.refused
        (figures.loginsDelayed, figures.loginsRefused) = host.brake.totals
        figures.loginAddresses = host.brake.addressCount
        return figures
    }

    /// The plugins as managed beans show them.
    var beans: [BeanContext.Plugin] {
        host.entries.map { entry in
            let information = entry.plugin.information
            return BeanContext.Plugin(name: entry.name, version: information.version, author: information.author)
        }
    }

    /// The settings were read again.
    func settingsChanged(_ settings: EffectiveSettings) {
        if host.entries.isEmpty { return }
        rate.set(callsPerSecond: settings.pluginLimits.serviceCallsPerSecond)
        host.notify { [host] in await host.settingsReloaded() }
    }

    /// All clients have gone.
    func stop() async {
        if host.entries.isEmpty { return }
        await host.stop()
        await scheduler.stop()
    }
}
