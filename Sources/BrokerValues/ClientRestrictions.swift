/// What one client may do, where that is not what the broker's limits say; nil leaves a limit as it is.
///
/// HiveMQ 3.4's nine restrictions (`RestrictionType`): the two thresholds of the write buffer are set together, so they
/// are one value here. Set at login, and changeable while the client is connected. Those of the session (queue, strategy,
/// session expiry) stay with it while the client is away.
package struct ClientRestrictions: Sendable, Hashable {
    /// Bytes not taken by the client's socket at which QoS 1 and 2 begin and cease to wait.
    package struct WriteBuffer: Sendable, Hashable {
        /// `WRITE_BUFFER_HIGH_THRESHOLD`
        package let highThreshold: Int
        /// `WRITE_BUFFER_LOW_THRESHOLD`
        package let lowThreshold: Int

        /// Nil unless high ≥ low > 0.
        package init?(highThreshold: Int, lowThreshold: Int) {
            guard highThreshold >= lowThreshold, lowThreshold > 0 else { return nil }
            self.highThreshold = highThreshold
            self.lowThreshold = lowThreshold
        }
    }

    /// Bytes of the largest PUBLISH that the client may send, fixed header included (`MAX_PUBLISH_MESSAGE_SIZE`).
    package var maximumPublishSize: Int?
    /// Bytes a second from the broker to the client (`MAX_OUTGOING_BYTES_SEC`).
    package var outgoingBytesPerSecond: Int?
    /// Bytes a second from the client to the broker (`MAX_INCOMING_BYTES`).
    package var incomingBytesPerSecond: Int?
    package var writeBuffer: WriteBuffer?
    /// Messages that wait for the client (`MAX_QUEUED_MESSAGES`).
    package var maximumQueuedMessages: Int?
    /// What is dropped when its queue is full (`DISCARD_STRATEGY`).
    package var queueStrategy: BrokerLimits.QueueStrategy?
    /// Seconds that the session outlives its connection; 0 ends with it, 4294967295 never expires
    /// (`CLIENT_SESSION_TTL`, where -1 is never). It takes the place of what the client asked for.
    package var sessionExpiry: UInt32?
    /// QoS 1 and 2 messages that the client may leave unacknowledged, 1 to 65535 (`INFLIGHT_QUEUE_SIZE`). A smaller
    /// Receive Maximum of the client holds.
    package var inflightQueueSize: Int?

    /// No restriction.
    package init() {}

    /// Whether everything is as the broker's limits say.
    package var isEmpty: Bool { self == ClientRestrictions() }
}
