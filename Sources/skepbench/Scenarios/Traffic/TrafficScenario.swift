import BrokerValues
import MQTTWire
import Synchronization

/// Connects a ``Topology``, lets it run, and reports.
struct TrafficScenario {
    let target: TargetOptions
    let options: TrafficOptions
    let topology: Topology

    /// All that is read at one moment.
    private struct Moment {
        var at = 0
        var cpu: Int?
        var sent = 0
        var received = 0
        var acknowledged = 0
    }

    /// What connecting did to the broker.
    private struct Connecting {
        var memoryBefore: Int?
        var memoryAfter: Int?
    }

    /// Nanoseconds without a delivery after which what is still under way is lost.
    private static let patience = 3 * MonotonicClock.second

    func run() throws(BenchError) -> Report {
        Interrupt.watch()
        let broker = try target.broker()
        let metrics = options.metrics.flatMap { MetricsAddress($0) }
        try Sockets.needDescriptors(topology.clients.count + options.idle + 1)
        var connecting = Connecting()
        connecting.memoryBefore = try broker?.residentMemory()
        let endpoint = try target.endpoint()
        let crowd = try connectCrowd(endpoint)
        var plan = try connect(endpoint)
        plan.threads = options.threads
        connecting.memoryAfter = try broker?.residentMemory()
        let metricsBefore = try metrics.map { (address) throws(BenchError) in try BrokerMetrics.read(address) }

        let run = try TrafficRun(plan, threads: options.threads)
        let churn = try startChurn(endpoint, run.control)
        var progress = Progress()
        try wait(options.warmup, run, broker, &progress, "warming up")
        let start = try moment(run.control, broker)
        run.control.phase = .measuring
        try wait(options.duration, run, broker, &progress, "measuring")
        let end = try moment(run.control, broker)
        run.drain(patience: Self.patience)
        progress.clear()
        let figures = try run.finish()
        let subscribed = try churn?.join()
        // What was measured is told also if the broker serves no metrics any more.
        let after = metrics.flatMap { try? BrokerMetrics.read($0) }
        try checkClients(run.control, hasDeliveries: end.received > start.received)
        Sockets.closeAll(plan.descriptors + crowd)
        if options.kept { try endSessions(endpoint) }
        var report = Report(scenario: topology.scenario, title: title)
        addParameters(&report, plan.limits)
        addTraffic(&report, start, end, figures, run.control)
        addBroker(&report, start, end, connecting)
        if Interrupt.isSet { report.add("interrupted", "beware", .text("interrupted")) }
        if let subscribed { report.add("churned", "subscriptions that came and went", .count(subscribed)) }
        if let metricsBefore { add(&report, after?.since(metricsBefore)) }
        return report
    }

    /// - Throws: if the broker has disconnected all publishers, or some clients, and nothing was delivered.
    private func checkClients(_ control: TrafficControl, hasDeliveries: Bool) throws(BenchError) {
        let closed = control.closed.load(ordering: .relaxed)
        let publishers = control.closedPublishers.load(ordering: .relaxed)
        guard publishers >= topology.publishers.count || closed > 0 && !hasDeliveries else { return }
        throw BenchError(
            .refused, "The broker disconnected \(closed) of \(topology.clients.count) clients\(Self.reason(control))")
    }

    /// What a DISCONNECT of the broker gave as its reason.
    private static func reason(_ control: TrafficControl) -> String {
        let code = control.disconnectReason.load(ordering: .relaxed)
        return code < 0 ? "" : ": \(ReasonCode(rawValue: UInt8(clamping: code)).described)"
    }

    // MARK: - Connecting

    private func connectCrowd(_ endpoint: Endpoint) throws(BenchError) -> [Int32] {
        guard options.idle > 0 else { return [] }
        var plan = try target.plan(options.idle, "i", to: endpoint)
        let prefix = TargetOptions.topicPrefix
        // A topic that nobody publishes to: below its own prefix, which a subscriber of all would get.
        plan.filter = { "idle/\(prefix)\($0)" }
        let crowd = try Connector.run(plan).descriptors
        try Crowd.subscribe(crowd, filters: options.filters, prefix: "idle/\(prefix)", target.encoder)
        return crowd
    }

