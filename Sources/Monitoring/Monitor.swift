package import Introspection
package import NIOCore
import MetricCatalog
import StressModel
import Synchronization

/// Watches the broker: looks ten times a second, remembers what averages and windows need, and answers scrapes.
///
/// No event loop ever waits for it: it reads counters that the shards write. Its lock is held by its own thread for a
/// look, and by a scrape while values are gathered, each well below a millisecond; text is made without it.
package final class Monitor: ScrapeSource, HealthSource, Sendable {
    private let state: Mutex<MonitorState>
    private let level = Atomic<Int>(0)
    private let configuration: MonitorConfiguration
    private let clock: MonitorClock

    /// Nanoseconds for which an event loop may say nothing before the broker counts as ill.
    private static let longestSilence: UInt64 = 1_000_000_000

    /// - Parameters:
    ///   - root: where `/proc` and `/sys` are.
    ///   - threads: whose processor time is told one by one.
    package init(
        reader: ShardReader, configuration: MonitorConfiguration, root: ProcRoot = ProcRoot(),
        threads: [ThreadRule] = [], clock: MonitorClock = .system
    ) {
        self.configuration = configuration
        self.clock = clock
        state = Mutex(
            MonitorState(reader: reader, configuration: configuration, root: root, threads: threads, clock: clock))
    }

    /// Other settings are in force: the values of the configuration that can change while the broker runs.
    package func settingsChanged(_ settings: MonitoredSettings) {
        state.withLock { $0.settings = settings }
    }

    /// To be called ten times a second.
    package func tick() {
        let level = state.withLock { $0.tick() }
        let before = self.level.exchange(level, ordering: .relaxed)
        configuration.foundStressLevel(level)
        if level != before { configuration.stressLevelChanged(before, level) }
    }

    /// The stress level at the last look, from 0 to 10.
    package var stressLevel: Int { level.load(ordering: .relaxed) }

    /// All values now.
    package func snapshot() -> MetricSnapshot { state.withLock { $0.snapshot() } }

    /// The value of a metric by its native name, summed over its labels; nil if there is none.
    package func value(ofMetric name: String) -> Double? {
        let snapshot = snapshot()
        return snapshot[name].isEmpty ? nil : snapshot.sum(name)
    }

    /// Everything that managed beans show, of one moment.
    func beanReadings() -> BeanReadings { state.withLock { $0.beanReadings() } }

    /// All histograms begin anew, as if nothing had been observed.
    func resetHistograms() { state.withLock { $0.resetHistograms() } }

    // MARK: - ScrapeSource

    /// Gathers under the lock, then writes the text.
    package func render(_ format: ExpositionFormat) -> ByteBuffer {
        let began = clock.monotonic()
        let (snapshot, history) = state.withLock { state in
            let snapshot = state.snapshot()
            return (snapshot, format == .hiveMQ ? state.history(snapshot) : nil)
        }
        let text: ByteBuffer
        switch format {
        case .prometheusText: text = PrometheusText.render(snapshot, openMetrics: false)
        case .openMetrics: text = PrometheusText.render(snapshot, openMetrics: true)
        case .hiveMQ: text = history.map { HiveMQText.render(snapshot, $0) } ?? ByteBuffer()
        }
        let seconds = Double(clock.monotonic() &- began) / 1e9
        state.withLock { $0.rendered(seconds: seconds, bytes: text.readableBytes) }
        return text
    }

    // MARK: - HealthSource

    /// Whether every event loop has looked at the clock within a second, and the storage has not failed for long.
    package func health() -> HealthReport {
        let storage = state.withLock { $0.storage.healthCheck }
        return HealthReport(checks: [eventLoops()] + (storage.map { [$0] } ?? []))
    }

    private func eventLoops() -> HealthReport.Check {
        let silences = state.withLock { $0.silences(clock.monotonic()) }
        let silent = silences.enumerated().filter { $0.element > Self.longestSilence }
        let detail =
            silent.isEmpty
            ? "all \(silences.count) answered within a second"
            : "no answer for a second from \(silent.map { "loop \($0.offset)" }.joined(separator: ", "))"
        return .init(name: "event-loops", isOK: silent.isEmpty, detail: detail)
    }

    /// Whether the broker is healthy, accepts clients, keeps what it has to keep, and does not shed load.
    package func readiness() -> HealthReport {
        let level = stressLevel
        let isAccepting = configuration.isAccepting()
        let storage = state.withLock { $0.storage.readinessCheck }
        return HealthReport(
            checks: [
                eventLoops(),
                .init(
                    name: "accepting", isOK: isAccepting,
                    detail: isAccepting ? "listeners are open" : "starting, or draining for a shutdown"),
                .init(
                    name: "stress", isOK: SheddingTable.rule(at: level).isReady,
                    detail: "level \(level); from \(StressModel.sheddingLevel) on load is shed"),
            ] + (storage.map { [$0] } ?? []))
    }

    // MARK: - $SYS

    /// What every topic of `$SYS` tells now.
    package func systemTopics() -> [SystemTopicMessage] {
        state.withLock { state in
            let snapshot = state.snapshot()
            return SystemTopicCatalog.all.compactMap { topic in
                state.text(of: topic, snapshot).map { SystemTopicMessage(topic: topic.topic, text: $0) }
            }
        }
    }
}
