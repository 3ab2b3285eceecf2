import BrokerValues
import MetricCatalog
import Monitoring
import NIOCore
import NIOPosix
import PluginAPI
import Synchronization

/// Runs work of plugins apart from callbacks.
final class BrokerScheduler: SchedulerService {
    private let calls: PluginCalls
    private let loop: any EventLoop
    private let pool: NIOThreadPool
    private let waiting = Atomic<Int>(0)
    private let planned = Atomic<Int>(0)
    private let jobs = Mutex(MonitoredPlugins.Jobs())

    private static let maximumWaiting = 1_000
    private static let maximumPlanned = 10_000

    init(calls: PluginCalls, loop: any EventLoop) {
        self.calls = calls
        self.loop = loop
        pool = NIOThreadPool(numberOfThreads: 2)
    }

    /// To be called before plugins are.
    func start() { pool.start() }

    func stop() async { try? await pool.shutdownGracefully() }

    /// What has become of it all.
    var figures: MonitoredPlugins.Jobs { jobs.withLock { $0 } }

    func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.maximumWaiting else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            throw PluginServiceError.limitExceeded("\(Self.maximumWaiting) calls wait for a thread already")
        }
        let began = begin()
        defer {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            end(began)
        }
        return try await pool.runIfActive(work)
    }

    func once(
        afterMilliseconds delay: Int64, _ work: @escaping @Sendable () async -> Void
    ) throws(PluginServiceError) {
        try plan()
        jobs.withLock { $0.plannedOnce += 1 }
        loop.scheduleTask(in: .milliseconds(max(0, delay))) { [self] in
            planned.wrappingSubtract(1, ordering: .relaxed)
            run(work)
        }
    }

    func repeatedly(
        everyMilliseconds period: Int64, _ work: @escaping @Sendable () async -> Void
    ) throws(PluginServiceError) -> any ScheduledWork {
        guard period >= 10 else { throw .invalid("the period is 10 ms at least") }
        try plan()
        jobs.withLock { $0.plannedRepeatedly += 1 }
        let handle = Repetition { [self] in planned.wrappingSubtract(1, ordering: .relaxed) }
        schedule(handle, at: NIODeadline.now() + .milliseconds(period), period: .milliseconds(period), work)
        return handle
    }

    private func plan() throws(PluginServiceError) {
        guard planned.wrappingAdd(1, ordering: .relaxed).newValue <= Self.maximumPlanned else {
            planned.wrappingSubtract(1, ordering: .relaxed)
            throw .limitExceeded("\(Self.maximumPlanned) things are planned already")
        }
    }

    private func schedule(
        _ handle: Repetition, at deadline: NIODeadline, period: TimeAmount,
        _ work: @escaping @Sendable () async -> Void
    ) {
        loop.scheduleTask(deadline: deadline) { [self] in
            guard !handle.hasEnded else { return }
            if handle.begin() {
                run(work) { handle.done() }
            } else {
                jobs.withLock { $0.overruns += 1 }
            }
            schedule(handle, at: max(deadline + period, .now()), period: period, work)
        }
    }

    private func run(_ work: @escaping @Sendable () async -> Void, then: @escaping @Sendable () -> Void = {}) {
        let isStarted = calls.start { [self] in
            let began = begin()
            await work()
            end(began)
            then()
        }
        if !isStarted { then() }
    }

    private func begin() -> NIODeadline {
        jobs.withLock {
            $0.started += 1
            $0.running += 1
        }
        return .now()
    }

    private func end(_ began: NIODeadline) {
        let nanoseconds = Int(clamping: (NIODeadline.now() - began).nanoseconds)
        jobs.withLock {
            $0.running -= 1
            $0.completed += 1
            $0.durations.observe(nanoseconds)
        }
    }

    /// Runs what plugins have planned by cron expressions, until the broker stops.
    func run(_ plugins: [(PluginEntry, any ScheduledPlugin)]) throws(PluginFailure) {
        for (entry, plugin) in plugins {
            for schedule in plugin.schedules.prefix(1_000) {
                let expression: CronExpression
                do { expression = try CronExpression(schedule.expression) } catch {
                    throw PluginFailure(name: entry.name, text: "the schedule \(schedule.name): \(error)")
                }
                let handle = Repetition {}
                run(handle, entry, plugin, schedule, expression)
            }
        }
    }

    private func run(
        _ handle: Repetition, _ entry: PluginEntry, _ plugin: any ScheduledPlugin, _ schedule: Schedule,
        _ expression: CronExpression
    ) {
        let now = SystemClock.milliseconds
        guard let next = expression.next(after: now / 1000) else { return }
        // The wall clock may be set meanwhile: never further than an hour ahead is it trusted.
        let wait = min(next * 1000 - now, 3_600_000)
        loop.scheduleTask(in: .milliseconds(wait)) { [self, calls] in
            if SystemClock.milliseconds >= next * 1000 {
                if handle.begin() {
                    run({ _ = await calls.call(entry, .scheduled) { try await plugin.run(schedule) } }) {
                        handle.done()
                    }
                } else {
                    jobs.withLock { $0.overruns += 1 }
                }
            }
            run(handle, entry, plugin, schedule, expression)
        }
    }

    private final class Repetition: ScheduledWork {
        private let state = Mutex((isRunning: false, hasEnded: false))
        private let ended: @Sendable () -> Void

        init(ended: @escaping @Sendable () -> Void) { self.ended = ended }

        var hasEnded: Bool { state.withLock { $0.hasEnded } }

        /// Returns false as long as the last run has not ended.
        func begin() -> Bool {
            state.withLock { state in
                if state.isRunning { return false }
                state.isRunning = true
                return true
            }
        }

        func done() { state.withLock { $0.isRunning = false } }

        func end() {
            let isFirst = state.withLock { state in
                defer { state.hasEnded = true }
                return !state.hasEnded
            }
            if isFirst { ended() }
        }
    }
}