    private func connect(_ endpoint: Endpoint) throws(BenchError) -> TrafficPlan {
        var plan = try target.plan(topology.clients.count, "t", to: endpoint)
        let filters = topology.clients.map(\.filter)
        plan.filter = { filters[$0] }
        plan.filterQoS = options.level
        if options.kept {
            plan.session = ClientEncoder.Session(cleanStart: target.protocolVersion.hasProperties, isKept: true)
        }
        let outcome = try Connector.run(plan)
        let publishers = topology.publishers
        try outcome.limits.check(publishers)
        return TrafficPlan(
            descriptors: outcome.descriptors, publishers: publishers, encoder: target.encoder,
            pace: options.pace, limits: outcome.limits)
    }

    /// No session is left in the broker.
    private func endSessions(_ endpoint: Endpoint) throws(BenchError) {
        let plan = try target.plan(topology.clients.count, "t", to: endpoint)
        Sockets.closeAll(try Connector.run(plan).descriptors)
    }

    private func startChurn(
        _ endpoint: Endpoint, _ control: TrafficControl
    ) throws(BenchError) -> Worker<Int>? {
        guard options.churn > 0 else { return nil }
        let descriptors = try Connector.run(try target.plan(1, "u", to: endpoint)).descriptors
        guard let descriptor = descriptors.first else { return nil }
        let churn = Churn(
            descriptor: descriptor, encoder: target.encoder, prefix: "idle/\(TargetOptions.topicPrefix)",
            rate: options.churn)
        return try Worker(.normal) { () throws(BenchError) in
            do throws(BenchError) { return try churn.run(control) } catch {
                control.hasFailed.store(true, ordering: .relaxed)
                throw error
            }
        }
    }

    // MARK: - Measuring

    private func moment(_ control: TrafficControl, _ broker: BrokerProcess?) throws(BenchError) -> Moment {
        Moment(
            at: MonotonicClock.now(), cpu: try broker?.cpuTime(), sent: control.sent.load(ordering: .relaxed),
            received: control.received.load(ordering: .relaxed),
            acknowledged: control.acknowledged.load(ordering: .relaxed))
    }

    private func wait(
        _ seconds: Double, _ run: TrafficRun, _ broker: BrokerProcess?, _ progress: inout Progress, _ what: String
    ) throws(BenchError) {
        var last = try moment(run.control, broker)
        let start = last.at
        try run.wait(nanoseconds: Int(seconds * Double(MonotonicClock.second))) { (now) throws(BenchError) in
            var next: Moment?
            progress.show(at: now) {
                guard let current = try? moment(run.control, broker) else { return what }
                next = current
                return Self.line(what, (now - start) / MonotonicClock.second, from: last, to: current, run.control)
            }
            if let next { last = next }
        }
    }

    private static func line(
        _ what: String, _ seconds: Int, from start: Moment, to end: Moment, _ control: TrafficControl
    ) -> String {
        let time = Double(max(1, end.at - start.at)) / 1e9
        var line =
            "\(what) \(seconds) s: \(Report.grouped(Int(Double(end.sent - start.sent) / time)))/s in, "
            + "\(Report.grouped(Int(Double(end.received - start.received) / time)))/s out, "
            + "\(Report.grouped(control.underWay)) under way"
        if let before = start.cpu, let after = end.cpu {
            line += ", broker \(Int(Double(after - before) / 1e7 / time))% CPU"
        }
        return line
    }

    // MARK: - Reporting

    private var title: String {
        switch options.pace {
        case .window: topology.title
        case .rate(let rate): "\(topology.title), \(Report.grouped(Int(rate))) messages a second"
        }
    }

