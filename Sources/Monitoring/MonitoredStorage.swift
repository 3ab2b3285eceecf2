/// What monitoring has to know of the durable storage at one moment; monitoring names no storage itself.
package struct MonitoredStorage: Sendable, Hashable {
    /// Numbers by kind of what is stored, named as `MetricCatalog.storageKinds` names them.
    package typealias Counts = [String: Int]

    /// Batches and questions that wait for the storage's thread, or that it works on.
    package var tasks = 0
    /// Whether the thread is at work.
    package var isBusy = false
    /// Whether the last attempt to write has succeeded.
    package var isWriting = true
    /// Whether the database or its file system are at their limit.
    package var isFull = false
    package var rows: Counts = [:]
    /// Bytes of the database file, of its log, and of what the file holds without use.
    package var databaseBytes = 0
    package var logBytes = 0
    package var reusableBytes = 0
    /// Bytes that may still be written on the file system; nil if that does not say.
    package var availableBytes: UInt64?
    /// Since the start.
    package var rowsWritten = 0
    package var bytesWritten = 0
    package var writeFailures = 0
    package var damagedRecords = 0
    /// What was found at the start, and how many seconds that took.
    package var recovered: Counts = [:]
    package var recoverySeconds = 0.0

    /// An empty storage that works.
    package init() {}
}
