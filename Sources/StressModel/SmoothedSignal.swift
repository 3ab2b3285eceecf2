import BrokerValues

/// One signal over time: single spikes removed, then smoothed.
///
/// The median of the last three readings goes into a filter of first order whose step depends on the time that has
/// passed, so late or missed evaluations do not change its speed. It follows upwards faster than downwards.
struct SmoothedSignal: Sendable {
    /// From 0 to 1.
    private(set) var ratio = 0.0
    /// The two readings before the newest one. They begin at 0: the first reading of all may be a spike, too.
    private var previous = 0.0
    private var beforePrevious = 0.0
    private var missingSince: Instant?

    /// Takes a reading, `step` milliseconds after the one before.
    mutating func take(_ reading: Double, step: UInt64, at now: Instant) {
        if let since = missingSince {
            missingSince = nil
            // What was seen so long ago says nothing about now.
            if now >= since.advanced(byMilliseconds: StressModel.forgetAfterMilliseconds) { self = SmoothedSignal() }
        }
        let median = max(min(previous, reading), min(max(previous, reading), beforePrevious))
        beforePrevious = previous
        previous = reading
        let constant = median > ratio ? StressModel.riseMilliseconds : StressModel.fallMilliseconds
        // The exact solution has an exponential here; this one needs no library, and lies below it, never above.
        ratio += (median - ratio) * Double(step) / (constant + Double(step))
    }

    /// There was no reading. A short gap is bridged when the signal comes back.
    mutating func miss(at now: Instant) { missingSince = missingSince ?? now }

    /// Whether the last evaluation had a reading.
    var isPresent: Bool { missingSince == nil }
}
