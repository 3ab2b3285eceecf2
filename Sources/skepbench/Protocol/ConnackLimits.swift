import BrokerValues
import MQTTWire

/// What a broker's CONNACK admits (MQTT 5 section 3.2.2.3); before version 5 there are no limits.
struct ConnackLimits: Sendable, Equatable {
    /// Messages of QoS 1 and 2 that a client may have in flight.
    var receiveMaximum = Int(UInt16.max)
    /// Bytes of the largest packet that the broker takes.
    var maximumPacketSize = Int.max
    /// Highest QoS of a message.
    var maximumQoS = QualityOfService.exactlyOnce
    /// Whether messages may be retained.
    var isRetainAvailable = true

    /// Reads them out of a whole CONNACK.
    ///
    /// - Throws: if its properties cannot be read.
    static func read(_ packet: ByteView, header: FixedHeader) throws(BenchError) -> ConnackLimits {
        var limits = ConnackLimits()
        do throws(WireError) {
            // Behind the flags and the code.
            var reader = WireReader(packet, offset: header.length + 2)
            let section = try reader.propertySection()
            var properties = WireReader(section)
            while !properties.isAtEnd {
                let identifier = try properties.byte("a property identifier")
                guard let property = Property(rawValue: identifier) else {
                    throw .malformed("there is no property \(identifier)")
                }
                try limits.take(property, &properties)
            }
        } catch {
            throw BenchError(.refused, "The broker's CONNACK cannot be read: \(error.detail)")
        }
        return limits
    }

    /// Checks that all this may be published.
    ///
    /// - Throws: if the broker has said that it may not.
    func check(_ publishers: [TrafficPlan.Publisher]) throws(BenchError) {
        for publisher in publishers {
            // The longest header: type, length, topic length, identifier, property length.
            let size = publisher.payloadSize + (publisher.topics.map(\.utf8.count).max() ?? 0) + 10
            guard size <= maximumPacketSize else {
                throw BenchError(.refused, "The broker takes packets of \(maximumPacketSize) bytes at most")
            }
            guard publisher.qos <= maximumQoS else {
                throw BenchError(.refused, "The broker takes messages of QoS \(maximumQoS.rawValue) at most")
            }
            guard !publisher.isRetained || isRetainAvailable else {
                throw BenchError(.refused, "The broker takes no retained messages")
            }
        }
    }

    private mutating func take(_ property: Property, _ reader: inout WireReader) throws(WireError) {
        switch property {
        case .receiveMaximum: receiveMaximum = max(1, Int(try reader.uint16("the receive maximum")))
        case .maximumPacketSize: maximumPacketSize = Int(try reader.uint32("the maximum packet size"))
        case .maximumQoS:
            maximumQoS = try reader.byte("the maximum QoS") == 0 ? .atMostOnce : .atLeastOnce
        case .retainAvailable: isRetainAvailable = try reader.byte("a property") != 0
        case .payloadFormatIndicator, .requestProblemInformation, .requestResponseInformation,
            .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable,
            .sharedSubscriptionAvailable:
            _ = try reader.byte("a property")
        case .serverKeepAlive, .topicAliasMaximum, .topicAlias: _ = try reader.uint16("a property")
        case .messageExpiryInterval, .sessionExpiryInterval, .willDelayInterval: _ = try reader.uint32("a property")
        case .subscriptionIdentifier: _ = try reader.variableInteger("a property")
        case .contentType, .responseTopic, .correlationData, .assignedClientIdentifier, .authenticationMethod,
            .authenticationData, .responseInformation, .serverReference, .reasonString:
            _ = try reader.binary("a property")
        case .userProperty:
            _ = try reader.binary("a user property")
            _ = try reader.binary("a user property")
        }
    }
}
