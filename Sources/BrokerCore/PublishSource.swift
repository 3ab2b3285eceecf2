import BrokerValues
import MQTTWire
import TopicIndex

/// A message while it is routed. Its bytes may still stand in the receive buffer; ``own()`` copies them the first time
/// that somebody has to keep the message, and never if nobody does.
///
/// Safe: the one uncounted reference is explained where it stands.
@safe struct PublishSource {
    let topic: ByteView
    /// What is forwarded unchanged.
    let properties: ByteView
    let payload: ByteView
    let qos: QualityOfService
    let retain: Bool
    let expirySeconds: UInt32?
    let arrival: Instant
    /// Who published it. Not counted as a reference: the session of the publisher outlives the route of its message.
    private let publisherReference: Unmanaged<ClientIdentity>?
    /// The message that owns the bytes, once there is one.
    private(set) var message: Message?

    /// A message in the receive buffer.
    ///
    /// - Parameters:
    ///   - topic: the topic, resolved from an alias if need be.
    ///   - properties: the forwarded ones.
    ///   - templates: told of the new message.
    @inline(__always)
    init(
        _ view: PublishView, topic: ByteView, properties: ByteView, expirySeconds: UInt32?, version: ProtocolVersion,
        publisher: Session, now: Instant, templates: PublishTemplates
    ) {
        self.topic = topic
        self.properties = properties
        payload = view.payload
        qos = view.qos
        retain = view.retain
        self.expirySeconds = expirySeconds
        arrival = now
        unsafe publisherReference = unsafe publisher.clientReference
        message = nil
        // The packet itself is the encoded form for receivers of the same version and kind.
        if view.properties.isForwardedWhole {
            templates.start(
                with: view.packet,
                form: PublishTemplates.form(version: version, hasIdentifier: view.qos != .atMostOnce),
                packetIdentifierOffset: view.packetIdentifierOffset)
        } else {
            templates.start()
        }
    }

    /// Who published it; nil for what the broker itself publishes.
    var publisher: ClientIdentity? {
        // Safe: see `publisherReference`; for a message that owns its bytes, the message holds a reference.
        unsafe publisherReference?.takeUnretainedValue()
    }

    /// A message that owns its bytes. The views must be its parts.
    init(
        _ message: Message, topic: ByteView, properties: ByteView, payload: ByteView, now: Instant,
        templates: PublishTemplates
    ) {
        self.topic = topic
        self.properties = properties
        self.payload = payload
        qos = message.qos
        retain = message.retain
        expirySeconds = message.remainingExpiry(at: now)
        arrival = message.arrival
        unsafe publisherReference = message.publisher.map { unsafe Unmanaged.passUnretained($0) }
        self.message = message
        templates.start()
    }

    /// The message with bytes of its own.
    @inline(__always)
    mutating func own() -> Message {
        if let message { return message }
        let made = Message.make(
            topic: topic, properties: properties, payload: payload, qos: qos, retain: retain,
            expirySeconds: expirySeconds, arrival: arrival, publisher: publisher)
        message = made
        return made
    }
}
