import BrokerValues

/// The scenario of ``StormCommand``.
struct StormScenario {
    let options: StormCommand

    func run() throws(BenchError) -> Report {
        let target = options.target
        let broker = try target.broker()
        try Sockets.needDescriptors(options.settled + options.clients)
        let endpoint = try target.endpoint()
        let prefix = "\(TargetOptions.topicPrefix)settled/"
        var settledPlan = try target.plan(options.settled, "k", to: endpoint)
        settledPlan.filter = { "\(prefix)\($0)" }
        settledPlan.filterQoS = .atLeastOnce
        let pulsePlan = PulsePlan(
            descriptors: try Connector.run(settledPlan).descriptors, encoder: target.encoder, topicPrefix: prefix,
            qos: .atLeastOnce, payloadSize: options.payload, interval: options.interval * MonotonicClock.millisecond)
        let stormPlan = try plan(endpoint)

        let pulse = PulseControl()
        let meter = try Worker(.measuring) { () throws(BenchError) in
            try PulseMeter.run(pulsePlan, pulse)
        }
        // One interval first: each of the settled has then sent a message.
        MonotonicClock.sleep(nanoseconds: options.interval * MonotonicClock.millisecond)
        pulse.phase = .unloaded
        MonotonicClock.sleep(nanoseconds: options.before * MonotonicClock.second)
        let cpuBefore = try broker?.cpuTime()
        pulse.phase = .loaded
        let storm = try Worker(.bulk(niceness: 5)) { () throws(BenchError) in try Connector.run(stormPlan) }
        let outcome = try storm.join()
        let cpuAfter = try broker?.cpuTime()
        pulse.phase = .finishing
        pulse.awaitArrivals(seconds: 10)
        pulse.phase = .stopped
        let result = try meter.join()
        Sockets.closeAll(outcome.descriptors)
        let cpu: Int? = if let cpuBefore, let cpuAfter { cpuAfter - cpuBefore } else { nil }
        return report(outcome, result, cpu)
    }

    private func plan(_ endpoint: Endpoint) throws(BenchError) -> ConnectPlan {
        var plan = try options.target.plan(options.clients, "c", to: endpoint)
        plan.atOnce = options.atOnce == 0 ? options.clients : options.atOnce
        plan.retries = options.retries
        plan.timeLimit = options.timeLimit * MonotonicClock.second
        plan.needsAll = false
        return plan
    }

    private func report(_ outcome: ConnectOutcome, _ result: PulseResult, _ cpu: Int?) -> Report {
        let time = outcome.lastAcceptedAt - outcome.startedAt
        var report = Report(
            scenario: "storm", title: "\(options.clients) clients connect beside \(options.settled) that are connected")
        report.add("accepted", "let in", .count(outcome.accepted))
        report.add("last_accepted_after", "last one let in after", .duration(outcome.accepted > 0 ? time : nil))
        report.add(
            "accepted", "let in, on average", .rate(time > 0 ? Double(outcome.accepted) / (Double(time) / 1e9) : 0))
        report.add(
            "accepted_each_second", "let in, second by second", .series(Self.sums(of: outcome.timeline, by: 10)))
        report.add(
            "accepted_each_100ms_at_most", "let in, most within 100 ms", .count(outcome.timeline.max() ?? 0))
        report.add("connect_time", "from first attempt to CONNACK", .latency(outcome.times))
        report.add("refused", "refused by CONNACK", .count(outcome.refused))
        report.add("closed_early", "closed before CONNACK", .count(outcome.closedEarly))
        report.add("unreachable", "could not connect", .count(outcome.unreachable))
        report.add("retries", "further attempts", .count(outcome.retries))
        report.add("given_up", "not let in to the end", .count(outcome.givenUp))
        report.add("lost_afterwards", "let in and closed later", .count(outcome.lostAfterwards))
        if let fault = outcome.firstFault { report.add("first_fault", "first fault", .text("\(fault)")) }
        report.add("settled_before", "settled, before", .latency(result.unloaded.latency))
        report.add("settled_during", "settled, during", .latency(result.loaded.latency))
        report.add(
            "settled_missing", "settled, messages that never came",
            .count(result.unloaded.missing + result.loaded.missing))
        report.add("settled_closed", "settled, closed", .count(result.closed))
        if let cpu {
            report.add(
                "broker_cpu_us_per_client", "broker's CPU a client let in, us",
                .number(outcome.accepted > 0 ? Double(cpu) / 1e3 / Double(outcome.accepted) : nil))
        }
        report.addLateness(result)
        return report
    }

    /// Adds up neighbours, so many at a time.
    static func sums(of counts: [Int], by step: Int) -> [Int] {
        stride(from: 0, to: counts.count, by: step).map { start in
            counts[start..<min(counts.count, start + step)].reduce(0, +)
        }
    }
}
