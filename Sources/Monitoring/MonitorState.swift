import BrokerValues
import MetricCatalog
import StressModel

/// What monitoring remembers from one look to the next. Belongs to ``Monitor``, behind its lock.
struct MonitorState: ~Copyable {
    private let reader: ShardReader
    private let configuration: MonitorConfiguration
    var settings: MonitoredSettings
    private let clock: MonitorClock
    private let started: UInt64
    private var samplers: SamplerRunner
    private(set) var stress = StressModel()
    private(set) var storage = StorageWatch()

    private var secondsSeen: UInt64 = 0
    private var cpuShare: Double?
    private var cpuBefore: (time: UInt64, seconds: Double)?
    private var windows: [HiveMQWindow: GrowthWindow] = [:]
    private var sampled: [HiveMQValue: HistogramCounts] = [:]
    private var histograms: [String: HistogramWindow] = [:]
    private var averages: [HiveMQValue: MovingAverage] = [:]
    /// Of HiveMQ's meters and timers, by name.
    private var meters: [String: MovingAverage] = [:]
    private var rates: [BrokerRate: GrowthWindow] = [:]
    /// What histograms had counted when an operator reset them, by the native metric's name.
    private var histogramBases: [String: HistogramCounts] = [:]
    private let startedWall: Double
    private var maximumClients = 0
    private(set) var renderings = 0
    private var lastRendering: (seconds: Double, bytes: Int)?

    init(
        reader: ShardReader, configuration: MonitorConfiguration, root: ProcRoot, threads: [ThreadRule],
        clock: MonitorClock
    ) {
        self.reader = reader
        self.configuration = configuration
        settings = configuration.settings
        self.clock = clock
        started = clock.monotonic()
        startedWall = clock.wall()
        samplers = SamplerRunner(root: root, threads: threads, clock: clock.monotonic)
        for window in HiveMQCatalog.windows { windows[window] = GrowthWindow(seconds: window.seconds) }
        for topic in SystemTopicCatalog.all {
            if case .rate(let value, _) = topic.value { averages[value] = MovingAverage() }
        }
    }

    // MARK: - Looking

    /// To be called ten times a second. Returns the stress level.
    mutating func tick() -> Int {
        let now = clock.monotonic()
        let seconds = (now &- started) / 1_000_000_000
        if seconds != secondsSeen || cpuBefore == nil {
            secondsSeen = seconds
            lookEachSecond(now, seconds)
        }
        storage.look(
            configuration.storage(), commits: reader.histogram(.commit),
            unsafeBytes: reader.sum(ShardCounters.unsafeBytes),
            at: now)
        _ = stress.evaluate(stressReadings(now), at: Instant(nanoseconds: now))
        return stress.level
    }

    private mutating func lookEachSecond(_ now: UInt64, _ seconds: UInt64) {
        let readings = samplers.run()
        if let cpu = readings.processCPU.value {
            let spent = cpu.user + cpu.system
            if let before = cpuBefore, now > before.time {
                let elapsed = Double(now - before.time) / 1e9
                cpuShare = (spent - before.seconds) / elapsed / allowedProcessors(readings)
            }
            cpuBefore = (now, spent)
        }
        let snapshot = self.snapshot()
        maximumClients = max(maximumClients, Int(snapshot.sum("skep_connections")))
        for (window, _) in windows {
            guard let value = window.value.value(using: { snapshot[$0] }) else { continue }
            windows[window]?.keep(value, at: Double(now) / 1e9)
        }
        for metric in HiveMQCatalog.all {
            guard case .sampled(let value) = metric.value, let number = value.value(using: { snapshot[$0] }) else {
                continue
            }
            sampled[value, default: HistogramCounts()].observe(Int(number))
        }
        if seconds.isMultiple(of: UInt64(HistogramWindow.intervalSeconds)) {
            for (name, counts) in snapshot.histograms { histograms[name, default: HistogramWindow()].keep(counts) }
        }
        for rate in BrokerRate.allCases {
            rates[rate, default: GrowthWindow(seconds: BrokerRate.windowSeconds)]
                .keep(snapshot.sum(rate.metric), at: Double(now) / 1e9)
        }
        if seconds.isMultiple(of: UInt64(MovingAverage.intervalSeconds)) { updateAverages(snapshot) }
    }

