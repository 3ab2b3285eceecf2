package import BrokerValues

extension ConnectPacket {
    private struct Flags {
        let cleanStart: Bool
        let hasWill: Bool
        let willQoS: QualityOfService
        let willRetain: Bool
        let hasPassword: Bool
        let hasUserName: Bool

        init(_ byte: UInt8, version: ProtocolVersion) throws(WireError) {
            // 3.1 does not say that bit 0 must be 0; all clients send it so.
            if byte & 1 != 0 { throw .malformed("CONNECT has its reserved flag set") }  // [MQTT-3.1.2-3]
            cleanStart = byte & 0x02 != 0
            hasWill = byte & 0x04 != 0
            guard let qos = QualityOfService(rawValue: (byte >> 3) & 3) else {  // [MQTT-3.1.2-14]
                throw .malformed("CONNECT asks for a will of QoS 3")
            }
            willQoS = qos
            willRetain = byte & 0x20 != 0
            hasPassword = byte & 0x40 != 0
            hasUserName = byte & 0x80 != 0
            if !hasWill, qos != .atMostOnce || willRetain {  // [MQTT-3.1.2-11], [MQTT-3.1.2-13], [MQTT-3.1.2-15]
                throw .malformed("CONNECT describes a will but announces none")
            }
            if hasPassword, !hasUserName, version != .v5 {  // [MQTT-3.1.2-22]; lifted in MQTT 5
                throw .malformed("CONNECT has a password without a user name")
            }
        }
    }

    /// Decodes the body of a CONNECT (all behind the fixed header).
    ///
    /// - Parameter now: becomes the time from which the will's message expiry would count; the will's message is
    ///   stamped again when it is published.
    package static func decode(
        _ body: ByteView, limits: BrokerLimits
    ) throws(ConnectError) -> ConnectPacket {
        var reader = WireReader(body)
        let version = try readVersion(&reader)
        do throws(WireError) {
            return try decodeFields(&reader, version: version, limits: limits)
        } catch {
            // A bad 3.x CONNECT gets no answer [MQTT-3.1.4-1]; version 5 allows one.
            throw ConnectError(error: error, answer: version == .v5 ? .reasonCode(error.reason) : .none)
        }
    }

    private static func readVersion(_ reader: inout WireReader) throws(ConnectError) -> ProtocolVersion {
        let name: ByteView
        let level: UInt8
        do throws(WireError) {
            name = try reader.string("the protocol name")
            level = try reader.byte("the protocol level")
        } catch {
            throw ConnectError(error: error, answer: .none)
        }
        switch (name.text, level) {
        case ("MQTT", 4): return .v3_1_1
        case ("MQTT", 5): return .v5
        case ("MQIsdp", 3): return .v3_1
        case ("MQTT", 6..<0x80):  // a later version, answered in the newest form we know [MQTT5-3.1.2-2]
            let error = WireError(.unsupportedProtocolVersion, "protocol level \(level) of MQTT is not served")
            throw ConnectError(error: error, answer: .reasonCode(.unsupportedProtocolVersion))
        case ("MQTT", _), ("MQIsdp", _):  // [MQTT-3.1.2-2]
            let error = WireError(.unsupportedProtocolVersion, "protocol level \(level) of \(name.text) is not served")
            throw ConnectError(error: error, answer: .returnCode(.unacceptableProtocolLevel))
        default:  // [MQTT-3.1.2-1]
            let error = WireError(.unsupportedProtocolVersion, "the protocol name is neither MQTT nor MQIsdp")
            throw ConnectError(error: error, answer: .none)
        }
    }

    private static func decodeFields(
        _ reader: inout WireReader, version: ProtocolVersion, limits: BrokerLimits
    ) throws(WireError) -> ConnectPacket {
        let flags = try Flags(reader.byte("the connect flags"), version: version)
        let keepAlive = try reader.uint16("the keep-alive")
        var packet = ConnectPacket(
            version: version, clientIdentifier: "", cleanStart: flags.cleanStart, keepAlive: keepAlive)
        if version == .v5 { packet.properties = try ConnectProperties.check(reader.propertySection()) }
        packet.clientIdentifier = try reader.string("the client identifier").text  // [MQTT-3.1.3-3], [MQTT-3.1.3-4]
        if flags.hasWill {
            packet.will = try readWill(
                &reader, qos: flags.willQoS, retain: flags.willRetain, version: version, limits: limits)
        }
        if flags.hasUserName { packet.userName = try reader.string("the user name").text }  // [MQTT-3.1.3-11]
        if flags.hasPassword { packet.password = try reader.binary("the password").bytes }
        try reader.expectEnd(of: .connect)  // [MQTT-3.1.2-18], [MQTT-3.1.2-20]
        return packet
    }

    private static func readWill(
        _ reader: inout WireReader, qos: QualityOfService, retain: Bool, version: ProtocolVersion, limits: BrokerLimits
    ) throws(WireError) -> WillPacket {
        var properties = PublishProperties()
        if version == .v5 { properties = try PublishProperties.check(reader.propertySection(), in: .will) }
        let topic = try reader.string("the will topic")  // [MQTT-3.1.3-10]
        let fault = TopicSyntax.faultInName(
            topic, maximumLength: limits.maximumTopicLength, maximumLevels: limits.maximumTopicLevels)
        if let fault { throw WireError(.topicNameInvalid, "the will: " + fault) }
        if TopicSyntax.isReserved(topic) {
            throw WireError(.topicNameInvalid, "the will's topic is the broker's own")
        }
        let payload = try reader.binary("the will payload")
        let message = properties.forwarded().withByteView { forwarded in
            Message.make(
                topic: topic, properties: forwarded, payload: payload, qos: qos, retain: retain,
                expirySeconds: properties.messageExpiry)
        }
        return WillPacket(message: message, delay: properties.willDelay)
    }
}

extension ConnectProperties {
    fileprivate static func check(_ section: ByteView) throws(WireError) -> ConnectProperties {
        var result = ConnectProperties()
        var reader = PropertyReader(section, in: .connect)
        while let (property, value) = try reader.next() {
            switch (property, value) {
            case (.sessionExpiryInterval, .number(let seconds)): result.sessionExpiry = seconds
            case (.receiveMaximum, .number(let number)): result.receiveMaximum = UInt16(number)
            case (.maximumPacketSize, .number(let size)): result.maximumPacketSize = size
            case (.topicAliasMaximum, .number(let number)): result.topicAliasMaximum = UInt16(number)
            case (.requestResponseInformation, .number(let flag)): result.requestResponseInformation = flag == 1
            case (.requestProblemInformation, .number(let flag)): result.requestProblemInformation = flag == 1
            case (.authenticationMethod, .bytes(let method)): result.authenticationMethod = method.text
            case (.authenticationData, .bytes(let data)): result.authenticationData = data.bytes
            case (.userProperty, .pair(let name, let value)):
                result.userProperties.append(UserProperty(name: name.text, value: value.text))
            default: break  // the reader let no other property through
            }
        }
        if result.authenticationData != nil, result.authenticationMethod == nil {
            throw .protocolError("CONNECT has authentication data without a method")
        }
        return result
    }
}
