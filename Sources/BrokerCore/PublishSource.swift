import BrokerValues
import MQTTWire
import TopicIndex

/// A message while it is routed. Its bytes may still stand in the receive buffer; ``own()`` copies them the first time
/// that somebody has to keep the message, and never if nobody does.
struct PublishSource {
    let topic: ByteView
    /// What is forwarded unchanged.
    let properties: ByteView
    let payload: ByteView
    let qos: QualityOfService
    let retain: Bool
    let expirySeconds: UInt32?
    let arrival: Instant
    let publisher: ClientIdentity?
    /// The message that owns the bytes, once there is one.
    private(set) var message: Message?

    /// The encoded forms that are ready, by ``PublishTemplates/form(version:hasIdentifier:)``.
    var ready: (Form?, Form?, Form?, Form?) = (nil, nil, nil, nil)

    /// An encoded packet to copy.
    struct Form {
        let packet: ByteView
        let packetIdentifierOffset: Int
    }

    /// A message in the receive buffer.
    ///
    /// - Parameters:
    ///   - topic: the topic, resolved from an alias if need be.
    ///   - properties: the forwarded ones.
    @inline(__always)
    init(
        _ view: PublishView, topic: ByteView, properties: ByteView, expirySeconds: UInt32?, version: ProtocolVersion,
        publisher: ClientIdentity?, now: Instant
    ) {
        self.topic = topic
        self.properties = properties
        payload = view.payload
        qos = view.qos
        retain = view.retain
        self.expirySeconds = expirySeconds
        arrival = now
        self.publisher = publisher
        message = nil
        // The packet itself is the encoded form for receivers of the same version and kind.
        if view.properties.isForwardedWhole {
            let form = Form(packet: view.packet, packetIdentifierOffset: view.packetIdentifierOffset)
            set(form, at: PublishTemplates.form(version: version, hasIdentifier: view.qos != .atMostOnce))
        }
    }

    /// A message that owns its bytes. The views must be its parts.
    init(_ message: Message, topic: ByteView, properties: ByteView, payload: ByteView, now: Instant) {
        self.topic = topic
        self.properties = properties
        self.payload = payload
        qos = message.qos
        retain = message.retain
        expirySeconds = message.remainingExpiry(at: now)
        arrival = message.arrival
        publisher = message.publisher
        self.message = message
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

    @inline(__always)
    private mutating func set(_ form: Form, at index: Int) {
        switch index {
        case 0: ready.0 = form
        case 1: ready.1 = form
        case 2: ready.2 = form
        default: ready.3 = form
        }
    }

    /// The encoded form with this number, made now if it is not ready.
    @inline(__always)
    mutating func form(_ index: Int, _ templates: PublishTemplates) -> Form {
        let known =
            switch index {
            case 0: ready.0
            case 1: ready.1
            case 2: ready.2
            default: ready.3
            }
        if let known { return known }
        let (packet, offset) = templates.encode(form: index, topic: topic, properties: properties, payload: payload)
        let made = Form(packet: packet, packetIdentifierOffset: offset)
        set(made, at: index)
        return made
    }
}
