package import BrokerValues

/// A message on its way to one client, with what the matching subscriptions add to it.
package struct Delivery: Sendable {
    package var message: Message
    package var qos: QualityOfService
    package var retain: Bool
    /// Identifiers of the subscriptions that matched [MQTT5-3.3.4-4].
    package var subscriptionIdentifiers: [UInt32]?
    /// Names the message in the storage; 0 if it is not kept there for this client.
    package var storedNumber: UInt64 = 0

    /// A message with the QoS and RETAIN flag that its receiver gets.
    @inline(__always)
    package init(
        message: Message, qos: QualityOfService, retain: Bool, subscriptionIdentifiers: [UInt32]? = nil
    ) {
        self.message = message
        self.qos = qos
        self.retain = retain
        self.subscriptionIdentifiers = subscriptionIdentifiers
    }

    /// The same way for another message.
    package func with(_ message: Message) -> Delivery {
        var copy = self
        copy.message = message
        return copy
    }

    /// Bytes that a queue is charged for it. The identifiers count in full though receivers of the same match share
    /// them: a client with many overlapping subscriptions would else turn small messages into large ones for nothing.
    @inline(__always)
    package var chargedBytes: Int {
        guard let subscriptionIdentifiers else { return message.chargedBytes }
        return message.chargedBytes &+ 32 &+ subscriptionIdentifiers.count &* MemoryLayout<UInt32>.stride
    }
}
