import BrokerCore
import BrokerTransport
import BrokerValues
import Glibc
import Introspection
import Logging
import Monitoring
import NIOCore
import NIOPosix
import PluginAPI
import ServiceLifecycle
import Settings
import Synchronization
import UnixSignals

/// The composition root: makes the shards, wires their ports and runs everything in one group of services.
struct Broker {
    let settings: LoadedSettings
    /// The settings file that the command line names.
    let config: String?
    /// Where what is kept through restarts is.
    let directory: String
    let levels: LogLevels
    let logger: Logger
    let writer: LogWriter
    let manager: ServiceManagerLink
    let plugins: [any Plugin]
    private let drainOrders = DrainOrders()
    private let events = EventHub()
    private let opened = OpenListeners()

    init(
        settings: LoadedSettings, config: String?, directory: String, levels: LogLevels, logger: Logger,
        writer: LogWriter, manager: ServiceManagerLink, plugins: [any Plugin]
    ) {
        self.plugins = plugins
        self.settings = settings
        self.config = config
        self.directory = directory
        self.levels = levels
        self.logger = logger
        self.writer = writer
        self.manager = manager
    }

    /// Runs until SIGTERM or SIGINT, or until an operator stops it; at SIGHUP the settings are read again.
    func run() async throws {
        let seed = UInt64.random(in: .min ... .max)
        // The first threads are those that serve clients, so that whoever looks at the process finds them.
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: settings.effective.transport.eventLoops)
        let storage: DurableStorage?
        do {
            storage = try await DurableStorage.open(
                settings.effective.storage, directory: directory,
                shardCount: settings.effective.transport.eventLoops, seed: seed, logger: logger, events: events)
        } catch {
            try? await threads.shutdownGracefully()
            throw error
        }
        do {
            try await run(storage, on: threads, seed: seed)
        } catch {
            try? await storage?.close()
            throw error
        }
        try await storage?.close()
    }

    private func run(
        _ storage: DurableStorage?, on threads: MultiThreadedEventLoopGroup, seed: UInt64
    ) async throws {
        let effective = settings.effective
        let monitoringThread = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let plugins = PluginParts(self.plugins, settings: effective, loop: monitoringThread.next(), logger: logger)
        let observers = threads.makeIterator().map {
            LogObserver(logger: logger, levels: levels, events: events, eventLoop: $0)
        }
        let transport = transport(storage, plugins, observers, on: threads, seed: seed)
        plugins.host.attach(transport.runners)
        try await storage?.recover(into: transport.runners, gates: transport.gates)
        let monitoring = try await MonitoringParts(
            settings: settings, transport: transport, plugins: plugins, events: events, sockets: manager,
            loop: monitoringThread.next(), logger: logger, writer: writer, storage: storage)
        try await monitoring.http.bind()
        if let address = monitoring.http.boundAddress {
            logger.log(
                .listening, .info, "Metrics on http://\(Self.text(of: address))\(effective.monitoring.http.path)")
        }
        let reloads = reloads(transport, monitoring.monitor, plugins)
        let introspection = introspection(
            transport, plugins, monitoring.monitor, reloads, storage, loop: monitoringThread.next())
        do {
            try await introspection.bind()
        } catch {
            await monitoring.http.close()
            throw error
        }
        do {
            try await start(plugins, transport, monitoring.monitor)
        } catch {
            await introspection.close()
            await monitoring.http.close()
            throw error
        }
        // They are shut down from the last to the first: while clients are drained, operators can still look.
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: manager.services(transport, monitoring.monitor, also: monitoringThread.next()).map {
                    .init(service: $0)
                } + [
                    .init(service: monitoring.service), .init(service: monitoring.http), .init(service: introspection),
                    .init(service: DropReports(observers: observers, logger: logger)),
                    .init(service: HangupService(reloads: reloads)),
                    .init(
                        service: DrainService(drain: drainOrders),
                        successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: transport, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger)))
        do {
            try await services.run()
            await plugins.stop()
            try await monitoringThread.shutdownGracefully()
            try await threads.shutdownGracefully()
        } catch {
            await introspection.close()
            try? await monitoringThread.shutdownGracefully()
            try? await threads.shutdownGracefully()
            throw error
        }
    }

    private func transport(
        _ storage: DurableStorage?, _ plugins: PluginParts, _ observers: [LogObserver],
        on threads: MultiThreadedEventLoopGroup, seed: UInt64
    ) -> TransportService {
        TransportService(
            configuration: settings.effective.transport, limits: settings.effective.limits, group: threads,
            seed: seed, sockets: manager, logger: logger,
            ports: { shard in
                let (authority, hooks) = plugins.ports(of: shard)
                return BrokerPorts(
                    storage: storage?.port(of: shard), authority: authority, observer: observers[shard.rawValue],
                    hooks: hooks)
            },
            beforeAccepting: { try await plugins.host.ready() },
            onReady: { [logger, opened, manager] listeners in
                for listener in listeners {
                    logger.log(
                        .listening, .info, "Listening on \(listener.address)", ["listener": "\(listener.identity)"])
                }
                opened.set(listeners)
                manager.isReady()
                logger.log(.ready, .info, "Ready")
                StartupMemory.giveBack()
            }, onStopping: { [manager] in manager.isStopping() })
    }

    private func start(
        _ plugins: PluginParts, _ transport: TransportService, _ monitor: Monitor
    ) async throws(PluginFailure) {
        try await plugins.start(
            transport.runners,
            PluginParts.Surroundings(
                settingsFile: settings.isFromFile ? settings.source : nil, dataDirectory: directory, levels: levels,
                metric: { monitor.value(ofMetric: $0) }))
    }

    private func reloads(
        _ transport: TransportService, _ monitor: Monitor, _ plugins: PluginParts
    ) -> SettingsReloads {
        let (settings, config, logger, events) = (settings, config, logger, events)
        return SettingsReloads { [manager] in
            manager.isReloading()
        } reload: {
            SettingsReload(
                current: settings.effective, logger: logger,
                read: { () throws(SettingsFailure) in
                    let loaded = try LoadedSettings.read(config: config)
                    try loaded.readKeyFiles()
                    return loaded
                },
                apply: { settings in
                    transport.apply(
                        limits: settings.effective.limits,
                        connectRates: settings.effective.transport.listeners.map(\.connectRate))
                    transport.reloadCertificates()
                    monitor.settingsChanged(MonitoredSettings(settings))
                    plugins.settingsChanged(settings.effective)
                })
        } done: { [manager] report in
            manager.hasReloaded()
            events.publish(
                BrokerEvent(
                    .settingsReloaded, time: MonitorClock.system.wall(),
                    details: [
                        "changed": JSONValue(report.changes.count { !$0.needsRestart }),
                        "needRestart": JSONValue(report.changes.count { $0.needsRestart }),
                        "faults": JSONValue(report.faults.count),
                    ]))
        }
    }

    private func introspection(
        _ transport: TransportService, _ plugins: PluginParts, _ monitor: Monitor, _ reloads: SettingsReloads,
        _ storage: DurableStorage?, loop: any EventLoop
    ) -> IntrospectionService {
        let inspector = BrokerInspector(transport.runners)
        let (opened, counters) = (opened, transport.counters)
        let context = BeanContext(
            version: Skep.version, swiftVersion: MonitoringParts.swiftVersion, queries: inspector, commands: inspector,
            controls: Controls(
                reloads: reloads, levels: levels, drainOrders: drainOrders, logger: logger, storage: storage,
                events: events),
            status: { counters.isAccepting ? "running" : opened.isEmpty ? "starting" : "draining" },
            listeners: transport.doors.map { door in
                BeanContext.Listener(
                    name: door.listener.identity.name, transport: door.listener.transportName,
                    address: { opened.address(of: door.listener.identity.name) },
                    certificateExpiry: { door.tls?.expiry })
            }, plugins: plugins.beans)
        // The devices of the machine are known once it has looked.
        monitor.tick()
        let beans = BrokerBeans(monitor: monitor, context: context, eventLoops: transport.runners.count)
        let identifier = "\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16))"
        return IntrospectionService(
            configuration: settings.effective.monitoring.introspection,
            standardPath: IntrospectionConfiguration.standardPath(environment: ProcessEnvironment.current),
            jolokia: JolokiaService(beans: beans, agent: JolokiaAgent(id: identifier, version: Skep.version)) {
                [logger] order, door, failure in
                logger.log(
                    .operatorOrder, .notice,
                    failure == nil ? "An operator's order" : "An operator's order that failed",
                    ["order": "\(order)", "door": "\(door.name)", "detail": "\(failure ?? "")"])
            },
            events: events, sockets: manager, eventLoop: loop, logger: logger)
    }

    private static func text(of address: SocketAddress) -> String {
        let host = address.ipAddress ?? ""
        return (host.contains(":") ? "[\(host)]" : host) + ":\(address.port ?? 0)"
    }

    /// The service group tells of each of its steps, which is for debugging only.
    private func quiet(_ logger: Logger) -> Logger {
        var copy = logger
        copy.logLevel = max(.warning, logger.logLevel)
        return copy
    }
}

/// The listeners as they were opened.
private final class OpenListeners: Sendable {
    private let addresses = Mutex<[String: String]>([:])

    func set(_ listeners: [TransportService.BoundListener]) {
        addresses.withLock { addresses in
            for listener in listeners { addresses[listener.identity.name] = listener.address }
        }
    }

    var isEmpty: Bool { addresses.withLock { $0.isEmpty } }

    /// Empty while it is not open.
    func address(of listener: String) -> String { addresses.withLock { $0[listener] } ?? "" }
}
