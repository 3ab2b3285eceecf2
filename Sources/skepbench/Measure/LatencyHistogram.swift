import Histogram

/// Nanoseconds in an HdrHistogram: every quantile is exact to 0.1%, and nothing is allocated for an observation.
///
/// The range ends at an hour; what took longer counts as an hour, but for ``maximum``, which is exact.
struct LatencyHistogram: Sendable {
    private static let longest: UInt64 = 3_600 * UInt64(MonotonicClock.second)

    // 256 KB; made with the first observation, so that the many scenarios that measure little stay small.
    private var histogram: Histogram<UInt64>?
    /// The greatest observation, exactly; 0 if there was none.
    private(set) var maximum = 0

    /// Observations.
    var count: Int { histogram.map { Int(clamping: $0.totalCount) } ?? 0 }

    /// Counts an observation; a negative one, which a clock cannot give, counts as 0.
    @inline(__always)
    mutating func record(_ value: Int) {
        if histogram == nil { histogram = Self.empty }
        histogram?.record(min(UInt64(clamping: value), Self.longest))
        if value > maximum { maximum = value }
    }

    /// Adds the observations of another.
    mutating func add(_ other: LatencyHistogram) {
        guard let more = other.histogram else { return }
        if histogram == nil { histogram = Self.empty }
        histogram?.add(more)
        maximum = max(maximum, other.maximum)
    }

    /// The number that a share (0 to 1) of the observations does not exceed; nil if there was none.
    func quantile(_ share: Double) -> Int? {
        guard let histogram, count > 0 else { return nil }
        return min(maximum, Int(clamping: histogram.valueAtPercentile(share * 100)))
    }

    private static var empty: Histogram<UInt64> {
        // From a power of two on, below which there is nothing to tell apart: 0.1 us.
        Histogram(lowestDiscernibleValue: 64, highestTrackableValue: longest, numberOfSignificantValueDigits: .three)
    }
}
