package import BrokerValues
package import MQTTWire

/// What client and broker agreed on for one connection: the client's wishes of CONNECT, cut to the broker's limits.
package struct ConnectionTerms: Sendable, Equatable {
    package var version: ProtocolVersion
    package var cleanStart: Bool
    /// Seconds; 0 is off.
    package var keepAlive: UInt16
    /// Whether ``keepAlive`` is not what the client asked for, so that CONNACK must say it [MQTT5-3.1.2-21].
    package var isKeepAliveOurs: Bool
    /// Seconds; `.max` never expires.
    package var sessionExpiry: UInt32
    package var isSessionExpiryOurs: Bool
    /// Messages in flight towards the client.
    package var outboundLimit: Int
    /// Bytes of the largest packet that the client takes.
    package var maximumPacketSize: Int
    /// Aliases that the broker may set.
    package var outboundAliasMaximum: Int
    /// Aliases that the client may set.
    package var inboundAliasMaximum: UInt16
    package var sendsProblemInformation: Bool
    package var authenticationMethod: String?

    /// Cuts the wishes of a CONNECT to the limits.
    package init(_ packet: ConnectPacket, limits: BrokerLimits) {
        let isV5 = packet.version == .v5
        version = packet.version
        cleanStart = packet.cleanStart
        let wish = packet.keepAlive
        let tooLong = wish > limits.maximumKeepAlive || (wish == 0 && !limits.allowUnlimitedKeepAlive)
        // Only version 5 can be told of another keep-alive; the others are held to their own.
        keepAlive = tooLong && isV5 ? limits.maximumKeepAlive : wish
        isKeepAliveOurs = tooLong && isV5
        sessionExpiry = min(packet.properties.sessionExpiry, limits.maximumSessionExpiry)
        isSessionExpiryOurs = sessionExpiry != packet.properties.sessionExpiry
        outboundLimit = Int(min(packet.properties.receiveMaximum, limits.maximumInflight))
        maximumPacketSize = packet.properties.maximumPacketSize.map { Int($0) } ?? .max
        outboundAliasMaximum = Int(min(packet.properties.topicAliasMaximum, limits.outboundTopicAliasMaximum))
        inboundAliasMaximum = isV5 ? limits.topicAliasMaximum : 0
        sendsProblemInformation = packet.properties.requestProblemInformation
        authenticationMethod = packet.properties.authenticationMethod
    }

    /// One and a half times the keep-alive, in milliseconds; nil if it is off [MQTT-3.1.2-24].
    package var keepAliveMilliseconds: UInt64? { keepAlive == 0 ? nil : UInt64(keepAlive) * 1500 }

    /// The properties of a successful CONNACK (MQTT 5 section 3.2.2.3).
    ///
    /// - Parameter assignedIdentifier: nil if the client brought its own.
    package func connackProperties(limits: BrokerLimits, assignedIdentifier: String?) -> ServerProperties {
        var properties = ServerProperties()
        if isSessionExpiryOurs { properties.add(.sessionExpiryInterval, uint32: sessionExpiry) }
        if limits.serverReceiveMaximum != .max {
            properties.add(.receiveMaximum, uint16: limits.serverReceiveMaximum)
        }
        if limits.maximumQoS != .exactlyOnce {  // [MQTT5-3.2.2-9]
            properties.add(.maximumQoS, byte: limits.maximumQoS.rawValue)
        }
        if !limits.retainAvailable { properties.add(.retainAvailable, byte: 0) }
        // The protocol's own limit needs no word, and some clients take no larger number than this one.
        if limits.maximumPacketSize < FixedHeader.maximumPacketLength {
            properties.add(.maximumPacketSize, uint32: UInt32(clamping: min(limits.maximumPacketSize, 268_435_455)))
        }
        if let assignedIdentifier { properties.add(.assignedClientIdentifier, string: assignedIdentifier) }
        // What was agreed on with CONNECT: the limits may have changed since.
        if inboundAliasMaximum > 0 { properties.add(.topicAliasMaximum, uint16: inboundAliasMaximum) }
        if !limits.wildcardSubscriptionsAvailable { properties.add(.wildcardSubscriptionAvailable, byte: 0) }
        if !limits.subscriptionIdentifiersAvailable { properties.add(.subscriptionIdentifierAvailable, byte: 0) }
        if !limits.sharedSubscriptionsAvailable { properties.add(.sharedSubscriptionAvailable, byte: 0) }
        if isKeepAliveOurs { properties.add(.serverKeepAlive, uint16: keepAlive) }
        if let authenticationMethod { properties.add(.authenticationMethod, string: authenticationMethod) }
        return properties
    }
}
