package import BrokerValues

/// A PUBLISH as it stands in the receive buffer: nothing is copied (MQTT 5 section 3.3, MQTT 3.1.1 section 3.3).
package struct PublishView {
    /// The whole packet, fixed header included.
    package let packet: ByteView
    package let qos: QualityOfService
    package let retain: Bool
    package let duplicate: Bool
    /// 0 for QoS 0.
    package let packetIdentifier: UInt16
    /// Where the packet identifier stands in ``packet``; 0 for QoS 0.
    package let packetIdentifierOffset: Int
    /// Valid UTF-8; empty if the packet names its topic by alias only. Not yet checked for wildcards.
    package let topic: ByteView
    /// MQTT 5 only; empty otherwise. Checked.
    package let properties: PublishProperties
    package let payload: ByteView

    /// Decodes a whole packet.
    @inline(__always)
    package static func decode(
        _ packet: ByteView, header: FixedHeader, version: ProtocolVersion
    ) throws(WireError) -> PublishView {
        // [MQTT-3.3.1-4]
        guard let qos = QualityOfService(rawValue: (header.firstByte >> 1) & 3) else {
            throw .malformed("PUBLISH has QoS 3")
        }
        let duplicate = header.firstByte & 0x08 != 0
        if duplicate, qos == .atMostOnce, version == .v5 {  // [MQTT5-3.3.1-2]; 3.x leaves the reaction open
            throw .malformed("PUBLISH of QoS 0 is marked as a duplicate")
        }
        var reader = WireReader(packet, offset: header.length)
        let topic = try reader.string("the topic name")  // [MQTT-3.3.2-1]
        var packetIdentifier: UInt16 = 0
        var packetIdentifierOffset = 0
        if qos != .atMostOnce {
            packetIdentifierOffset = reader.offset
            packetIdentifier = try reader.uint16("the packet identifier")
            if packetIdentifier == 0 { throw .protocolError("PUBLISH has packet identifier 0") }  // [MQTT-2.3.1-1]
        }
        let properties = version.hasProperties ? try PublishProperties.read(&reader) : PublishProperties()
        return PublishView(
            packet: packet, qos: qos, retain: header.firstByte & 1 != 0, duplicate: duplicate,
            packetIdentifier: packetIdentifier, packetIdentifierOffset: packetIdentifierOffset, topic: topic,
            properties: properties, payload: reader.rest())
    }
}

/// The properties of a PUBLISH or a will, checked.
package struct PublishProperties {
    /// All of them as received, without the length.
    package var section: ByteView = .empty
    /// Those that a subscriber gets unchanged (all but expiry and alias) if they are the whole section.
    package var isForwardedWhole: Bool = true
    package var messageExpiry: UInt32? = nil
    package var topicAlias: UInt16? = nil
    /// Only for a will.
    package var willDelay: UInt32 = 0

    /// No properties.
    package init() {}

    @inline(__always)
    static func read(_ reader: inout WireReader) throws(WireError) -> PublishProperties {
        let section = try reader.propertySection()
        return section.isEmpty ? PublishProperties() : try check(section, in: .publish)
    }

    /// Checks a property section of a PUBLISH or a will.
    static func check(_ section: ByteView, in place: PropertyPlace) throws(WireError) -> PublishProperties {
        var result = PublishProperties()
        result.section = section
        var reader = PropertyReader(section, in: place)
        while let (property, value) = try reader.next() {
            switch (property, value) {
            case (.messageExpiryInterval, .number(let seconds)):
                result.messageExpiry = seconds
                result.isForwardedWhole = false
            case (.topicAlias, .number(let alias)):
                result.topicAlias = UInt16(alias)
                result.isForwardedWhole = false
            case (.willDelayInterval, .number(let seconds)):
                result.willDelay = seconds
                result.isForwardedWhole = false
            case (.subscriptionIdentifier, _):  // [MQTT5-3.3.4-6]
                throw .protocolError("a client's PUBLISH carries a subscription identifier")
            case (.responseTopic, .bytes(let topic)):  // [MQTT5-3.3.2-14]
                if TopicSyntax.hasWildcard(topic) { throw .protocolError("the response topic holds a wildcard") }
                if topic.isEmpty { throw .protocolError("the response topic is empty") }  // [MQTT5-4.7.3-1]
            default: break  // forwarded unchanged
            }
        }
        return result
    }

    /// The properties that a subscriber gets unchanged, copied out of the section in their order [MQTT5-3.3.2-18].
    ///
    /// The section was checked when it was read, so an error here cannot happen; should it, nothing more is forwarded.
    package func forwarded() -> [UInt8] {
        if isForwardedWhole { return section.bytes }
        var result: [UInt8] = []
        result.reserveCapacity(section.count)
        // The place `.will` admits the will delay, `.publish` the alias; a checked section holds one of them at most.
        var reader = PropertyReader(section, in: topicAlias == nil ? .will : .publish)
        var start = 0
        while let (property, _) = try? reader.next() {
            switch property {
            case .messageExpiryInterval, .topicAlias, .willDelayInterval: break
            default: result.append(contentsOf: section.slice(start, reader.offset).bytes)
            }
            start = reader.offset
        }
        return result
    }
}
