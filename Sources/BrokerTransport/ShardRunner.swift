package import BrokerCore
package import BrokerValues
package import MetricCatalog
package import NIOCore
import Synchronization

/// Runs one shard on one event loop: time, ticks, and mail to and from the other shards.
///
/// Safe (unchecked Sendable): `peers` is set once, before anything is run on the loops, and `isOpen` is a lock; everything
/// else is used on ``eventLoop`` only, which every entry from elsewhere hops to.
package final class ShardRunner: ShardHost, @unchecked Sendable {
    package let eventLoop: any EventLoop
    let receiveBuffer = ReceiveBuffer()
    let handshakes = HandshakePacer()
    let doorScratch = DoorScratch()
    /// Connections that are being closed but still wait for the peer's last bytes.
    var lingering = 0
    /// What is in force for new sockets; see ``TransportService/apply(limits:connectRates:)``.
    private(set) var limits: BrokerLimits
    private let index: ShardIndex
    /// What the shard counts; anybody may read it.
    package let counters: CounterBlock
    private var peers: [ShardRunner] = []
    private var clock: NIOCore.Scheduled<Void>?
    private var wakeTask: NIOCore.Scheduled<Void>?
    private var isStopped = false
    /// Whether ``ask(_:)`` may use the loop: one that has been shut down would never answer.
    private let isOpen = Mutex(true)
    private var random = SystemRandomNumberGenerator()
    private var madeShard: Shard?
    private lazy var tick: @Sendable () -> Void = { [unowned self] in
        shard.endTick(now: Self.now())
        isTickPending = false
        if let instant = wakeWanted { scheduleWake(at: instant) }
    }
    private var isTickPending = false
    /// When to wake the shard, until the tick is over.
    private var wakeWanted: Instant?

    /// - Parameters:
    ///   - ports: made on the event loop, since what stands behind a port belongs to its shard.
    ///   - counters: written on the event loop only.
    package init(
        eventLoop: any EventLoop, index: ShardIndex, shardCount: Int, limits: BrokerLimits, seed: UInt64,
        counters: CounterBlock = CounterBlock(), gates: BrokerGates = BrokerGates(),
        ports: @escaping @Sendable (ShardIndex) -> BrokerPorts
    ) {
        self.limits = limits
        self.eventLoop = eventLoop
        self.index = index
        self.counters = counters
        madeShard = Shard(
            index: index, shardCount: shardCount, limits: limits, host: self, ports: ports(index), seed: seed,
            counters: counters, gates: gates, now: Self.now())
    }

    /// The shard; to be used on ``eventLoop`` only.
    package var shard: Shard {
        guard let madeShard else { preconditionFailure("the shard is made in init and never taken away") }
        return madeShard
    }

    /// Takes on new limits; to be called on ``eventLoop``.
    func apply(limits: BrokerLimits) {
        self.limits = limits
        shard.limitsChanged(limits, now: Self.now())
    }

    /// The monotonic clock.
    package static func now() -> Instant {
        Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds)
    }

    /// Connects the runners of a broker with each other: mail may go from now on.
    package static func connect(_ runners: [ShardRunner]) {
        for runner in runners { runner.peers = runners }
    }

    /// Starts the clocks of the runners of a broker.
    package static func start(_ runners: [ShardRunner]) {
        for runner in runners {
            runner.eventLoop.execute { runner.scheduleClock(at: .now() + clockInterval) }
        }
    }

    private static let clockInterval = TimeAmount.milliseconds(100)
    /// Between two looks at least, when the loop has fallen behind.
    private static let clockPause = TimeAmount.milliseconds(50)

    /// Lets the shard look at the clock at a certain time, and counts how late that was.
    private func scheduleClock(at deadline: NIODeadline) {
        guard !isStopped else { return }
        clock = eventLoop.scheduleTask(deadline: deadline) { [unowned self] in
            let now = Self.now()
            let lag = now.nanoseconds(since: Instant(nanoseconds: deadline.uptimeNanoseconds))
            shard.clockAdvanced(to: now)
            shard.counters.observe(.loopLag, lag)
            shard.counters.set(ShardCounters.latestLag, lag)
            scheduleClock(at: max(deadline + Self.clockInterval, .now() + Self.clockPause))
        }
    }

    /// Asks the shard something, behind all that is ready on its loop.
    ///
    /// - Returns: nil once the runner has been stopped.
    package func ask<Value: Sendable>(_ question: @escaping @Sendable (Shard) -> Value) async -> Value? {
        // Under the lock, so that nothing is handed to the loop after ``stop()``.
        let answer = isOpen.withLock { isOpen in
            isOpen ? eventLoop.submit { question(self.shard) } : nil
        }
        return try? await answer?.get()
    }

    /// Does something to the shard, behind all that is ready on its loop.
    ///
    /// - Returns: false once the runner has been stopped; then it is not done.
    @discardableResult
    package func tell(_ body: @escaping @Sendable (Shard) -> Void) -> Bool {
        isOpen.withLock { isOpen in
            if isOpen { eventLoop.execute { body(self.shard) } }
            return isOpen
        }
    }

    /// Stops the clock; the shard is not used any more. To be called before the loop is shut down.
    package func stop() {
        isOpen.withLock { $0 = false }
        eventLoop.execute {
            self.isStopped = true
            self.clock?.cancel()
            self.wakeTask?.cancel()
        }
    }

    // MARK: - ShardHost

    /// Runs the end of the tick behind all that is ready on the loop now.
    package func tickNeeded() {
        isTickPending = true
        eventLoop.execute(tick)
    }

    /// Hops to the other shard's loop; tasks of one loop keep their order there.
    package func post(_ mail: [ShardMail], to shard: ShardIndex) {
        let target = peers[shard.rawValue]
        let sender = index
        target.eventLoop.execute { target.shard.receive(mail, from: sender, now: Self.now()) }
    }

    /// Wakes the shard later, at the earliest when the loop has looked at its sockets: that is what the shard waits for.
    ///
    /// NIO does not look at them as long as a task is due. So even what is due now is scheduled for a moment later, and
    /// that moment begins when the tick, which may take longer, is over.
    package func wake(at instant: Instant) {
        if isTickPending { wakeWanted = instant } else { scheduleWake(at: instant) }
    }

    private func scheduleWake(at instant: Instant) {
        wakeWanted = nil
        wakeTask?.cancel()
        let soon = NIODeadline.now() + Self.wakePause
        let deadline = max(soon, NIODeadline.uptimeNanoseconds(min(instant.nanoseconds, UInt64(Int64.max))))
        wakeTask = eventLoop.scheduleTask(deadline: deadline) { [unowned self] in shard.woken(now: Self.now()) }
    }

    private static let wakePause = TimeAmount.microseconds(10)

    /// The monotonic clock.
    package func instant() -> Instant { Self.now() }

    /// A number from the system's generator.
    package func randomNumber() -> UInt64 { random.next() }
}
