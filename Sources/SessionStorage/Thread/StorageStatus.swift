/// What operators see of the storage.
package struct StorageStatus: Sendable, Equatable {
    /// Batches and questions that wait for the thread, or that it works on.
    package var tasks = 0
    /// Whether the thread is at work.
    package var isBusy = false
    /// Whether the last attempt to write has succeeded.
    package var isWriting = true
    /// Whether database or file system are at their limit.
    package var isFull = false
    package var rows = StorageRows()
    package var space = StorageSpace()
    /// Since the start.
    package var rowsWritten = 0
    package var bytesWritten = 0
    package var writeFailures = 0
    package var damagedRecords = 0
    /// What was found at the start, and how many seconds that took.
    package var recovery = RecoveryReport()
    package var recoverySeconds = 0.0

    /// Nothing known yet.
    package init() {}
}

/// Something about the storage that operators should know.
package enum StorageEvent: Sendable {
    /// A batch could not be written; it is tried again.
    case writeFailed(StorageFailure)
    /// Batches are written again, after so many seconds.
    case writesAgain(seconds: Double)
    /// The limit of the database's size or of the space that must be left is reached, or no more so.
    case fullnessChanged(isFull: Bool, StorageSpace)
    /// Something besides a write has failed; nothing is lost.
    case failed(StorageFailure)
}

/// The limits of what the storage may take.
package struct StorageLimits: Sendable, Equatable {
    /// Bytes of the database and its log; 0 for no limit.
    package var maximumBytes = 0
    /// Bytes that must be left in the file system.
    package var minimumFreeBytes = 0

    /// No limits.
    package init(maximumBytes: Int = 0, minimumFreeBytes: Int = 0) {
        self.maximumBytes = maximumBytes
        self.minimumFreeBytes = minimumFreeBytes
    }

    /// Whether a limit is reached. Once it is, a little more room than that must be there before it no longer is.
    func isReached(_ space: StorageSpace, wasReached: Bool) -> Bool {
        let used = space.fileBytes + space.logBytes - space.unusedBytes
        let maximum = wasReached ? maximumBytes / 20 * 19 : maximumBytes
        let minimum = wasReached ? minimumFreeBytes / 10 * 11 : minimumFreeBytes
        return maximumBytes > 0 && used >= maximum || Int(clamping: space.freeBytes ?? .max) < minimum
    }
}
