/// An application message.
public struct PublishedMessage: Sendable, Hashable {
    public var topic: String
    public var payload: [UInt8]
    public var qos: QoS
    public var isRetained: Bool
    /// Seconds until nobody wants it any more (Message Expiry Interval); nil for never.
    public var expirySeconds: UInt32?
    public var contentType: String?
    public var responseTopic: String?
    public var correlationData: [UInt8]?
    /// Whether the payload says that it is UTF-8 (Payload Format Indicator).
    public var isText = false
    public var userProperties: [UserProperty] = []

    /// A message; everything else is set afterwards.
    public init(
        topic: String, payload: [UInt8], qos: QoS = .atMostOnce, isRetained: Bool = false, expirySeconds: UInt32? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.isRetained = isRetained
        self.expirySeconds = expirySeconds
    }
}
