package import MQTTWire

/// Properties of a packet under construction: identifier and encoded value one behind the other.
package struct PropertyBytes: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func add(_ identifier: UInt8, byte: UInt8) { bytes += [identifier, byte] }

    package mutating func add(_ identifier: UInt8, uint16 number: Int) {
        bytes.append(identifier)
        bytes.write(uint16: number)
    }

    package mutating func add(_ identifier: UInt8, uint32 number: UInt32) {
        bytes.append(identifier)
        bytes.write(uint32: number)
    }

    package mutating func add(_ identifier: UInt8, varint number: Int) {
        bytes.append(identifier)
        bytes.write(varint: number)
    }

    package mutating func add(_ identifier: UInt8, string text: String) {
        bytes.append(identifier)
        bytes.write(string: text)
    }

    package mutating func add(_ identifier: UInt8, binary data: [UInt8]) {
        bytes.append(identifier)
        bytes.write(binary: data)
    }

    package mutating func addUserProperty(_ name: String, _ value: String) {
        bytes.append(0x26)
        bytes.write(string: name)
        bytes.write(string: value)
    }

    /// The section with its length.
    package var section: [UInt8] {
        var result: [UInt8] = []
        result.write(varint: bytes.count)
        return result + bytes
    }
}

/// What a CONNECT says. Written from the standard, without any encoder of the broker.
package struct ConnectFields: Sendable {
    package var version = ProtocolVersion.v5
    package var identifier: String
    package var cleanStart = true
    package var keepAlive = 0
    package var properties = PropertyBytes()
    package var willTopic: String?
    package var willPayload: [UInt8] = []
    package var willQoS: UInt8 = 0
    package var willRetain = false
    package var willProperties = PropertyBytes()
    package var userName: String?
    package var password: [UInt8]?

    package init(_ identifier: String, version: ProtocolVersion = .v5, cleanStart: Bool = true) {
        self.identifier = identifier
        self.version = version
        self.cleanStart = cleanStart
    }

    /// A session that outlives its connection for this many seconds; for 3.x there is only for ever.
    package static func durable(
        _ identifier: String, version: ProtocolVersion = .v5, expiry: UInt32 = .max
    ) -> ConnectFields {
        var fields = ConnectFields(identifier, version: version, cleanStart: false)
        if version == .v5 { fields.properties.add(0x11, uint32: expiry) }
        return fields
    }

    /// The packet.
    package var bytes: [UInt8] {
        var body: [UInt8] = []
        body.write(string: version == .v3_1 ? "MQIsdp" : "MQTT")
        body.append(version.rawValue)
        var flags: UInt8 = cleanStart ? 2 : 0
        if willTopic != nil { flags |= 4 | willQoS << 3 | (willRetain ? 0x20 : 0) }
        if password != nil { flags |= 0x40 }
        if userName != nil { flags |= 0x80 }
        body.append(flags)
        body.write(uint16: keepAlive)
        if version == .v5 { body += properties.section }
        body.write(string: identifier)
        if let willTopic {
            if version == .v5 { body += willProperties.section }
            body.write(string: willTopic)
            body.write(binary: willPayload)
        }
        if let userName { body.write(string: userName) }
        if let password { body.write(binary: password) }
        return .packet(0x10, body)
    }
}

/// The packets that a client sends, apart from CONNECT.
package enum ClientPacket {
    package static func publish(
        _ topic: String, _ payload: [UInt8], qos: UInt8 = 0, identifier: Int = 0, retain: Bool = false,
        duplicate: Bool = false, version: ProtocolVersion = .v5, properties: PropertyBytes = PropertyBytes()
    ) -> [UInt8] {
        var body: [UInt8] = []
        body.write(string: topic)
        if qos > 0 { body.write(uint16: identifier) }
        if version == .v5 { body += properties.section }
        return .packet(0x30 | (duplicate ? 8 : 0) | qos << 1 | (retain ? 1 : 0), body + payload)
    }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP in its short form, or with a reason code.
    package static func acknowledgement(_ type: PacketType, _ identifier: Int, reason: UInt8? = nil) -> [UInt8] {
        var body: [UInt8] = []
        body.write(uint16: identifier)
        if let reason { body.append(reason) }
        return .packet(type.rawValue << 4 | (type == .pubrel ? 2 : 0), body)
    }

    /// - Parameter filters: each with its options byte.
    package static func subscribe(
        _ identifier: Int, _ filters: [(String, UInt8)], version: ProtocolVersion = .v5,
        properties: PropertyBytes = PropertyBytes()
    ) -> [UInt8] {
        var body: [UInt8] = []
        body.write(uint16: identifier)
        if version == .v5 { body += properties.section }
        for (filter, options) in filters {
            body.write(string: filter)
            body.append(options)
        }
        return .packet(0x82, body)
    }

    package static func unsubscribe(
        _ identifier: Int, _ filters: [String], version: ProtocolVersion = .v5,
        properties: PropertyBytes = PropertyBytes()
    ) -> [UInt8] {
        var body: [UInt8] = []
        body.write(uint16: identifier)
        if version == .v5 { body += properties.section }
        for filter in filters { body.write(string: filter) }
        return .packet(0xA2, body)
    }

    /// The short form when neither a reason nor properties are given.
    package static let pingreq: [UInt8] = [0xC0, 0]

    package static func disconnect(reason: UInt8? = nil, properties: PropertyBytes? = nil) -> [UInt8] {
        guard let reason else { return [0xE0, 0] }
        return .packet(0xE0, [reason] + (properties?.section ?? []))
    }

    package static func auth(reason: UInt8, method: String, data: [UInt8]? = nil) -> [UInt8] {
        var properties = PropertyBytes()
        properties.add(0x15, string: method)
        if let data { properties.add(0x16, binary: data) }
        return .packet(0xF0, [reason] + properties.section)
    }
}
