/// What the database itself limits.
enum StorageBounds {
    /// SQLite's numbers are signed.
    static let greatestNumber = UInt64(Int64.max)
    /// The year 4199: a later stamp in a file was never written by this program. Keeps sums of stamps far from overflow.
    static let greatestStamp: UInt64 = 1 << 46
    /// Entries of all queues together that a start can keep apart; 64 GB of them.
    static let mostEntries = UInt32.max - 1
    /// Faults that a report describes; more are counted.
    static let describedFaults = 20
    /// Messages that one step of a start reads, and may delete.
    static let recoveryStep = 4096
    /// Sessions that are handed over at once.
    static let sessionStep = 256
}
