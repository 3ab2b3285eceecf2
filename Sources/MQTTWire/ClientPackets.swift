package import BrokerValues

/// PUBACK, PUBREC, PUBREL or PUBCOMP as a client sends it (MQTT 5 sections 3.4 to 3.7).
package struct AcknowledgementPacket: Hashable, Sendable {
    package let packetIdentifier: UInt16
    /// `success` for 3.x and for the short form.
    package let reason: ReasonCode

    /// Decodes the body.
    @inline(__always)
    package static func decode(
        _ body: ByteView, type: PacketType, version: ProtocolVersion
    ) throws(WireError) -> AcknowledgementPacket {
        if body.count == 2 {
            let identifier = body.uint16(at: 0)
            if identifier == 0 { throw .protocolError("\(type.name) has packet identifier 0") }
            return AcknowledgementPacket(packetIdentifier: identifier, reason: .success)
        }
        return try decodeLong(body, type: type, version: version)
    }

    private static func decodeLong(
        _ body: ByteView, type: PacketType, version: ProtocolVersion
    ) throws(WireError) -> AcknowledgementPacket {
        var reader = WireReader(body)
        let identifier = try reader.uint16("the packet identifier")
        if identifier == 0 { throw .protocolError("\(type.name) has packet identifier 0") }
        var reason = ReasonCode.success
        if version.hasProperties, !reader.isAtEnd {
            reason = ReasonCode(rawValue: try reader.byte("the reason code"))
            guard ReasonCode.clientMaySend(reason, in: type) else {
                throw .protocolError("\(type.name) has the reason code \(reason), which it may not have")
            }
            if !reader.isAtEnd {
                var properties = PropertyReader(try reader.propertySection(), in: .acknowledgement)
                while try properties.next() != nil {}
            }
        }
        try reader.expectEnd(of: type)
        return AcknowledgementPacket(packetIdentifier: identifier, reason: reason)
    }
}

/// The options of one subscription (MQTT 5 section 3.8.3.1); 3.x has only the QoS.
package struct SubscriptionOptions: Hashable, Sendable {
    /// When retained messages are sent in answer to a SUBSCRIBE.
    package enum RetainHandling: UInt8, Sendable {
        case always = 0
        case onlyIfNew = 1
        case never = 2
    }

    package var qos: QualityOfService
    package var noLocal: Bool = false
    package var retainAsPublished: Bool = false
    package var retainHandling: RetainHandling = .always

    /// The options that 3.x has: everything but the QoS at its default.
    package init(qos: QualityOfService) { self.qos = qos }

    init(byte: UInt8, version: ProtocolVersion) throws(WireError) {
        guard let qos = QualityOfService(rawValue: byte & 3) else {  // [MQTT-3.8.3-4]
            throw .protocolError("SUBSCRIBE asks for QoS 3")
        }
        self.init(qos: qos)
        // [MQTT5-3.8.3-5], [MQTT-3.8.3-4]
        if byte & (version.hasProperties ? 0xC0 : 0xFC) != 0 {
            throw .malformed("SUBSCRIBE has reserved bits set in its options")
        }
        guard version.hasProperties else { return }
        noLocal = byte & 0x04 != 0
        retainAsPublished = byte & 0x08 != 0
        guard let handling = RetainHandling(rawValue: (byte >> 4) & 3) else {
            throw .protocolError("SUBSCRIBE asks for retain handling 3")
        }
        retainHandling = handling
    }
}

/// A SUBSCRIBE as it stands in the receive buffer.
package struct SubscribeView {
    package let packetIdentifier: UInt16
    /// nil if the packet has none.
    package let subscriptionIdentifier: UInt32?
    /// At least one; the filters are valid UTF-8 but not yet checked as filters.
    package let entries: [(filter: ByteView, options: SubscriptionOptions)]
    /// Filters beyond the limit, which are not among the entries: how many, and the first.
    package let excess: (count: Int, first: ByteView)?

    /// Decodes the body.
    ///
    /// - Parameter maximumFilters: entries that are kept; those behind them are checked and counted.
    package static func decode(
        _ body: ByteView, version: ProtocolVersion, maximumFilters: Int = .max
    ) throws(WireError) -> SubscribeView {
        var reader = WireReader(body)
        let identifier = try reader.uint16("the packet identifier")
        if identifier == 0 { throw .protocolError("SUBSCRIBE has packet identifier 0") }  // [MQTT-2.3.1-1]
        var subscriptionIdentifier: UInt32?
        if version.hasProperties {
            var properties = PropertyReader(try reader.propertySection(), in: .subscribe)
            while let (property, value) = try properties.next() {
                if property == .subscriptionIdentifier, case .number(let number) = value {
                    subscriptionIdentifier = number
                }
            }
        }
        var entries: [(filter: ByteView, options: SubscriptionOptions)] = []
        var excess: (count: Int, first: ByteView)?
        while !reader.isAtEnd {
            let filter = try reader.string("a topic filter")  // [MQTT-3.8.3-1]
            let byte = try reader.byte("the subscription options")
            let options = try SubscriptionOptions(byte: byte, version: version)
            if entries.count < maximumFilters {
                entries.append((filter, options))
            } else {
                excess = (count: (excess?.count ?? 0) + 1, first: excess?.first ?? filter)
            }
        }
        if entries.isEmpty { throw .protocolError("SUBSCRIBE has no topic filter") }  // [MQTT-3.8.3-3]
        return SubscribeView(
            packetIdentifier: identifier, subscriptionIdentifier: subscriptionIdentifier, entries: entries,
            excess: excess)
    }
}

