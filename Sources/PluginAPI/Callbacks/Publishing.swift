/// Looks at each message that clients publish, before anybody gets it (`OnPublishReceivedCallback`).
public protocol PublishInterceptor: Plugin {
    /// One that throws, or does not answer in time, refuses the message.
    func publishReceived(_ message: PublishedMessage, from client: Client) async throws -> PublishDecision
}

/// What becomes of a message.
public enum PublishDecision: Sendable, Hashable {
    case accept
    /// It goes on with topic and payload of this one; everything else stays as it was.
    case change(PublishedMessage)
    /// Nobody gets it. A publisher of MQTT 5 is told why, of MQTT 3 not.
    case refuse(RefusalReason)
    /// Nobody gets it, and the publisher's connection ends.
    case disconnect(RefusalReason)
}

/// Looks at each message before it is sent to one receiver (`BeforePublishSendCallback`).
public protocol SendInterceptor: Plugin {
    /// One that throws drops the message, and others are not asked any more.
    func beforeSend(_ message: PublishedMessage, to client: Client) async throws -> SendDecision
}

/// What becomes of a message for one receiver.
public enum SendDecision: Sendable, Hashable {
    case send
    /// It is sent with topic and payload of this one; everything else stays as it was.
    case change(PublishedMessage)
    case drop
}
