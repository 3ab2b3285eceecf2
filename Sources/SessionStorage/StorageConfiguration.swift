package import BrokerCore

/// What is kept through restarts, and how.
package struct StorageConfiguration: Sendable, Equatable {
    /// Where something is kept, in HiveMQ's words.
    package enum Mode: String, Sendable, CaseIterable {
        case file
        case inMemory = "in-memory"
    }

    /// When what was written is safe from a loss of power.
    package enum Durability: String, Sendable, CaseIterable {
        /// Before it is acknowledged.
        case always
        /// A moment later, see ``StorageConfiguration/syncIntervalMilliseconds``; the end of the process loses nothing.
        case interval
        /// Nothing is written at all.
        case memory
    }

    package var mode = Mode.file
    package var retainedMessages = Mode.file
    package var sessions = Mode.file
    package var queuedMessages = Mode.file
    package var durability = Durability.always
    package var syncIntervalMilliseconds = 1_000
    /// Bytes of the database and its log at which QoS 1 and 2 messages are refused; 0 for no limit.
    package var maximumBytes = 0
    /// Bytes left in the file system below which they are refused.
    package var minimumFreeBytes = 256 << 20
    /// Seconds that clients have to return in after a restart before their wills are published.
    package var willGraceSeconds: UInt32 = 30
    /// Bytes of the database that are kept in memory.
    package var cacheBytes = 32 << 20

    /// The defaults: everything is kept, and safe before it is acknowledged.
    package init() {}

    /// What is kept; messages only with the sessions that they wait for.
    package var kinds: StoredKinds {
        guard mode == .file, durability != .memory else { return StoredKinds(sessions: false, retained: false) }
        return StoredKinds(
            sessions: sessions == .file, messages: sessions == .file && queuedMessages == .file,
            retained: retainedMessages == .file)
    }

    /// The limits of what the storage may take.
    package var limits: StorageLimits {
        StorageLimits(maximumBytes: maximumBytes, minimumFreeBytes: minimumFreeBytes)
    }

    /// The options of the database.
    package func options(identitySeed: UInt64) -> StorageOptions {
        StorageOptions(
            durability: durability == .interval ? .interval : .always, cacheBytes: cacheBytes,
            identitySeed: identitySeed)
    }
}
