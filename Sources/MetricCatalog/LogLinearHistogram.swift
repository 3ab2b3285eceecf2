import Synchronization

/// What the shards measure in histograms.
package enum ShardHistogram: Int, Sendable, Hashable, CaseIterable {
    // In nanoseconds.
    case receiveToRoute, receiveToWritten, publishToAcknowledgement, loopLag, tickLength, commit
    // In bytes.
    case packetSizeReceived, packetSizeSent, publishSizeReceived, publishSizeSent, retainedSize
    // In changes.
    case batchSize
}

/// The buckets of all histograms: below 8 one bucket for each number, above that eight for each power of two, so that a
/// bucket is at most an eighth wide. Numbers from 2^40 on (18 minutes in nanoseconds, a terabyte) share the last one.
package enum LogLinearBuckets {
    private static let largestExponent = 40
    /// Buckets.
    package static let count = 8 + (largestExponent - 3) * 8 + 1

    /// The bucket that a number falls into; negative numbers fall into the first.
    @inline(__always)
    package static func index(of value: Int) -> Int {
        if value < 8 { return max(0, value) }
        let exponent = Int.bitWidth &- 1 &- value.leadingZeroBitCount
        if exponent >= largestExponent { return count &- 1 }
        return 8 &+ (exponent &- 3) &* 8 &+ ((value &>> (exponent &- 3)) & 7)
    }

    /// The smallest number that is above a bucket; `Int.max` for the last.
    package static func upperBound(of index: Int) -> Int {
        if index < 8 { return index + 1 }
        if index >= count - 1 { return .max }
        let exponent = (index - 8) / 8 + 3
        return (1 << exponent) + ((index - 8) % 8 + 1) << (exponent - 3)
    }

    /// The number that stands for a bucket: itself where it is one number, its middle otherwise; for the last, where it
    /// begins.
    static func middle(of index: Int) -> Double {
        let upper = upperBound(of: index)
        let lower = index == 0 ? 0 : upperBound(of: index - 1)
        return index < 8 || upper == .max ? Double(lower) : Double(lower) + Double(upper - lower) / 2
    }
}

/// Counts of one histogram as a reader has summed them.
package struct HistogramCounts: Sendable, Hashable {
    package var buckets = [Int](repeating: 0, count: LogLinearBuckets.count)
    package var sum = 0

    /// All empty.
    package init() {}

    /// Counts an observation.
    package mutating func observe(_ value: Int) {
        buckets[LogLinearBuckets.index(of: value)] += 1
        sum = sum &+ max(0, value)
    }

    /// How many observations there were.
    package var count: Int { buckets.reduce(0, +) }

    /// The number below which a share of the observations lies, within an eighth; nil if there was none.
    package func quantile(_ share: Double) -> Double? {
        let total = count
        guard total > 0 else { return nil }
        let rank = max(1, Int((Double(total) * share).rounded(.up)))
        var seen = 0
        for (index, bucket) in buckets.enumerated() where bucket > 0 {
            seen += bucket
            if seen >= rank { return LogLinearBuckets.middle(of: index) }
        }
        return nil
    }

    /// The mean of the observations; 0 without any.
    package var mean: Double { count > 0 ? Double(sum) / Double(count) : 0 }

    /// The standard deviation of the observations, within an eighth; 0 for less than two.
    package var standardDeviation: Double {
        let (total, mean) = (count, mean)
        guard total > 1 else { return 0 }
        let squares = buckets.enumerated().reduce(0.0) { sum, bucket in
            guard bucket.element > 0 else { return sum }
            let distance = LogLinearBuckets.middle(of: bucket.offset) - mean
            return sum + Double(bucket.element) * distance * distance
        }
        return (squares / Double(total - 1)).squareRoot()
    }

    /// The observations of both.
    package func merged(with other: HistogramCounts) -> HistogramCounts {
        var both = self
        for index in buckets.indices { both.buckets[index] += other.buckets[index] }
        both.sum = sum &+ other.sum
        return both
    }

    /// What was observed since an earlier reading of the same histogram.
    package func since(_ earlier: HistogramCounts) -> HistogramCounts {
        var difference = self
        for index in buckets.indices { difference.buckets[index] = max(0, buckets[index] - earlier.buckets[index]) }
        difference.sum = max(0, sum - earlier.sum)
        return difference
    }
}

/// One histogram: a single writer, any reader, memory from the first observation on (2.5 KB).
///
/// Safe: the memory is published with release and read with acquire, all of it is atomic, and it is freed with the
/// histogram.
@safe struct LogLinearHistogram: ~Copyable {
    /// Buckets, and the sum behind them; nil before the first observation.
    private let memory = unsafe Atomic<UnsafeMutablePointer<Atomic<Int>>?>(nil)

    init() {}

    deinit {
        guard let cells = unsafe memory.load(ordering: .acquiring) else { return }
        unsafe cells.deinitialize(count: LogLinearBuckets.count + 1)
        unsafe cells.deallocate()
    }

    func observe(_ value: Int) {
        let cells = unsafe memory.load(ordering: .relaxed) ?? allocate()
        unsafe Self.add(cells + LogLinearBuckets.index(of: value), 1)
        unsafe Self.add(cells + LogLinearBuckets.count, max(0, value))
    }

    private func allocate() -> UnsafeMutablePointer<Atomic<Int>> {
        let cells = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: LogLinearBuckets.count + 1)
        for index in 0...LogLinearBuckets.count { unsafe (cells + index).initialize(to: Atomic(0)) }
        unsafe memory.store(cells, ordering: .releasing)
        return unsafe cells
    }

    private static func add(_ cell: UnsafeMutablePointer<Atomic<Int>>, _ amount: Int) {
        let sum = unsafe cell.pointee.load(ordering: .relaxed) &+ amount
        unsafe cell.pointee.store(sum, ordering: .relaxed)
    }

    func read(into counts: inout HistogramCounts) {
        guard let cells = unsafe memory.load(ordering: .acquiring) else { return }
        for index in 0..<LogLinearBuckets.count {
            counts.buckets[index] += unsafe cells[index].load(ordering: .relaxed)
        }
        let sum = unsafe cells[LogLinearBuckets.count].load(ordering: .relaxed)
        counts.sum = counts.sum &+ sum
    }
}
