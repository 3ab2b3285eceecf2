package import BrokerValues
package import MQTTWire

/// What somebody wants to hear of; what nobody does costs nothing.
package struct HookEvents: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    /// Those of some bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Sessions that are ready and connections that end.
    package static let connections = Self(rawValue: 1)
    package static let subscriptions = Self(rawValue: 2)
    /// What a client's rights did not allow.
    package static let refusals = Self(rawValue: 4)
    /// Single packets.
    package static let packets = Self(rawValue: 8)
}

/// Hears what plugins want to hear, about clients that the authority has let in with a record of its own. Called on the
/// shard's own loop: it must not block.
package protocol HookPort: AnyObject {
    /// Does not change while the broker runs.
    var events: HookEvents { get }

    /// CONNACK is about to be sent.
    func sessionReady(_ login: any LoginRecord, isResumed: Bool)

    func disconnected(_ login: any LoginRecord, _ cause: DisconnectCause)

    func subscribed(_ login: any LoginRecord, _ filters: [(filter: [UInt8], options: SubscriptionOptions)])

    func unsubscribed(_ login: any LoginRecord, _ filters: [[UInt8]])

    /// The client's rights did not allow it.
    func refused(_ login: any LoginRecord, isPublish: Bool, topic: [UInt8], _ qos: QualityOfService)

    /// - Parameters:
    ///   - isSent: to the client; else from it.
    ///   - identifier: 0 for a packet without.
    func packet(_ login: any LoginRecord, _ type: PacketType, isSent: Bool, identifier: UInt16)
}
