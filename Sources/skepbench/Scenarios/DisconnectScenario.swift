import BrokerValues
import Synchronization

/// The scenario of ``DisconnectCommand``.
struct DisconnectScenario {
    let options: DisconnectCommand

    /// What was seen after the connections had ended. Times are nanoseconds since just before that.
    private struct Findings {
        var closingTook = 0
        var filesBefore: Int?
        var filesBackAfter: Int?
        var wills = 0
        var lastWillAfter: Int?
        /// Wills that came within each 100 ms.
        var timeline: [Int] = []
        /// What the broker used in all until things were quiet again, and what it would have used idle.
        var cpu: Int?
        var idleCPU: Int?
        var highestConnecting: Double?
        var highestIdle: Double?
        var highestAfter: Double?

        /// Notes that so many wills have come by now.
        mutating func countWills(_ count: Int, at elapsed: Int) {
            guard count > wills else { return }
            let step = elapsed / timelineStep
            while timeline.count <= step { timeline.append(0) }
            timeline[step] += count - wills
            wills = count
            lastWillAfter = elapsed
        }
    }

    private static let timelineStep = 100 * MonotonicClock.millisecond
    private static let fileCheck = 20 * MonotonicClock.millisecond
    /// What comes behind the last close, such as timers that are ended, is counted too.
    private static let aftermath = MonotonicClock.second

    func run() throws(BenchError) -> Report {
        let broker = try options.target.broker()
        try Sockets.needDescriptors(options.clients + 1)
        let endpoint = try options.target.endpoint()
        let probe = try metricsProbe()
        let metrics = MetricsControl()
        let watcher = options.wills ? try connectWatcher(endpoint) : nil
        let probing: Worker<Void>? =
            if let probe {
                try Worker(.normal) { () throws(BenchError) in
                    try MetricsProbe(probe, metric: options.metric).run(metrics)
                }
            } else { nil }
        var findings = Findings()
        findings.filesBefore = try broker?.openFiles()
        let crowd = try Connector.run(try plan(endpoint)).descriptors
        try measure(crowd, watcher, broker, metrics, &findings)
        metrics.isStopped.store(true, ordering: .relaxed)
        try probing?.join()
        return report(findings, metrics)
    }

    private func metricsProbe() throws(BenchError) -> MetricsAddress? {
        guard let text = options.metrics, let address = MetricsAddress(text) else { return nil }
        // Once now, so that a wrong address is told before the run and not after it.
        _ = try MetricsProbe(address, metric: options.metric).ask()
        return address
    }

    private var willTopics: String { "\(TargetOptions.topicPrefix)gone" }

    private func connectWatcher(_ endpoint: Endpoint) throws(BenchError) -> Int32? {
        var plan = try options.target.plan(1, "w", to: endpoint)
        let topics = willTopics
        plan.filter = { _ in "\(topics)/+" }
        return try Connector.run(plan).descriptors.first
    }

    private func plan(_ endpoint: Endpoint) throws(BenchError) -> ConnectPlan {
        var plan = try options.target.plan(options.clients, "d", to: endpoint)
        plan.atOnce = options.atOnce
        plan.timeLimit = 300 * MonotonicClock.second
        if options.wills {
            let topics = willTopics
            let qos: QualityOfService = options.willQos == 0 ? .atMostOnce : .atLeastOnce
            plan.will = { ClientEncoder.Will(topic: "\(topics)/\($0)", payload: Array("gone".utf8), qos: qos) }
        }
        return plan
    }

    // MARK: - Measuring

