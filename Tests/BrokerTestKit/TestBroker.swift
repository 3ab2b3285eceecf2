package import BrokerCore
package import BrokerTransport
package import BrokerValues
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// A whole broker in the test's process, on a port of its own.
package final class TestBroker: Sendable {
    /// The port on 127.0.0.1.
    package let port: Int
    /// One for each event loop, in their order.
    package var runners: [ShardRunner] { transport.runners }
    /// What the event loops share: limits, and the stress level, which a test may set.
    package var gates: BrokerGates { transport.gates }
    private let transport: TransportService
    private let services: ServiceGroup
    private let running: Task<Void, any Error>
    private let clients = Mutex<[TestClient]>([])

    private init(port: Int, transport: TransportService, services: ServiceGroup, running: Task<Void, any Error>) {
        self.port = port
        self.transport = transport
        self.services = services
        self.running = running
    }

    /// Runs a broker for as long as `body` does, then closes its clients and shuts it down as SIGTERM would.
    ///
    /// A test has one broker at a time: only some run at once, and one that waits for a second could wait for ever.
    ///
    /// - Parameters:
    ///   - connectRate: of its listener.
    ///   - listener: changes the listener before it is opened.
    package static func with<R>(
        eventLoops: Int = 1, limits: BrokerLimits = BrokerLimits(), connectRate: ConnectRate? = nil,
        listener: (inout ListenerConfiguration) -> Void = { _ in },
        ports: @escaping @Sendable (ShardIndex) -> BrokerPorts = { _ in BrokerPorts() },
        beforeAccepting: @escaping @Sendable () async throws -> Void = {},
        _ body: (TestBroker) async throws -> R
    ) async throws -> R {
        await BrokerSlots.shared.acquire()
        defer { BrokerSlots.shared.release() }
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: eventLoops)
        do {
            var configuration = ListenerConfiguration(
                identity: ListenerIdentity("test"), bindAddress: "127.0.0.1", port: 0, anonymous: true)
            configuration.connectRate = connectRate
            listener(&configuration)
            let broker = try await start(
                threads, eventLoops: eventLoops, limits: limits, listener: configuration, ports: ports,
                beforeAccepting: beforeAccepting)
            do {
                let result = try await body(broker)
                try await broker.end()
                try await threads.shutdownGracefully()
                return result
            } catch {
                try? await broker.end()
                throw error
            }
        } catch {
            try? await threads.shutdownGracefully()
            throw error
        }
    }

    private static func start(
        _ threads: MultiThreadedEventLoopGroup, eventLoops: Int, limits: BrokerLimits,
        listener: ListenerConfiguration, ports: @escaping @Sendable (ShardIndex) -> BrokerPorts,
        beforeAccepting: @escaping @Sendable () async throws -> Void
    ) async throws -> TestBroker {
        let (ready, signal) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let transport = TransportService(
            configuration: TransportConfiguration(listeners: [listener], eventLoops: eventLoops), limits: limits,
            group: threads, logger: logger, ports: ports, beforeAccepting: beforeAccepting,
            onReady: { listeners in
                for listener in listeners { signal.yield(listener.port) }
            })
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: transport, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger))
        let running = Task {
            defer { signal.finish() }
            try await services.run()
        }
        for await port in ready {
            return TestBroker(port: port, transport: transport, services: services, running: running)
        }
        try await running.value
        throw TestFailure("the broker ended before it was ready")
    }

    /// What the connections of its listener share.
    package var door: Door {
        // A broker of a test has one listener.
        transport.doors[0]
    }

    /// Reads its certificates again.
    package func reloadCertificates() { transport.reloadCertificates() }

    /// Takes on new limits, as a file that is read again does; returns when they are in force.
    package func apply(_ limits: BrokerLimits) async throws {
        transport.apply(limits: limits, connectRates: [])
        for runner in runners { try await runner.eventLoop.submit {}.get() }
    }

    /// Begins the shutdown that SIGTERM begins, and returns at once.
    package func beginShutdown() async { await services.triggerGracefulShutdown() }

    /// Waits until a shutdown that was begun has come to its end.
    package func waitUntilStopped() async throws { try await running.value }

    /// Whether no event loop has a connection left, or a byte of one.
    package func isDeserted() async throws -> Bool {
        for runner in runners {
            let isDeserted = try await runner.eventLoop.submit {
                runner.shard.connectionCount == 0 && runner.shard.reassemblyBytes == 0
            }.get()
            guard isDeserted else { return false }
        }
        return true
    }

    func register(_ client: TestClient) { clients.withLock { $0.append(client) } }

    private func end() async throws {
        for client in clients.withLock({ $0 }) { await client.close() }
        await beginShutdown()
        try await running.value
    }
}
