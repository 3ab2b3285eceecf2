package import BrokerValues
package import Logging
package import NIOCore
import ServiceLifecycle

/// The monitoring endpoints of a broker: metrics, health, readiness and an index page over HTTP.
package struct MonitoringHTTPService: Service {
    private let configuration: MonitoringHTTPConfiguration
    private let threads: WorkerThreads
    private let server: HTTPEndpointServer
    private let logger: Logger

    /// - Parameters:
    ///   - sockets: those that were there before the broker.
    ///   - limits: as they are in force, except in tests.
    ///   - eventLoop: never one of a shard; outlives every rendering that was begun.
    package init(
        configuration: MonitoringHTTPConfiguration, scrapes: any ScrapeSource, health: any HealthSource,
        sockets: any ListeningSockets = NoListeningSockets(), limits: HTTPLimits = HTTPLimits(),
        eventLoop: any EventLoop, logger: Logger
    ) {
        self.configuration = configuration
        self.logger = logger
        threads = WorkerThreads(eventLoop: eventLoop)
        let rendering = SharedRendering(
            source: scrapes, threads: threads, reuseMilliseconds: limits.renderingReuseMilliseconds)
        server = HTTPEndpointServer(
            address: .internet(host: configuration.bindAddress, port: configuration.port), name: "metrics",
            sockets: sockets,
            routes: MonitoringRoutes.all(
                path: configuration.path, rendering: rendering, health: health, threads: threads),
            limits: limits, eventLoop: eventLoop, logger: logger)
    }

    /// Where the endpoints are; nil before ``bind()``, and for good if they are disabled or their default is taken.
    package var boundAddress: SocketAddress? { server.boundAddress }

    /// Takes the address; to be called before the broker says that it is ready. An address that nobody configured and
    /// that cannot be had is only logged.
    package func bind() async throws(HTTPBindFailure) {
        guard configuration.isEnabled else { return }
        do {
            try await server.bind()
        } catch {
            if configuration.isConfigured { throw error }
            logger.warning(
                "There will be no metrics over HTTP: \(error)",
                metadata: [LogKind.field: "\(LogKind.notListening.rawValue)"])
        }
    }

    /// Gives the address back, if ``run()`` will not be called.
    package func close() async { await server.close() }

    /// Serves until a graceful shutdown. Without an address it only waits for that.
    package func run() async throws {
        guard boundAddress != nil else {
            try? await gracefulShutdown()
            return
        }
        threads.start()
        defer { threads.stop() }
        try await server.run()
    }
}