    private func measure(
        _ crowd: [Int32], _ watcher: Int32?, _ broker: BrokerProcess?, _ metrics: MetricsControl,
        _ findings: inout Findings
    ) throws(BenchError) {
        if options.ending == .rst { for descriptor in crowd { Sockets.resetOnClose(descriptor) } }
        findings.highestConnecting = metrics.takeHighest()
        let idleStart = MonotonicClock.now()
        let cpuIdle = try broker?.cpuTime()
        // The second half: the first may still show what connecting did.
        MonotonicClock.sleep(nanoseconds: options.idle * MonotonicClock.second / 2)
        _ = metrics.takeHighest()
        MonotonicClock.sleep(nanoseconds: options.idle * MonotonicClock.second / 2)
        findings.highestIdle = metrics.takeHighest()
        let start = MonotonicClock.now()
        let cpuStart = try broker?.cpuTime()
        Sockets.closeAll(crowd)
        findings.closingTook = MonotonicClock.now() - start
        try observe(from: start, watcher, broker, &findings)
        MonotonicClock.sleep(nanoseconds: Self.aftermath)
        let end = MonotonicClock.now()
        if let cpuIdle, let cpuStart, let cpuEnd = try broker?.cpuTime() {
            findings.cpu = cpuEnd - cpuStart
            findings.idleCPU = Int(Double(cpuStart - cpuIdle) * Double(end - start) / Double(start - idleStart))
        }
        if options.metrics != nil {
            MonotonicClock.sleep(nanoseconds: start + options.observe * MonotonicClock.second - end)
            findings.highestAfter = metrics.takeHighest()
        }
    }

    /// Until all wills have come and the broker's files are back, or time is up.
    private func observe(
        from start: Int, _ watcher: Int32?, _ broker: BrokerProcess?, _ findings: inout Findings
    ) throws(BenchError) {
        let buffer = ReceiveBuffer(size: 64 * 1024)
        let poller = try Poller()
        if let watcher { try poller.add(watcher, token: 0, .read) }
        var counter = FrameCounter()
        var nextCheck = 0
        let limit = options.observe * MonotonicClock.second
        while true {
            let elapsed = MonotonicClock.now() - start
            if elapsed > limit { return }
            if let broker, let before = findings.filesBefore, findings.filesBackAfter == nil, elapsed >= nextCheck {
                nextCheck = elapsed + Self.fileCheck
                if try broker.openFiles() <= before { findings.filesBackAfter = MonotonicClock.now() - start }
            }
            if broker == nil || findings.filesBackAfter != nil, watcher == nil || findings.wills >= options.clients {
                return
            }
            guard try poller.wait(nanoseconds: Self.fileCheck) > 0, let watcher else { continue }
            switch try buffer.receive(watcher, { counter.feed($0) }) {
            case .moved: findings.countWills(counter.publishes, at: MonotonicClock.now() - start)
            case .wouldBlock: break
            case .ended, .failed: throw BenchError(.refused, "The broker closed the client that watches the wills")
            }
        }
    }

    // MARK: - Reporting

    private func report(_ findings: Findings, _ metrics: MetricsControl) -> Report {
        var report = Report(
            scenario: "disconnect",
            title: "\(options.clients) clients gone at once "
                + "(\(options.ending.rawValue), \(options.wills ? "with wills" : "without wills"))")
        report.add("closing_took", "closing the sockets took", .duration(findings.closingTook))
        if let cpu = findings.cpu, let idle = findings.idleCPU {
            report.add(
                "broker_cpu_us_per_connection", "broker's CPU a closed connection, us",
                .number(Double(max(0, cpu - idle)) / 1e3 / Double(options.clients)))
            report.add("broker_cpu", "broker's CPU in all", .duration(cpu))
            report.add("broker_idle_cpu", "of this when idle", .duration(idle))
            report.add("files_back_after", "broker's open files are back after", .duration(findings.filesBackAfter))
        }
        if options.wills {
            report.add("wills", "wills that came", .count(findings.wills))
            report.add("last_will_after", "last will after", .duration(findings.lastWillAfter))
            let time = findings.lastWillAfter.map { Double($0) / 1e9 } ?? 0
            report.add("wills", "wills, on average", .rate(time > 0 ? Double(findings.wills) / time : 0))
            report.add(
                "wills_each_second", "wills, second by second",
                .series(StormScenario.sums(of: findings.timeline, by: 10)))
        }
        if options.metrics != nil {
            report.add("metric", "metric", .text(options.metric))
            report.add("metric_highest_connecting", "highest while they connected", .number(findings.highestConnecting))
            report.add("metric_highest_idle", "highest just before the end", .number(findings.highestIdle))
            report.add("metric_highest_after", "highest after it", .number(findings.highestAfter))
            report.add("metric_answers", "answers", .count(metrics.answers.load(ordering: .relaxed)))
            report.add("metric_failures", "without an answer", .count(metrics.failures.load(ordering: .relaxed)))
        }
        return report
    }
}