/// An UNSUBSCRIBE as it stands in the receive buffer.
package struct UnsubscribeView {
    package let packetIdentifier: UInt16
    /// At least one; valid UTF-8.
    package let filters: [ByteView]

    /// Decodes the body.
    ///
    /// - Parameter maximumFilters: a packet with more is refused as a whole: before version 5 its answer has no way to
    ///   say that a filter was left out, and in version 5 no code for a limit (MQTT 5 section 3.11.3).
    package static func decode(
        _ body: ByteView, version: ProtocolVersion, maximumFilters: Int = .max
    ) throws(WireError) -> UnsubscribeView {
        var reader = WireReader(body)
        let identifier = try reader.uint16("the packet identifier")
        if identifier == 0 { throw .protocolError("UNSUBSCRIBE has packet identifier 0") }
        if version.hasProperties {
            var properties = PropertyReader(try reader.propertySection(), in: .unsubscribe)
            while try properties.next() != nil {}
        }
        var filters: [ByteView] = []
        while !reader.isAtEnd {
            if filters.count == maximumFilters {
                throw WireError(.quotaExceeded, "UNSUBSCRIBE has more than \(maximumFilters) topic filters")
            }
            filters.append(try reader.string("a topic filter"))  // [MQTT-3.10.3-1]
        }
        if filters.isEmpty { throw .protocolError("UNSUBSCRIBE has no topic filter") }  // [MQTT-3.10.3-2]
        return UnsubscribeView(packetIdentifier: identifier, filters: filters)
    }
}

/// A DISCONNECT from a client (MQTT 5 section 3.14).
package struct DisconnectPacket: Hashable, Sendable {
    package var reason: ReasonCode = .success
    /// nil leaves the session expiry as it is.
    package var sessionExpiry: UInt32?
    package var reasonString: String?

    /// Decodes the body.
    package static func decode(_ body: ByteView, version: ProtocolVersion) throws(WireError) -> DisconnectPacket {
        var packet = DisconnectPacket()
        var reader = WireReader(body)
        if version.hasProperties, !reader.isAtEnd {
            packet.reason = ReasonCode(rawValue: try reader.byte("the reason code"))
            guard ReasonCode.clientMaySend(packet.reason, in: .disconnect) else {
                throw .protocolError("DISCONNECT has the reason code \(packet.reason), which it may not have")
            }
            if !reader.isAtEnd {
                var properties = PropertyReader(try reader.propertySection(), in: .disconnect)
                while let (property, value) = try properties.next() {
                    if property == .sessionExpiryInterval, case .number(let seconds) = value {
                        packet.sessionExpiry = seconds
                    }
                    if property == .reasonString, case .bytes(let text) = value { packet.reasonString = text.text }
                }
            }
        }
        try reader.expectEnd(of: .disconnect)
        return packet
    }
}

/// An AUTH from a client (MQTT 5 section 3.15).
package struct AuthPacket: Hashable, Sendable {
    package let reason: ReasonCode
    package let method: String
    package let data: [UInt8]?

    /// Decodes the body.
    package static func decode(_ body: ByteView) throws(WireError) -> AuthPacket {
        var reader = WireReader(body)
        // The short form means success, which only a server may say.
        let reason = ReasonCode(rawValue: try reader.byte("the reason code"))
        guard ReasonCode.clientMaySend(reason, in: .auth) else {
            throw .protocolError("AUTH has the reason code \(reason), which it may not have")
        }
        var method: String?
        var data: [UInt8]?
        var properties = PropertyReader(try reader.propertySection(), in: .auth)
        while let (property, value) = try properties.next() {
            if property == .authenticationMethod, case .bytes(let name) = value { method = name.text }
            if property == .authenticationData, case .bytes(let bytes) = value { data = bytes.bytes }
        }
        try reader.expectEnd(of: .auth)
        guard let method else { throw .protocolError("AUTH has no authentication method") }
        return AuthPacket(reason: reason, method: method, data: data)
    }
}