    private mutating func updateAverages(_ snapshot: MetricSnapshot) {
        for (value, _) in averages {
            if let count = value.value(using: { snapshot[$0] }) { averages[value]?.update(count) }
        }
        for metric in HiveMQCatalog.all where metric.absence == nil {
            var count: Double?
            switch metric.kind {
            case .meter: count = metric.value.value(using: { snapshot[$0] })
            case .timer:
                if case .histogram(let name, let labels) = metric.value {
                    count = snapshot.histograms[Metric.seriesKey(name, labels)].map { Double($0.count) }
                }
            case .counter, .gauge, .histogram: break
            }
            if let count { meters[metric.name, default: MovingAverage()].update(count) }
        }
    }

    /// What machine and control group let the process use.
    private func allowedProcessors(_ readings: SamplerReadings) -> Double {
        let processors = Double(max(1, configuration.processors))
        guard let limit = readings.cgroup.value?.limits.cpus, limit > 0 else { return processors }
        return min(limit, processors)
    }

    private func stressReadings(_ now: UInt64) -> StressReadings {
        var readings = StressReadings()
        readings.eventLoopLagMilliseconds = Double(longestLag(now)) / 1e6
        readings.cpuShare = cpuShare
        let seen = samplers.readings
        if let resident = seen.processMemory.value?.resident {
            let limits = [seen.cgroup.value?.limits.memory, seen.hostMemory.value?.total].compactMap { $0 }
            if let limit = limits.min() { readings.memory = StressUse(resident, of: limit) }
        }
        readings.cpuStall = seen.hostPressure.value?.cpu?.some.share
        readings.memoryStall = seen.hostPressure.value?.memory?.some.share
        readings.ioStall = seen.hostPressure.value?.io?.some.share
        readings.outboundBacklog = use(ShardCounters.unsentBytes, of: settings.outboundLimit)
        readings.queueMemory = use(ShardCounters.queuedBytes, of: settings.queueLimit)
        if let files = seen.fileDescriptors.value, let limit = files.limit {
            readings.fileDescriptors = StressUse(files.open, of: limit)
        }
        let fullest = reader.values(ShardCounters.mailBytes).max() ?? 0
        readings.mailbox = StressUse(
            UInt64(max(0, fullest)), of: UInt64(settings.mailLimit * max(1, reader.blocks.count - 1)))
        if storage.latest != nil {
            readings.storageDelayMilliseconds = storage.delayMilliseconds
            let most = reader.values(ShardCounters.unsafeBytes).max() ?? 0
            readings.storageBacklog = StressUse(
                UInt64(max(0, most)), of: UInt64(max(0, configuration.unsafeBytesLimit)))
        }
        return readings
    }

    private func use(_ family: CounterFamily, of limit: Int) -> StressUse {
        StressUse(UInt64(max(0, reader.sum(family))), of: UInt64(max(0, limit)))
    }

    /// By how many nanoseconds the slowest event loop is late: what it found itself, or how long it has said nothing.
    func longestLag(_ now: UInt64) -> UInt64 {
        zip(reader.values(ShardCounters.latestLag), silences(now)).map { lag, silence in
            // A loop looks at the clock every tenth of a second; what is beyond two of those is late.
            max(UInt64(max(0, lag)), silence > 200_000_000 ? silence - 100_000_000 : 0)
        }.max() ?? 0
    }

    /// Nanoseconds since each event loop last looked at the clock.
    func silences(_ now: UInt64) -> [UInt64] {
        reader.values(ShardCounters.lastSeen).map { seen in
            // A loop that has not looked yet counts from the start.
            let last = max(UInt64(max(0, seen)), started)
            return now > last ? now - last : 0
        }
    }

    // MARK: - Showing

