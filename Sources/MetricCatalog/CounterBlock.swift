import Synchronization

/// The counters and histograms of one shard.
///
/// One thread writes, any thread reads: an addition is a relaxed load and a relaxed store, so it costs what a plain
/// addition costs, and a reader sees each number whole and at most a moment old. Numbers of one moment do not belong
/// together exactly: a reader may see a message received that is not counted as sent yet.
///
/// Safe (unchecked Sendable): all memory is atomic and lives as long as the block; `add` is called by one thread only.
@safe package final class CounterBlock: @unchecked Sendable {
    private let slots: UnsafeMutablePointer<Atomic<Int>>
    /// Slots, those of the listeners included.
    package let count: Int
    private let histograms: UnsafeMutablePointer<LogLinearHistogram>

    /// - Parameter listeners: how many there are.
    package init(listeners: Int = 0) {
        count = ShardCounters.fixedCount + listeners * ShardCounters.slotsPerListener
        unsafe slots = .allocate(capacity: count)
        for index in 0..<count { unsafe (slots + index).initialize(to: Atomic(0)) }
        let kinds = ShardHistogram.allCases.count
        unsafe histograms = .allocate(capacity: kinds)
        for index in 0..<kinds { unsafe (histograms + index).initialize(to: LogLinearHistogram()) }
    }

    deinit {
        // Safe: nobody has a reference to the block any more, so nobody reads.
        unsafe slots.deinitialize(count: count)
        unsafe slots.deallocate()
        unsafe histograms.deinitialize(count: ShardHistogram.allCases.count)
        unsafe histograms.deallocate()
    }

    /// Adds to a counter, or to a gauge, where `amount` may be negative. Returns the new value.
    @inline(__always)
    @discardableResult
    package func add(_ slot: Int, _ amount: Int = 1) -> Int {
        assert(slot >= 0 && slot < count)
        // Safe: slots are numbered by ShardCounters, whose numbers a test holds against `count`.
        let sum = unsafe slots[slot].load(ordering: .relaxed) &+ amount
        unsafe slots[slot].store(sum, ordering: .relaxed)
        return sum
    }

    /// Adds to a family of one slot.
    @inline(__always)
    package func add(_ family: CounterFamily, _ amount: Int = 1) { add(family.base, amount) }

    /// Sets a gauge.
    @inline(__always)
    package func set(_ family: CounterFamily, _ value: Int) {
        // Safe: as in `add`.
        unsafe slots[family.base].store(value, ordering: .relaxed)
    }

    /// What a slot holds; from any thread.
    package subscript(slot: Int) -> Int {
        precondition(slot >= 0 && slot < count)
        return unsafe slots[slot].load(ordering: .relaxed)
    }

    /// Counts an observation.
    package func observe(_ histogram: ShardHistogram, _ value: Int) {
        // Safe: there is one for each case.
        unsafe histograms[histogram.rawValue].observe(value)
    }

    /// Adds what a histogram holds to a sum of several; from any thread.
    package func read(_ histogram: ShardHistogram, into counts: inout HistogramCounts) {
        unsafe histograms[histogram.rawValue].read(into: &counts)
    }
}
