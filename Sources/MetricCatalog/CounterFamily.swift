/// A range of slots in a ``CounterBlock``: one counter, or one for each value of a label.
package struct CounterFamily: Sendable, Hashable {
    /// The first slot.
    package let base: Int
    /// Slots.
    package let count: Int

    init(base: Int, count: Int = 1) {
        self.base = base
        self.count = count
    }
}

/// The slots that every shard counts in. Numbers are fixed so that an addition on a message's path is three instructions.
///
/// A family with a label has its slots in the order of the label's values in ``MetricCatalog``.
package enum ShardCounters {
    // MARK: Packets
    /// By QoS. Counted here only, not among ``packetsReceived`` as well: a message's path adds as little as it can.
    package static let publishesReceived = CounterFamily(base: 0, count: 3)
    /// By QoS.
    package static let publishesSent = CounterFamily(base: 3, count: 3)
    /// By packet type's number; the slot of PUBLISH stays 0.
    package static let packetsReceived = CounterFamily(base: 6, count: 16)
    package static let packetsSent = CounterFamily(base: 22, count: 16)
    /// By packet type's number.
    package static let bytesReceived = CounterFamily(base: 38, count: 16)
    package static let bytesSent = CounterFamily(base: 54, count: 16)

    // MARK: Messages
    package static let retainedPublishesReceived = CounterFamily(base: 70)
    package static let retainedPublishesSent = CounterFamily(base: 71)
    package static let publishesResent = CounterFamily(base: 72)
    package static let pubrelsResent = CounterFamily(base: 73)
    package static let publishesUnmatched = CounterFamily(base: 74)
    /// By reason, then by QoS.
    package static let messagesDropped = CounterFamily(base: 75, count: 42)
    package static let willsPublished = CounterFamily(base: 117)
    package static let messagesQueued = CounterFamily(base: 118)
    package static let retainedStored = CounterFamily(base: 119)
    /// received set, received used, sent set, sent used.
    package static let topicAliases = CounterFamily(base: 120, count: 4)
    package static let matchCacheMisses = CounterFamily(base: 124)
    package static let publisherHolds = CounterFamily(base: 125)

    // MARK: Connections
    package static let connectsAccepted = CounterFamily(base: 126, count: 3)
    /// By ``ConnectRefusal``.
    package static let connectsRefused = CounterFamily(base: 129, count: 22)
    package static let socketsAccepted = CounterFamily(base: 151)
    package static let socketsClosedEarly = CounterFamily(base: 152)
    /// By cause.
    package static let disconnects = CounterFamily(base: 153, count: 10)
    package static let sessionsMoved = CounterFamily(base: 163)
    package static let sessionsEnded = CounterFamily(base: 164)
    /// accepted, refused, challenged, timed out.
    package static let authentications = CounterFamily(base: 165, count: 4)
    /// publish and subscribe, each allowed, refused, timed out.
    package static let authorizations = CounterFamily(base: 169, count: 6)

    // MARK: Gauges
    package static let socketsOpen = CounterFamily(base: 175)
    /// online, offline.
    package static let sessions = CounterFamily(base: 176, count: 2)
    package static let sessionsExpiring = CounterFamily(base: 178)
    package static let sessionsPersistentOnline = CounterFamily(base: 179)
    /// exact, wildcard, shared.
    package static let subscriptions = CounterFamily(base: 180, count: 3)
    package static let retainedMessages = CounterFamily(base: 183)
    package static let retainedBytes = CounterFamily(base: 184)
    package static let queuedMessages = CounterFamily(base: 185)
    package static let queuedBytes = CounterFamily(base: 186)
    package static let queuesHalfFull = CounterFamily(base: 187)
    package static let inflightSent = CounterFamily(base: 188)
    package static let inflightReceived = CounterFamily(base: 189)
    package static let unsentBytes = CounterFamily(base: 190)
    package static let reassemblyBytes = CounterFamily(base: 191)
    package static let mailBytes = CounterFamily(base: 192)
    package static let connectionsCongested = CounterFamily(base: 193)
    package static let waitingSockets = CounterFamily(base: 194)
    package static let publishersHeld = CounterFamily(base: 195)
    package static let willsPending = CounterFamily(base: 196)

    // MARK: The loop
    package static let ticks = CounterFamily(base: 197)
    /// Nanoseconds of the monotonic clock when the loop last looked at it: tells whether it still runs.
    package static let lastSeen = CounterFamily(base: 198)
    package static let matchCacheBytes = CounterFamily(base: 199)

    package static let matchCacheHits = CounterFamily(base: 200)
    /// Nanoseconds by which the loop was late when it last looked at the clock.
    package static let latestLag = CounterFamily(base: 201)

    package static let publisherHoldsUsedUp = CounterFamily(base: 202)

    // MARK: Load
    /// By ``PauseCause``: clients not read from now, how often that began, how often it ended, how long it lasted.
    package static let connectionsPaused = CounterFamily(base: 203, count: 8)
    package static let pauses = CounterFamily(base: 211, count: 8)
    package static let resumes = CounterFamily(base: 219, count: 8)
    package static let pausedMicroseconds = CounterFamily(base: 227, count: 8)
    /// By ``LimitName``.
    package static let limitRefusals = CounterFamily(base: 235, count: 14)
    /// Bytes in and out of clients that took turns.
    package static let throttledBytes = CounterFamily(base: 249, count: 2)
    package static let creditsMissing = CounterFamily(base: 251)
    package static let clientsUsingCredits = CounterFamily(base: 252)
    package static let creditsPerTick = CounterFamily(base: 253)

    // MARK: Storage
    /// Publishers that had to wait because the storage was behind.
    package static let storageHolds = CounterFamily(base: 254)
    /// Messages that were acknowledged by all their receivers before they were written.
    package static let elidedMessages = CounterFamily(base: 255)
    /// Acknowledgements that wait for the storage.
    package static let waitingAcknowledgements = CounterFamily(base: 256)
    /// Bytes of changes that are not safe yet.
    package static let unsafeBytes = CounterFamily(base: 257)
    /// Messages that were read back.
    package static let messagesRead = CounterFamily(base: 258)
    /// QoS 1 and 2 messages that were refused since the storage has no room.
    package static let storageRefusals = CounterFamily(base: 259)

    /// Slots before those of the listeners.
    package static let fixedCount = 260
    /// Slots of one listener: connections by version, CONNECT packets delayed, and disconnected after waiting.
    package static let slotsPerListener = 5

    /// The slot of the connections of one listener with one protocol version (0 for 3.1, 1 for 3.1.1, 2 for 5).
    @inline(__always)
    package static func connections(listener: Int, version: Int) -> Int {
        fixedCount &+ listener &* slotsPerListener &+ version
    }

    /// The slot of a listener's sockets whose CONNECT had to wait.
    package static func connectsDelayed(listener: Int) -> Int { fixedCount + listener * slotsPerListener + 3 }

    /// The slot of a listener's sockets that waited in vain or found no place to wait.
    package static func connectsThrottled(listener: Int) -> Int { fixedCount + listener * slotsPerListener + 4 }
}
