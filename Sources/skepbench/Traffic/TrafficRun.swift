import Synchronization

/// The running threads of a ``TrafficPlan``.
struct TrafficRun {
    let control = TrafficControl()
    private let workers: [Worker<TrafficFigures>]
    private let publisherCount: Int
    /// Nanoseconds after the last message in which deliveries are waited for, however many still come.
    private static let longestDrain = 60 * MonotonicClock.second

    /// Starts them; clients are shared out evenly.
    init(_ plan: TrafficPlan, threads: Int) throws(BenchError) {
        var workers: [Worker<TrafficFigures>] = []
        for number in 0..<threads {
            let part = plan.part(number, of: threads)
            let control = control
            workers.append(
                try Worker(.normal) { () throws(BenchError) in
                    do throws(BenchError) { return try TrafficLoop.run(part, control) } catch {
                        // The scenario must not wait for what will not come.
                        control.hasFailed.store(true, ordering: .relaxed)
                        throw error
                    }
                })
        }
        self.workers = workers
        publisherCount = plan.publishers.count
    }

    /// Waits so long, or until a thread has failed; `tick` is called about every 100 ms.
    func wait(nanoseconds: Int, _ tick: (Int) throws(BenchError) -> Void = { _ in }) throws(BenchError) {
        let end = MonotonicClock.now() + nanoseconds
        while true {
            let now = MonotonicClock.now()
            if now >= end || mustEnd || Interrupt.isSet { return }
            MonotonicClock.sleep(nanoseconds: min(end - now, Self.step))
            try tick(MonotonicClock.now())
        }
    }

    /// Ends the sending, and waits until all deliveries have come or none has for so long.
    func drain(patience: Int) {
        control.phase = .draining
        let end = MonotonicClock.now() + Self.longestDrain
        settle(patience: patience) {
            $0.drained.load(ordering: .acquiring) == workers.count && $0.underWay <= 0 || MonotonicClock.now() > end
        }
    }

    /// Whether nothing will come of it any more: a thread has failed, or all that publish were disconnected.
    private var mustEnd: Bool {
        control.hasFailed.load(ordering: .relaxed)
            || publisherCount > 0 && control.closedPublishers.load(ordering: .relaxed) >= publisherCount
    }

    /// Waits until `isDone`, or until nothing has moved for so long.
    func settle(patience: Int, until isDone: (TrafficControl) -> Bool) {
        var last = -1
        var since = MonotonicClock.now()
        while !isDone(control), !control.hasFailed.load(ordering: .relaxed), !Interrupt.isSet {
            let moved = control.received.load(ordering: .relaxed) &+ control.acknowledged.load(ordering: .relaxed)
            let now = MonotonicClock.now()
            if moved != last {
                last = moved
                since = now
            } else if now - since > patience {
                return
            }
            MonotonicClock.sleep(nanoseconds: 2 * MonotonicClock.millisecond)
        }
    }

    /// Ends the threads and puts together what they have measured.
    func finish() throws(BenchError) -> TrafficFigures {
        control.phase = .stopped
        var sum = TrafficFigures()
        var failure: BenchError?
        for worker in workers {
            do throws(BenchError) {
                let figures = try worker.join()
                sum.latency.add(figures.latency)
                sum.lateness.add(figures.lateness)
                sum.cpu += figures.cpu
            } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        return sum
    }

    private static let step = 100 * MonotonicClock.millisecond
}
