/// Walks the property section of a packet: checks that each property is allowed in its place, appears no more often
/// than it may, and has a value in its range (MQTT 5 section 2.2.2).
package struct PropertyReader {
    private var reader: WireReader
    private let place: PropertyPlace
    /// A bit for each property seen, by identifier.
    private var seen: UInt64 = 0

    /// - Parameter section: the properties without their length.
    package init(_ section: ByteView, in place: PropertyPlace) {
        reader = WireReader(section)
        self.place = place
    }

    /// Bytes of the section read so far.
    package var offset: Int { reader.offset }

    /// The next property, or nil at the end of the section.
    package mutating func next() throws(WireError) -> (property: Property, value: PropertyValue)? {
        if reader.isAtEnd { return nil }
        // The identifier is a variable byte integer, but all that exist fit its first byte (section 2.2.2.2).
        let identifier = try reader.byte("a property identifier")
        guard let property = Property(rawValue: identifier) else {
            throw .malformed("there is no property \(identifier)")
        }
        guard property.isAllowed(in: place) else {
            throw .malformed("the property \(property.name) does not belong into this packet")
        }
        let bit = UInt64(1) << UInt64(identifier)
        if property != .userProperty, property != .subscriptionIdentifier || place != .publish {
            if seen & bit != 0 { throw .protocolError("the property \(property.name) is there twice") }
        }
        seen |= bit
        return (property, try value(of: property))
    }

    private mutating func value(of property: Property) throws(WireError) -> PropertyValue {
        switch property {
        case .payloadFormatIndicator, .requestProblemInformation, .requestResponseInformation, .maximumQoS,
            .retainAvailable, .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable,
            .sharedSubscriptionAvailable:
            let byte = try reader.byte("a property")
            if byte > 1 { throw .protocolError("the property \(property.name) is \(byte), not 0 or 1") }
            return .number(UInt32(byte))
        case .messageExpiryInterval, .sessionExpiryInterval, .willDelayInterval:
            return .number(try reader.uint32("a property"))
        case .maximumPacketSize:
            let size = try reader.uint32("a property")
            if size == 0 { throw .protocolError("the property Maximum Packet Size is 0") }
            return .number(size)
        case .serverKeepAlive, .topicAliasMaximum:
            return .number(UInt32(try reader.uint16("a property")))
        case .receiveMaximum:
            let number = try reader.uint16("a property")
            if number == 0 { throw .protocolError("the property Receive Maximum is 0") }
            return .number(UInt32(number))
        case .topicAlias:
            let alias = try reader.uint16("a property")
            if alias == 0 { throw WireError(.topicAliasInvalid, "the topic alias is 0") }  // [MQTT5-3.3.2-8]
            return .number(UInt32(alias))
        case .subscriptionIdentifier:
            let number = try reader.variableInteger("a subscription identifier")
            if number == 0 { throw .protocolError("the property Subscription Identifier is 0") }
            return .number(UInt32(number))
        case .contentType, .responseTopic, .assignedClientIdentifier, .authenticationMethod, .responseInformation,
            .serverReference, .reasonString:
            return .bytes(try reader.string("a property"))
        case .correlationData, .authenticationData:
            return .bytes(try reader.binary("a property"))
        case .userProperty:
            return .pair(try reader.string("a user property"), try reader.string("a user property"))  // [MQTT5-1.5.7-1]
        }
    }
}

extension WireReader {
    /// The property section at this point, without its length [MQTT5-2.2.2-1].
    @inline(__always)
    package mutating func propertySection() throws(WireError) -> ByteView {
        try bytes(variableInteger("the property length"), "the properties")
    }
}

/// A user property that the broker keeps.
package struct UserProperty: Hashable, Sendable {
    package var name: String
    package var value: String

    /// A name and a value; both may be empty, and a name may come more than once.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