    private func addParameters(_ report: inout Report, _ limits: ConnackLimits) {
        report.add("version", "version of MQTT", .text(target.protocolVersion.name))
        if topology.scenario != "fleet" {
            report.add("qos", "QoS", .count(options.qos))
            report.add("payload", "payload, bytes", .count(options.payload))
        }
        report.add("clients", "clients", .count(topology.clients.count + options.idle))
        switch options.pace {
        case .window(let window):
            let admitted = options.qos == 0 ? window : min(window, limits.receiveMaximum, TrafficPlan.largestWindow)
            report.add("window", "under way at most", .count(admitted))
        case .rate(let rate): report.add("asked_rate", "rate asked for", .rate(rate))
        }
        if options.kept { report.add("kept", "sessions", .text("kept")) }
        if options.threads > 1 { report.add("threads", "threads of the generator", .count(options.threads)) }
        if options.filters > 0 { report.add("filters", "further filters", .count(options.filters)) }
        if options.churn > 0 { report.add("asked_churn", "subscriptions asked for", .rate(options.churn)) }
    }

    private func addTraffic(
        _ report: inout Report, _ start: Moment, _ end: Moment, _ figures: TrafficFigures, _ control: TrafficControl
    ) {
        let seconds = Double(max(1, end.at - start.at)) / 1e9
        let moved = end.sent - start.sent + end.received - start.received
        report.add("in", "into the broker", .rate(Double(end.sent - start.sent) / seconds))
        report.add("out", "out of the broker", .rate(Double(end.received - start.received) / seconds))
        report.add("latency", "latency", .latency(figures.latency))
        if case .rate = options.pace {
            report.add("generator_late", "generator late", .latency(figures.lateness))
            report.add("unsent", "due and not sent", .count(control.unsent.load(ordering: .relaxed)))
        }
        report.add("lost", "lost", .count(max(0, control.underWay)))
        report.add("surplus", "more than were sent", .count(max(0, -control.underWay)))
        if control.underWay == 0, control.stamps.load(ordering: .relaxed) != 0 {
            report.add("mixed_up", "beware", .text("as many came as were sent, but some twice and others never"))
        }
        report.add("redelivered", "delivered again", .count(control.redelivered.load(ordering: .relaxed)))
        report.add("rejected", "rejected by the broker", .count(control.rejected.load(ordering: .relaxed)))
        report.add("closed", "clients disconnected", .count(control.closed.load(ordering: .relaxed)))
        let reason = Self.reason(control)
        if !reason.isEmpty {
            report.add("disconnect_reason", "the broker's reason", .text(String(reason.dropFirst(2))))
        }
        report.add(
            "generator_cpu_us_per_message", "generator's CPU a message, us",
            .number(moved > 0 ? Double(figures.cpu) / 1e3 / Double(moved) : nil))
    }

    private func addBroker(_ report: inout Report, _ start: Moment, _ end: Moment, _ connecting: Connecting) {
        guard let before = start.cpu, let after = end.cpu else { return }
        let moved = end.sent - start.sent + end.received - start.received
        report.add(
            "broker_cpu_us_per_message", "broker's CPU a message, us",
            .number(moved > 0 ? Double(after - before) / 1e3 / Double(moved) : nil))
        report.add(
            "broker_cpu_cores", "broker's CPU, cores",
            .number(Double(after - before) / Double(max(1, end.at - start.at))))
        if let memoryBefore = connecting.memoryBefore, let memoryAfter = connecting.memoryAfter {
            report.add("broker_resident_bytes", "broker's memory, bytes", .count(memoryAfter))
            // A broker that has memory to spare takes no more for a few clients: that says nothing.
            let added = memoryAfter - memoryBefore
            report.add(
                "broker_bytes_per_connection", "of this for a connection",
                .number(added > 0 ? Double(added) / Double(max(1, topology.clients.count + options.idle)) : nil))
        }
    }

    /// From before the warm-up to the end of it all.
    private func add(_ report: inout Report, _ metrics: BrokerMetrics?) {
        report.add("broker_paused_seconds", "broker paused clients, s in all", .number(metrics?.pausedSeconds))
        report.add("broker_dropped", "broker dropped, in all", .number(metrics?.droppedMessages))
    }
}