    /// All values now.
    func snapshot() -> MetricSnapshot {
        var snapshot = MetricSnapshot()
        reader.read(into: &snapshot)
        configuration.plugins().read(into: &snapshot)
        for (name, base) in histogramBases {
            if let counts = snapshot.histograms[name] { snapshot.histograms[name] = counts.since(base) }
        }
        samplers.readings.read(into: &snapshot)
        readStress(into: &snapshot)
        readItself(into: &snapshot)
        configuration.storage()?.read(into: &snapshot)
        for door in configuration.doors() { door.read(into: &snapshot) }
        return snapshot
    }

    private func readStress(into snapshot: inout MetricSnapshot) {
        snapshot.set("skep_stress_level", [], stress.level)
        for signal in StressSignal.allCases {
            snapshot.set("skep_stress_signal_ratio", [signal.rawValue], stress.ratio(of: signal))
            snapshot.set(
                "skep_stress_leading_signal", [signal.rawValue], stress.leadingSignal == signal ? 1.0 : 0.0)
        }
        for (level, milliseconds) in stress.millisecondsAtLevel.enumerated() {
            snapshot.set("skep_stress_level_seconds_total", ["\(level)"], Double(milliseconds) / 1000)
        }
        snapshot.set("skep_stress_level_changes_total", stress.changes)
    }

    private func readItself(into snapshot: inout MetricSnapshot) {
        snapshot.set("skep_accept_failures_total", [], configuration.acceptFailures())
        snapshot.set("skep_log_lines_dropped_total", [], configuration.droppedLogLines())
        snapshot.set("skep_build_info", [configuration.version, configuration.swiftVersion], 1.0)
        snapshot.set("skep_uptime_seconds", [], Double(clock.monotonic() &- started) / 1e9)
        snapshot.set("skep_configuration_info", [settings.hash], 1.0)
        snapshot.set("skep_configuration_load_time_seconds", [], settings.loaded)
        snapshot.set("skep_event_loops", [], reader.blocks.count)
        snapshot.set("skep_host_cpus", [], configuration.processors)
        snapshot.set("skep_scrapes_total", [], renderings)
        if let last = lastRendering {
            snapshot.set("skep_scrape_duration_seconds", [], last.seconds)
            snapshot.set("skep_scrape_bytes", [], last.bytes)
        }
    }

    /// What HiveMQ's names need beside a snapshot.
    func history(_ snapshot: MetricSnapshot) -> HiveMQHistory {
        HiveMQHistory(
            growth: windows.compactMapValues(\.growth),
            recent: Dictionary(
                uniqueKeysWithValues: snapshot.histograms.map { name, counts in
                    (name, histograms[name]?.recent(counts) ?? counts)
                }),
            sampled: sampled)
    }

    /// Everything that beans show.
    func beanReadings() -> BeanReadings {
        let snapshot = self.snapshot()
        let now = clock.monotonic()
        return BeanReadings(
            snapshot: snapshot, history: history(snapshot), settings: settings, stress: stress, averages: meters,
            rates: rates.compactMapValues { window in
                window.growth.map { $0 / Double(BrokerRate.windowSeconds) }
            },
            uptime: Double(now &- started) / 1e9, started: startedWall, silences: silences(now),
            eventLoops: reader.blocks.map(EventLoopReading.init), cpuShare: cpuShare)
    }

    /// All histograms begin anew.
    mutating func resetHistograms() {
        // Who counts does not forget, so what was counted until now is left out from now on.
        var counts = MetricSnapshot()
        reader.read(into: &counts)
        configuration.plugins().read(into: &counts)
        histogramBases = counts.histograms
        histograms = [:]
        sampled = [:]
    }

    mutating func rendered(seconds: Double, bytes: Int) {
        renderings += 1
        lastRendering = (seconds, bytes)
    }

    /// The text of a `$SYS` topic now; nil while there is no value.
    func text(of topic: SystemTopic, _ snapshot: MetricSnapshot) -> String? {
        switch topic.value {
        case .number(let value): value.value(using: { snapshot[$0] }).map { TextWriter.text(of: $0) }
        case .rate(let value, let minutes): averages[value].map { "\($0.rate(minutes: minutes))" }
        case .time: "\(Int(clock.wall()))"
        case .version: "Skep \(configuration.version)"
        case .uptime: "\((clock.monotonic() &- started) / 1_000_000_000)"
        case .maximumClients: "\(maximumClients)"
        }
    }
}
