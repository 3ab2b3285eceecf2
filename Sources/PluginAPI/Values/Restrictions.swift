/// What one client may do, where that is not what the broker's settings say; nil leaves a limit as it is (the nine
/// restrictions of HiveMQ 3.4).
public struct Restrictions: Sendable, Hashable {
    /// Bytes not taken by the client's socket at which QoS 1 and 2 begin and cease to wait.
    public struct WriteBuffer: Sendable, Hashable {
        /// `WRITE_BUFFER_HIGH_THRESHOLD`
        public let highThreshold: Int
        /// `WRITE_BUFFER_LOW_THRESHOLD`
        public let lowThreshold: Int

        /// Nil unless high ≥ low > 0.
        public init?(highThreshold: Int, lowThreshold: Int) {
            guard highThreshold >= lowThreshold, lowThreshold > 0 else { return nil }
            self.highThreshold = highThreshold
            self.lowThreshold = lowThreshold
        }
    }

    /// What is dropped when the client's queue is full.
    public enum QueueStrategy: Sendable, Hashable {
        /// The message that comes.
        case discard
        /// The one that has waited longest.
        case discardOldest
    }

    /// Bytes of the largest PUBLISH that the client may send (`MAX_PUBLISH_MESSAGE_SIZE`), at least 1.
    public var maximumPublishSize: Int?
    /// Bytes a second to the client (`MAX_OUTGOING_BYTES_SEC`), at least 1.
    public var outgoingBytesPerSecond: Int?
    /// Bytes a second from the client (`MAX_INCOMING_BYTES`), at least 1.
    public var incomingBytesPerSecond: Int?
    public var writeBuffer: WriteBuffer?
    /// Messages that wait for the client (`MAX_QUEUED_MESSAGES`), at least 0.
    public var maximumQueuedMessages: Int?
    /// `DISCARD_STRATEGY`
    public var queueStrategy: QueueStrategy?
    /// Seconds that the session outlives its connection (`CLIENT_SESSION_TTL`); 0 ends with it, `.max` never.
    public var sessionTimeToLive: UInt32?
    /// QoS 1 and 2 messages that the client may leave unacknowledged (`INFLIGHT_QUEUE_SIZE`), 1 to 65535.
    public var inflightQueueSize: Int?

    /// No restriction.
    public init() {}

    /// What both say; where both say something, what `other` says.
    public func merging(_ other: Restrictions) -> Restrictions {
        var merged = self
        merged.maximumPublishSize = other.maximumPublishSize ?? maximumPublishSize
        merged.outgoingBytesPerSecond = other.outgoingBytesPerSecond ?? outgoingBytesPerSecond
        merged.incomingBytesPerSecond = other.incomingBytesPerSecond ?? incomingBytesPerSecond
        merged.writeBuffer = other.writeBuffer ?? writeBuffer
        merged.maximumQueuedMessages = other.maximumQueuedMessages ?? maximumQueuedMessages
        merged.queueStrategy = other.queueStrategy ?? queueStrategy
        merged.sessionTimeToLive = other.sessionTimeToLive ?? sessionTimeToLive
        merged.inflightQueueSize = other.inflightQueueSize ?? inflightQueueSize
        return merged
    }
}
