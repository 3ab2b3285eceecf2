/// Why a message did not reach a receiver that it matched.
package enum DropReason: String, Sendable, Hashable, CaseIterable {
    /// The client's queue held its maximum number of messages.
    case clientQueueFull = "client_queue_full"
    /// The client's queue held its maximum number of bytes.
    case clientQueueBytesFull = "client_queue_bytes_full"
    /// All queues of the broker together held their maximum number of bytes.
    case brokerQueueBytesFull = "broker_queue_bytes_full"
    /// A QoS 0 message met a connection whose out buffer was at its byte limit.
    case connectionNotWritable = "connection_not_writable"
    /// A QoS 0 message met a client that is offline; such messages are never queued.
    case clientOffline = "client_offline"
    /// The encoded message exceeds the Maximum Packet Size of the client [MQTT5-3.1.2-25].
    case packetTooLarge = "packet_too_large"
    /// The message expired before its delivery began [MQTT5-3.3.2-5].
    case expired = "expired"
    /// The session ended with the message still waiting.
    case sessionEnded = "session_ended"
    /// A shared subscription had no member that could take the message.
    case noGroupMember = "no_group_member"
    /// More retained messages matched one new subscription than are delivered at once.
    case retainedBacklogFull = "retained_backlog_full"
    /// The store for retained messages was full, so the message was delivered but not kept.
    case retainedStoreFull = "retained_store_full"
    /// The authority refused the message.
    case notAuthorized = "not_authorized"
    /// A plugin that looks at messages before they are sent has dropped it, or failed.
    case refusedBeforeSending = "refused_before_sending"
    /// The storage could not give the message's content back: its file was damaged.
    case unreadable
}
