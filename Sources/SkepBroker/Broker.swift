import BrokerCore
import BrokerTransport
import BrokerValues
import Logging
import Monitoring
import NIOCore
import NIOPosix
import ServiceLifecycle
import Settings
import UnixSignals

/// The composition root: makes the shards, wires their ports and runs everything in one group of services.
struct Broker {
    let settings: EffectiveSettings
    /// The settings file that the command line names.
    let config: String?
    let logger: Logger

    /// Runs until SIGTERM or SIGINT; at SIGHUP the settings are read again.
    func run() async throws {
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: settings.transport.eventLoops)
        let logger = logger
        let observers = threads.makeIterator().map { LogObserver(logger: logger, eventLoop: $0) }
        let transport = TransportService(
            configuration: settings.transport, limits: settings.limits, group: threads, logger: logger,
            ports: { BrokerPorts(observer: observers[$0.rawValue]) },
            onReady: { listeners in
                for listener in listeners {
                    logger.info(
                        "Listening on \(listener.address)",
                        metadata: ["listener": "\(listener.identity)"])
                }
                logger.info("Ready")
            })
        let monitoringThread = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let monitoring = try await MonitoringParts(
            settings: settings, transport: transport, loop: monitoringThread.next(), logger: logger)
        try await monitoring.http.bind()
        if let address = monitoring.http.boundAddress {
            logger.info(
                "Metrics on http://\(Self.text(of: address))\(settings.monitoring.http.path)")
        }
        // They are shut down from the last to the first: while clients are drained, operators can still look.
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: monitoring.service), .init(service: monitoring.http),
                    .init(service: DropReports(observers: observers, logger: logger)),
                    .init(service: hangups(transport, monitoring.monitor)),
                    .init(service: transport, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger)))
        do {
            try await services.run()
            try await monitoringThread.shutdownGracefully()
            try await threads.shutdownGracefully()
        } catch {
            try? await monitoringThread.shutdownGracefully()
            try? await threads.shutdownGracefully()
            throw error
        }
    }

    private func hangups(_ transport: TransportService, _ monitor: Monitor) -> HangupService {
        let (settings, config, logger) = (settings, config, logger)
        return HangupService {
            SettingsReload(
                current: settings, logger: logger,
                read: { () throws(SettingsFailure) in try LoadedSettings.read(config: config) },
                apply: { settings in
                    transport.apply(
                        limits: settings.limits, connectRates: settings.transport.listeners.map(\.connectRate))
                    monitor.settingsChanged(MonitoredSettings(settings))
                })
        }
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
