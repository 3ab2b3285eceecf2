import BrokerValues
import Synchronization

/// A number of messages that were moved as fast as the broker does it, and what that took.
struct Job: Sendable {
    /// Messages that were acknowledged or received.
    let count: Int
    /// Nanoseconds.
    let time: Int
    /// The broker's, in nanoseconds; nil if nobody knows its process.
    let cpu: Int?
    /// The broker's CPU for each message of the first and of the second half, in nanoseconds; nil if the job was too
    /// short to tell.
    let halves: (first: Int, second: Int)?

    /// Clients that publish.
    static let publishers = 10
    /// Messages that each of them has in flight.
    private static let window = 100
    /// Nanoseconds without progress after which what has not come is taken for lost.
    private static let patience = 5 * MonotonicClock.second

    /// Publishes so many rounds over all topics and waits for every acknowledgement.
    static func publish(
        topics: [String], rounds: Int, payload: Int, _ qos: QualityOfService, isRetained: Bool,
        _ target: TargetOptions, _ endpoint: Endpoint, _ broker: BrokerProcess?
    ) throws(BenchError) -> Job {
        let outcome = try Connector.run(try target.plan(min(publishers, topics.count), "p", to: endpoint))
        let count = outcome.descriptors.count
        var plan = TrafficPlan(encoder: target.encoder, pace: .window(window), limits: outcome.limits)
        plan.descriptors = outcome.descriptors
        plan.publishers = (0..<count).map { number in
            let own = stride(from: number, to: topics.count, by: count).map { topics[$0] }
            return TrafficPlan.Publisher(
                client: number, topics: own, qos: qos, payloadSize: payload, receivers: 0, isRetained: isRetained,
                total: own.count * rounds)
        }
        let job = try run(plan, count: topics.count * rounds, broker) { $0.acknowledged.load(ordering: .relaxed) }
        Sockets.closeAll(outcome.descriptors)
        guard job.count >= topics.count * rounds || Interrupt.isSet else {
            throw BenchError(
                .refused, "The broker acknowledged \(job.count) of \(topics.count * rounds) messages, and then no more")
        }
        return job
    }

    /// Waits until so many messages have come, or no more do.
    static func receive(_ plan: TrafficPlan, count: Int, _ broker: BrokerProcess?) throws(BenchError) -> Job {
        try run(plan, count: count, broker) { $0.received.load(ordering: .relaxed) }
    }

    private static func run(
        _ plan: TrafficPlan, count: Int, _ broker: BrokerProcess?, _ done: (TrafficControl) -> Int
    ) throws(BenchError) -> Job {
        let start = MonotonicClock.now()
        let before = try broker?.cpuTime()
        let run = try TrafficRun(plan, threads: 1)
        var middle: (count: Int, cpu: Int)?
        var progress = Progress()
        var end = start
        var seen = 0
        run.settle(patience: patience) { control in
            let now = MonotonicClock.now()
            let moved = done(control)
            if moved > seen { (seen, end) = (moved, now) }
            if middle == nil, seen * 2 >= count, let cpu = try? broker?.cpuTime() { middle = (seen, cpu) }
            progress.show(at: now) { "\(Report.grouped(seen)) of \(Report.grouped(count))" }
            return seen >= count
        }
        progress.clear()
        let after = try broker?.cpuTime()
        let rejected = run.control.rejected.load(ordering: .relaxed)
        _ = try run.finish()
        if rejected > 0 {
            throw BenchError(.refused, "The broker rejected \(rejected) messages, clients or subscriptions")
        }
        let cpu: Int? = if let before, let after { after - before } else { nil }
        return Job(count: seen, time: end - start, cpu: cpu, halves: halves(before, middle, after, seen))
    }

    /// Looks are 2 ms apart, so the middle is where one was nearest behind it.
    private static func halves(
        _ before: Int?, _ middle: (count: Int, cpu: Int)?, _ after: Int?, _ count: Int
    ) -> (first: Int, second: Int)? {
        guard let before, let middle, let after, middle.count > 0, middle.count * 4 < count * 3 else { return nil }
        return ((middle.cpu - before) / middle.count, (after - middle.cpu) / (count - middle.count))
    }

    /// Adds its lines, with keys that begin so.
    func add(to report: inout Report, _ key: String, _ label: String) {
        report.add("\(key)_count", "\(label), messages", .count(count))
        report.add("\(key)_time", "\(label) in", .duration(time))
        report.add(key, "\(label), on average", .rate(Double(count) * 1e9 / Double(max(1, time))))
        guard let cpu else { return }
        report.add(
            "\(key)_broker_cpu_us_per_message", "\(label), broker's CPU a message, us",
            .number(Double(cpu) / 1e3 / Double(max(1, count))))
        guard let halves else { return }
        report.add(
            "\(key)_broker_cpu_us_first_half", "\(label), in the first half", .number(Double(halves.first) / 1e3))
        report.add(
            "\(key)_broker_cpu_us_second_half", "\(label), in the second half", .number(Double(halves.second) / 1e3))
    }
}
