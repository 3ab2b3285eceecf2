import BrokerValues
import Synchronization

/// The scenario of ``HeavyCommand``.
struct HeavyScenario {
    let options: HeavyCommand

    /// Counts at one moment.
    private struct Mark {
        let time = MonotonicClock.now()
        let sent: Int
        let delivered: Int
        let cpu: Int

        init(_ control: FanOutControl, _ broker: BrokerProcess?) throws(BenchError) {
            sent = control.sent.load(ordering: .relaxed)
            delivered = control.delivered.load(ordering: .relaxed)
            cpu = try broker?.cpuTime() ?? 0
        }
    }

    func run() throws(BenchError) -> Report {
        let broker = try options.target.broker()
        try Sockets.needDescriptors(options.subscribers + options.light + 1)
        let (pulsePlan, fanOutPlan) = try connect()
        let pulse = PulseControl()
        let fanOut = FanOutControl()
        let meter = try Worker(.measuring) { () throws(BenchError) in
            try PulseMeter.run(pulsePlan, pulse)
        }
        let load = try Worker(.bulk(niceness: 10)) { () throws(BenchError) in try FanOutLoad.run(fanOutPlan, fanOut)
        }

        // One interval first: every light client has then sent a message.
        MonotonicClock.sleep(nanoseconds: options.interval * MonotonicClock.millisecond)
        pulse.phase = .unloaded
        MonotonicClock.sleep(nanoseconds: options.unloaded * MonotonicClock.second)
        pulse.phase = .uncounted
        fanOut.publishes.store(true, ordering: .relaxed)
        MonotonicClock.sleep(nanoseconds: options.warmup * MonotonicClock.second)
        let before = try Mark(fanOut, broker)
        pulse.phase = .loaded
        MonotonicClock.sleep(nanoseconds: options.duration * MonotonicClock.second)
        let after = try Mark(fanOut, broker)
        pulse.phase = .finishing
        fanOut.publishes.store(false, ordering: .relaxed)
        pulse.awaitArrivals(seconds: options.drain)
        let waited = MonotonicClock.now() - after.time
        awaitDeliveries(fanOut)
        pulse.phase = .stopped
        let result = try meter.join()
        fanOut.isStopped.store(true, ordering: .relaxed)
        try load.join()
        return report(result, fanOut, before, after, waited)
    }

    /// Waits until the subscribers have everything, or nothing more comes for a second.
    private func awaitDeliveries(_ control: FanOutControl) {
        let deadline = MonotonicClock.now() + options.drain * MonotonicClock.second
        var seen = -1
        while seen != control.delivered.load(ordering: .relaxed), undelivered(control) > 0,
            MonotonicClock.now() < deadline
        {
            seen = control.delivered.load(ordering: .relaxed)
            MonotonicClock.sleep(nanoseconds: MonotonicClock.second)
        }
    }

    /// Messages that subscribers should have got and have not.
    private func undelivered(_ control: FanOutControl) -> Int {
        max(0, control.sent.load(ordering: .relaxed) * options.subscribers - control.delivered.load(ordering: .relaxed))
    }

    private func connect() throws(BenchError) -> (PulsePlan, FanOutPlan) {
        let target = options.target
        let endpoint = try target.endpoint()
        let prefix = "skepbench/\(TargetOptions.runName)"
        var lightPlan = try target.plan(options.light, "l", to: endpoint)
        lightPlan.filter = { "\(prefix)/light/\($0)" }
        lightPlan.filterQoS = .atLeastOnce
        var subscriberPlan = try target.plan(options.subscribers, "s", to: endpoint)
        subscriberPlan.filter = { _ in "\(prefix)/heavy" }
        let light = try Connector.run(lightPlan).descriptors
        let subscribers = try Connector.run(subscriberPlan).descriptors
        let outcome = try Connector.run(try target.plan(1, "h", to: endpoint))
        let heavy = outcome.descriptors
        return (
            PulsePlan(
                descriptors: light, encoder: target.encoder, topicPrefix: "\(prefix)/light/", qos: .atLeastOnce,
                payloadSize: options.payload, interval: options.interval * MonotonicClock.millisecond),
            FanOutPlan(
                publisher: heavy.first ?? -1, subscribers: subscribers, encoder: target.encoder,
                topic: "\(prefix)/heavy", qos: options.qos == 0 ? .atMostOnce : .atLeastOnce,
                window: min(options.window, outcome.limits.receiveMaximum), payloadSize: options.payload)
        )
    }

    private func report(
        _ result: PulseResult, _ control: FanOutControl, _ before: Mark, _ after: Mark, _ waited: Int
    ) -> Report {
        let seconds = Double(after.time - before.time) / 1e9
        let sent = after.sent - before.sent
        let delivered = after.delivered - before.delivered
        var report = Report(
            scenario: "heavy",
            title: "\(options.light) light clients beside 1 heavy one with \(options.subscribers) subscribers "
                + "(QoS \(options.qos), \(options.payload) bytes, \(options.duration) s)")
        report.add("light_unloaded", "light, unloaded", .latency(result.unloaded.latency))
        report.add("light_loaded", "light, loaded", .latency(result.loaded.latency))
        let ratio: Double? =
            if let high = result.loaded.latency.quantile(0.99), let low = result.unloaded.latency.quantile(0.99) {
                Double(high) / Double(max(1, low))
            } else { nil }
        report.add("light_p99_ratio", "ratio of the p99", .number(ratio))
        report.add(
            "light_missing", "light messages that never came", .count(result.unloaded.missing + result.loaded.missing))
        report.add("light_closed", "light clients that were closed", .count(result.closed))
        report.add("heavy_published", "heavy client publishes", .rate(Double(sent) / seconds))
        report.add("heavy_delivered", "deliveries to its subscribers", .rate(Double(delivered) / seconds))
        report.add("heavy_undelivered", "messages that subscribers never got", .count(undelivered(control)))
        report.add(
            "heavy_subscribers_closed", "subscribers that were closed",
            .count(control.closedSubscribers.load(ordering: .relaxed)))
        report.add(
            "heavy_closed", "heavy client was closed",
            .text(control.publisherIsClosed.load(ordering: .relaxed) ? "yes" : "no"))
        if options.target.pid != nil {
            let cpu = after.cpu - before.cpu
            report.add("broker_cpu_cores", "broker's CPU, cores", .number(Double(cpu) / 1e9 / seconds))
            let messages = sent + delivered + 2 * result.loaded.sent
            report.add(
                "broker_cpu_us_per_message", "broker's CPU a message in or out, us",
                .number(messages > 0 ? Double(cpu) / 1e3 / Double(messages) : nil))
        }
        report.add("waited", "waited for the last messages", .duration(waited))
        report.addLateness(result)
        return report
    }
}
