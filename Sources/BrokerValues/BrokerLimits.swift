/// Every limit that the broker core enforces, with its unit and default.
///
/// Defaults are HiveMQ's where it has one; where ours differs, the comment says why. The option table in `Settings`
/// gives the bounds within which each may be configured.
package struct BrokerLimits: Sendable, Hashable {
    /// What happens when a client's queue is full.
    package enum QueueStrategy: String, Sendable, Hashable, CaseIterable {
        /// The new message is dropped.
        case discard
        /// The oldest waiting message is dropped.
        case discardOldest = "discard-oldest"
    }

    // MARK: Packets

    /// Bytes of the largest packet accepted, fixed header included.
    package var maximumPacketSize: Int = 268_435_460
    /// Bytes of the largest CONNECT accepted: nobody who has not yet been let in may fill more memory than this.
    /// Ours: HiveMQ has no limit of its own here.
    package var maximumConnectPacketSize: Int = 512 * 1024
    /// Bytes of the largest packet accepted that is neither CONNECT nor PUBLISH. Ours: HiveMQ has no limit of its own
    /// here, but what the largest SUBSCRIBE asks for keeps an event loop busy.
    package var maximumControlPacketSize: Int = 1024 * 1024
    /// Topic filters of one SUBSCRIBE or UNSUBSCRIBE. Ours, for the same reason.
    package var maximumFiltersPerPacket: Int = 10_000
    /// Bytes that all clients of one shard together may hold in packets that have not fully arrived; connections that
    /// have not been let in may hold an eighth of it beside that.
    package var maximumReassemblyBytes: Int = 512 * 1024 * 1024
    /// Milliseconds after which a connection that sends nothing more of its packet is the first to go when the limit
    /// above is reached; otherwise the one that holds most goes.
    package var stalledPacketMilliseconds: UInt64 = 60_000
    /// Bytes of mail that one shard may have under way to another before it stops reading from its clients.
    package var maximumMailBytes: Int = 1024 * 1024
    /// QoS 1 and 2 messages that one shard may have under way to another before it stops reading from its clients:
    /// less than half a client's queue, so that publishers of other shards can be held in time.
    package var maximumMailMessages: Int = 256
    /// Milliseconds that publishers wait at most for a receiver whose queue is half full; 0 for not at all. Ours:
    /// HiveMQ drops at once, also when a burst or the scheduling of two loops is all that is wrong. All holds on one
    /// publisher together take no more than this in each ten times as long.
    package var maximumPublisherHoldMilliseconds: UInt64 = 1_000
    /// Bytes of the longest client identifier accepted.
    package var maximumClientIdentifierLength: Int = 65_535
    /// Bytes of the longest topic name or filter accepted.
    package var maximumTopicLength: Int = 65_535
    /// Levels of the deepest topic name or filter accepted. Ours: each level of a wildcard filter costs memory.
    package var maximumTopicLevels: Int = 128

    // MARK: Connections and sessions

    /// Clients that may be connected at a time, over all listeners; 0 for no limit.
    package var maximumConnections: Int = 0
    /// Sockets of one event loop that may wait for their CONNECT to be let through at a limited rate; others are closed
    /// at once. Ours: HiveMQ does not say how many wait.
    package var maximumWaitingSockets: Int = 10_000
    /// Milliseconds from the accept of a socket to its CONNECT.
    package var connectTimeoutMilliseconds: UInt64 = 10_000
    /// Milliseconds that the last packets of a client that has closed its connection may wait to be handled: longer
    /// than an authority may take.
    package var departedClientTimeoutMilliseconds: UInt64 = 60_000
    /// Milliseconds that an authority may take for one answer before it counts as a refusal.
    package var authorityTimeoutMilliseconds: UInt64 = 30_000
    /// The largest keep-alive in seconds; clients that ask for more are told this value.
    package var maximumKeepAlive: UInt16 = 65_535
    /// Whether a keep-alive of 0 (off) is accepted; otherwise ``maximumKeepAlive`` is announced.
    package var allowUnlimitedKeepAlive: Bool = true
    /// Whether a client may leave the choice of its identifier to the broker.
    package var allowEmptyClientIdentifier: Bool = true
    /// The longest session expiry interval in seconds; 4294967295 means never.
    package var maximumSessionExpiry: UInt32 = .max
    /// Sessions, online and offline, of the whole broker. Ours: HiveMQ has none; each costs about a kilobyte.
    package var maximumSessions: Int = 5_000_000

    // MARK: Load

    /// Bytes a second that all clients together may send; 0 for no limit.
    package var incomingBytesPerSecond: Int = 0
    /// Bytes a second that all clients together are sent; 0 for no limit.
    package var outgoingBytesPerSecond: Int = 0
    /// Milliseconds after which a client whose socket moves no byte, though bytes wait for it or it is read from in spite
    /// of being slowed, is disconnected.
    package var stalledSocketMilliseconds: UInt64 = 120_000
    /// Whether the broker takes on less than it is offered when it is overloaded: see `SheddingTable` for what.
    package var protectsFromOverload: Bool = true

    // MARK: Flow

    /// QoS 1 and 2 messages that a client may have unacknowledged towards the broker (Receive Maximum, MQTT 5).
    /// Ours: HiveMQ's 10 makes every publisher wait for a round trip after ten messages.
    package var serverReceiveMaximum: UInt16 = 1_000
    /// QoS 1 and 2 messages unacknowledged by one client at a time; a smaller Receive Maximum of the client holds.
    /// HiveMQ 3.4 calls it `max-queued-messages` of the in-flight queue.
    package var maximumInflight: UInt16 = 1_000
    /// The largest topic alias that a client may use; 0 turns aliases off.
    package var topicAliasMaximum: UInt16 = 5
    /// Aliases that the broker itself uses towards one client, whatever the client allows.
    package var outboundTopicAliasMaximum: UInt16 = 16
    /// The highest QoS that is accepted and granted.
    package var maximumQoS: QualityOfService = .exactlyOnce
    package var retainAvailable: Bool = true
    package var wildcardSubscriptionsAvailable: Bool = true
    package var subscriptionIdentifiersAvailable: Bool = true
    package var sharedSubscriptionsAvailable: Bool = true
    /// The longest message expiry in seconds; nil leaves it to the publisher.
    package var maximumMessageExpiry: UInt32? = nil
    /// Subscriptions of one client.
    package var maximumSubscriptionsPerClient: Int = 100_000

    // MARK: Queues

    /// Messages that wait for one client, offline or behind a full in-flight window.
    package var maximumQueuedMessages: Int = 1_000
    /// Bytes of the messages that wait for one client. Ours: a limit in messages alone does not bound memory.
    package var maximumQueuedBytes: Int = 64 * 1024 * 1024
    /// Bytes of all waiting messages of the broker, a message counted once for each client that it waits for.
    package var maximumBrokerQueuedBytes: Int = 2 * 1024 * 1024 * 1024
    package var queueStrategy: QueueStrategy = .discard
    /// Bytes encoded but not yet taken by the socket of one client, beyond which QoS 0 is dropped.
    package var maximumUnsentBytes: Int = 5 * 1024 * 1024
    /// The same for all clients of the broker together: beyond it, QoS 0 is dropped for those that are behind, and QoS 1
    /// and 2 wait in their queues. Ours: a limit for each client alone does not bound memory.
    package var maximumBrokerUnsentBytes: Int = 1024 * 1024 * 1024
    /// Bytes encoded but not yet taken by the socket, beyond which QoS 1 and 2 wait in the queue ...
    package var writeBufferHighThreshold: Int = 256 * 1024
    /// ... until the socket has taken all but this many.
    package var writeBufferLowThreshold: Int = 32 * 1024

    // MARK: Retained messages and wills

    /// Retained messages of the broker.
    package var maximumRetainedMessages: Int = 10_000_000
    /// Bytes of all retained messages of the broker.
    package var maximumRetainedBytes: Int = 4 * 1024 * 1024 * 1024
    /// Retained messages that one new subscription delivers; HiveMQ's retained delivery queue.
    package var maximumRetainedPerSubscription: Int = 100_000
    /// Wills published in one tick of a shard, at shutdown or after a mass disconnect.
    package var maximumWillsPerTick: Int = 500

    // MARK: Caches

    /// Bytes that the match cache of one shard may hold.
    package var matchCacheBytes: Int = 16 * 1024 * 1024

    /// Every limit at its default.
    package init() {}
}

extension BrokerLimits {
    /// Bytes of a packet that is small enough for every limit on packets.
    package var smallPacketSize: Int { min(maximumPacketSize, maximumConnectPacketSize, maximumControlPacketSize) }
}
