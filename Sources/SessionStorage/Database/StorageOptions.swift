/// How the database is kept.
package struct StorageOptions: Sendable {
    /// When a commit is safe from a loss of power. One that was made is always safe from the end of the process.
    package enum Durability: Sendable, Equatable {
        /// When it is made.
        case always
        /// After the next ``StorageDatabase/sync()``.
        case interval
    }

    package var durability: Durability
    /// Bytes of the file that are kept in memory.
    package var cacheBytes: Int
    /// Bytes of the write-ahead log from which on a checkpoint is due.
    package var checkpointBytes: Int
    /// The broker's seed of hashes, for the identities of publishers.
    package var identitySeed: UInt64
    /// Layer of SQLite that files are read and written through; nil for the system's own.
    package var vfs: String?

    /// The options with what suits most.
    package init(
        durability: Durability = .always, cacheBytes: Int = 32 << 20, checkpointBytes: Int = 16 << 20,
        identitySeed: UInt64 = 0, vfs: String? = nil
    ) {
        self.durability = durability
        self.cacheBytes = cacheBytes
        self.checkpointBytes = checkpointBytes
        self.identitySeed = identitySeed
        self.vfs = vfs
    }
}
