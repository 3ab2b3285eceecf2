import Synchronization

extension PulseControl {
    /// Waits until no message is under way, at most this long.
    func awaitArrivals(seconds: Int) {
        let deadline = MonotonicClock.now() + seconds * MonotonicClock.second
        while underWay.load(ordering: .relaxed) > 0, MonotonicClock.now() < deadline {
            MonotonicClock.sleep(nanoseconds: 5 * MonotonicClock.millisecond)
        }
    }
}

extension Report {
    /// By how much the generator itself was late: if that is near a latency, the machine was too small for the run.
    mutating func addLateness(_ result: PulseResult) {
        add("generator_late_unloaded", "generator late, unloaded", .latency(result.unloaded.lateness))
        add("generator_late_loaded", "generator late, loaded", .latency(result.loaded.lateness))
    }
}
