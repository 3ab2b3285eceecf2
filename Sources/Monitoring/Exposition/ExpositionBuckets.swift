import MetricCatalog

/// The buckets that the text formats show: powers of two, since those are bounds of ``LogLinearBuckets``, so that every
/// observation is counted exactly.
enum ExpositionBuckets {
    /// 8 microseconds to 8.6 seconds, in nanoseconds.
    static let durations = (13...33).map { 1 << $0 }
    /// 16 bytes to 16 MiB.
    static let sizes = stride(from: 4, through: 24, by: 2).map { 1 << $0 }

    /// How many observations lie below each bound.
    static func cumulative(_ counts: HistogramCounts, bounds: [Int]) -> [Int] {
        var result: [Int] = []
        var sum = 0
        var index = 0
        for bound in bounds {
            while index < counts.buckets.count, LogLinearBuckets.upperBound(of: index) <= bound {
                sum += counts.buckets[index]
                index += 1
            }
            result.append(sum)
        }
        return result
    }
}
