package import BrokerCore
package import BrokerValues
package import Logging
import MetricCatalog
import NIOCore
package import NIOPosix
import ServiceLifecycle

/// The broker's sockets: opens the listeners, runs until asked to stop, then drains.
package struct TransportService: Service {
    private let configuration: TransportConfiguration
    private let group: MultiThreadedEventLoopGroup
    package let runners: [ShardRunner]
    package let counters = AcceptCounters()
    /// What the shards share: limits, and the stress level that they act on.
    package let gates: BrokerGates
    /// One for each listener, in the order of the configuration.
    package let doors: [Door]
    private let sockets: any ListeningSockets
    private let logger: Logger
    private let beforeAccepting: @Sendable () async throws -> Void
    private let onReady: @Sendable ([BoundListener]) -> Void
    private let onStopping: @Sendable () -> Void

    /// A listener that is open.
    package struct BoundListener: Sendable {
        package let identity: ListenerIdentity
        /// The address that the socket really has, such as `127.0.0.1:1883` or `[::1]:1883`.
        package let address: String
        package let port: Int
    }

    /// - Parameters:
    ///   - group: has one event loop for each shard.
    ///   - ports: made once for each shard.
    ///   - seed: secret of the broker.
    ///   - sockets: those that were there before the broker.
    ///   - beforeAccepting: called when every listener is bound; clients can connect, and wait until it returns. If it
    ///     throws, the listeners are closed, and ``run()`` throws the same.
    ///   - onReady: called when every listener is open.
    ///   - onStopping: called when a shutdown begins, before anything of it is done.
    package init(
        configuration: TransportConfiguration, limits: BrokerLimits, group: MultiThreadedEventLoopGroup,
        seed: UInt64 = UInt64.random(in: .min ... .max),
        sockets: any ListeningSockets = NoListeningSockets(), logger: Logger,
        ports: @escaping @Sendable (ShardIndex) -> BrokerPorts,
        beforeAccepting: @escaping @Sendable () async throws -> Void = {},
        onReady: @escaping @Sendable ([BoundListener]) -> Void,
        onStopping: @escaping @Sendable () -> Void = {}
    ) {
        var configuration = configuration
        for (number, listener) in configuration.listeners.enumerated() {
            configuration.listeners[number].identity = ListenerIdentity(listener.identity.name, number: number)
        }
        self.configuration = configuration
        doors = configuration.listeners.map { Door($0, logger: logger) }
        self.group = group
        self.sockets = sockets
        self.logger = logger
        self.onStopping = onStopping
        self.beforeAccepting = beforeAccepting
        self.onReady = onReady
        let gates = BrokerGates(listenerCount: configuration.listeners.count)
        gates.apply(limits, connectRates: configuration.listeners.map(\.connectRate), now: ShardRunner.now())
        self.gates = gates
        let loops = Array(group.makeIterator())
        runners = loops.enumerated().map { index, loop in
            ShardRunner(
                eventLoop: loop, index: ShardIndex(index), shardCount: loops.count, limits: limits, seed: seed,
                counters: CounterBlock(listeners: configuration.listeners.count), gates: gates, ports: ports)
        }
        // Not only when it runs: monitoring publishes as soon as it does.
        ShardRunner.connect(runners)
    }

    /// Takes on new limits: each event loop within the time that it needs to come to it, new sockets from then on.
    ///
    /// The thresholds at which a socket says how much of what was written it has not sent stay those of the moment when
    /// it was accepted; what the shard does about it is by the new limits.
    /// - Parameter connectRates: of each listener, in the order of the configuration.
    package func apply(limits: BrokerLimits, connectRates: [ConnectRate?]) {
        gates.apply(limits, connectRates: connectRates, now: ShardRunner.now())
        for runner in runners {
            runner.eventLoop.execute { runner.apply(limits: limits) }
        }
    }

    /// Opens the listeners, serves until a graceful shutdown begins, then drains.
    package func run() async throws {
        ShardRunner.start(runners)
        let binder = ListenerBinder(
            configuration: configuration, runners: runners, group: group, counters: counters, sockets: sockets,
            logger: logger)
        var channels: [(listener: ListenerConfiguration, channel: any Channel)] = []
        do {
            try openFiles()
            for door in doors {
                for channel in try await binder.bind(door) { channels.append((door.listener, channel)) }
            }
            try await cancelWhenGracefulShutdown { try await beforeAccepting() }
            for (_, channel) in channels { try await channel.setOption(.autoRead, value: true).get() }
        } catch {
            for (_, channel) in channels { try? await channel.close() }
            for runner in runners { runner.stop() }
            throw error
        }
        counters.setAccepting(true)
        onReady(
            channels.map { listener, channel in
                BoundListener(
                    identity: listener.identity,
                    address: channel.localAddress.flatMap(EndpointText.of)
                        ?? EndpointText.of(listener.bindAddress, listener.port),
                    port: channel.localAddress?.port ?? listener.port)
            })
        await CertificateWatch(doors: doors.compactMap(\.tls)).runUntilShutdown()
        counters.setAccepting(false)
        for door in doors { door.report.stop() }
        onStopping()
        logger.info(
            "Stopping: no new connections are accepted", metadata: [LogKind.field: "\(LogKind.stopping.rawValue)"])
        await stopAccepting(channels.map(\.channel))
        await greetAccepted()
        await drain()
        for runner in runners { runner.stop() }
    }

    /// Reads the certificates and keys of all listeners again, changed or not; whoever is connected stays as he is.
    ///
    /// Blocks for as long as the files take. What cannot be used is logged, and what was read before stays in force.
    package func reloadCertificates() {
        for door in doors { door.tls?.reload(always: true) }
    }

    private func openFiles() throws(TransportError) {
        for tls in doors.compactMap(\.tls) {
            do {
                try tls.open()
            } catch {
                throw TransportError(tls.listener, error)
            }
        }
    }

    /// Closes the listeners once every socket that they have accepted is a channel of its event loop: NIO would close
    /// those that are on their way there.
    private func stopAccepting(_ channels: [any Channel]) async {
        for channel in channels { try? await channel.setOption(.autoRead, value: false).get() }
        // From the listener's loop to the client's, where it is set up, back, and there again to be registered.
        for _ in 0..<3 {
            for runner in runners { try? await runner.eventLoop.submit {}.get() }
        }
        for channel in channels { try? await channel.close() }
    }

    /// Lets in who was accepted before the listeners were closed and is about to be: a client that saw its connection
    /// made must not see it closed without a word because of a restart.
    private func greetAccepted() async {
        await wait(until: .now() + Self.greetingTime) { shard in shard.unattachedCount == 0 }
    }

    private static let greetingTime = TimeAmount.milliseconds(250)

    /// Publishes wills, tells the clients, and waits until they have gone; all within the configured time.
    private func drain() async {
        let deadline = NIODeadline.now() + .milliseconds(configuration.shutdownMilliseconds)
        for runner in runners {
            runner.eventLoop.execute { runner.shard.beginShutdown(now: ShardRunner.now()) }
        }
        await wait(until: deadline - .milliseconds(configuration.shutdownMilliseconds / 2)) { shard in
            shard.hasPublishedWills
        }
        for runner in runners {
            runner.eventLoop.execute { runner.shard.disconnectAll(now: ShardRunner.now()) }
        }
        await wait(until: deadline) { shard in shard.connectionCount == 0 }
        await wait(until: .now() + Self.flushTime) { shard in shard.flushStorage(now: ShardRunner.now()) }
    }

    /// How long the storage may take for what is left: nobody waits for it any more.
    private static let flushTime = TimeAmount.seconds(5)

    private func wait(until deadline: NIODeadline, _ isDone: @escaping @Sendable (Shard) -> Bool) async {
        while NIODeadline.now() < deadline {
            var areDone = true
            for runner in runners {
                let done = try? await runner.eventLoop.submit { isDone(runner.shard) }.get()
                areDone = areDone && done ?? true
            }
            if areDone { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
