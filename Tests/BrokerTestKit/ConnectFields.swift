/// Every field of a CONNECT; what is not set follows from the others.
package struct ConnectFields: Sendable {
    package var version: MQTTVersion
    package var protocolName: [UInt8]
    package var protocolLevel: UInt8
    /// Nil: computed from the other fields.
    package var flags: UInt8?
    package var keepAlive: UInt16
    package var properties: [WireProperty]
    /// Nil leaves the field out, which is malformed.
    package var clientIdentifier: [UInt8]?
    package var isClean: Bool
    package var will: Will?
    package var userName: [UInt8]?
    package var password: [UInt8]?

    /// The will of a CONNECT.
    package struct Will: Sendable {
        package var topic: [UInt8]
        package var payload: [UInt8]
        package var qos: UInt8
        package var retain: Bool
        package var properties: [WireProperty]

        package init(
            _ topic: String, _ payload: String, qos: UInt8 = 0, retain: Bool = false, properties: [WireProperty] = []
        ) {
            self.topic = [UInt8](topic.utf8)
            self.payload = [UInt8](payload.utf8)
            self.qos = qos
            self.retain = retain
            self.properties = properties
        }
    }

    /// - Parameter clean: CleanSession, or Clean Start in version 5.
    package init(
        id: String = "", version: MQTTVersion = .v311, clean: Bool = true, keepAlive: UInt16 = 0, will: Will? = nil,
        userName: String? = nil, password: String? = nil, properties: [WireProperty] = []
    ) {
        self.version = version
        protocolName = [UInt8](version.protocolName.utf8)
        protocolLevel = version.rawValue
        self.keepAlive = keepAlive
        self.properties = properties
        clientIdentifier = [UInt8](id.utf8)
        isClean = clean
        self.will = will
        self.userName = userName.map { [UInt8]($0.utf8) }
        self.password = password.map { [UInt8]($0.utf8) }
    }

    /// The flags that fit the other fields.
    package var fittingFlags: UInt8 {
        var flags: UInt8 = isClean ? 0x02 : 0
        if let will { flags |= 0x04 | will.qos << 3 | (will.retain ? 0x20 : 0) }
        if password != nil { flags |= 0x40 }
        if userName != nil { flags |= 0x80 }
        return flags
    }
}

extension ClientPacket {
    package static func connect(_ fields: ConnectFields) -> ClientPacket {
        var payload: [UInt8] = fields.clientIdentifier.map { .field($0) } ?? []
        if let will = fields.will {
            if fields.version == .v5 {
                let properties = will.properties.flatMap(\.encoded)
                payload += .varint(properties.count) + properties
            }
            payload += .field(will.topic) + .field(will.payload)
        }
        if let userName = fields.userName { payload += .field(userName) }
        if let password = fields.password { payload += .field(password) }
        let head =
            .field(fields.protocolName) + [fields.protocolLevel, fields.flags ?? fields.fittingFlags]
            + .big(fields.keepAlive)
        return ClientPacket(0x10, head: head, properties: .list(fields.properties), tail: payload)
    }

    package static func connect(
        id: String = "", version: MQTTVersion = .v311, clean: Bool = true, keepAlive: UInt16 = 0,
        will: ConnectFields.Will? = nil, userName: String? = nil, password: String? = nil,
        properties: [WireProperty] = []
    ) -> ClientPacket {
        connect(
            ConnectFields(
                id: id, version: version, clean: clean, keepAlive: keepAlive, will: will, userName: userName,
                password: password, properties: properties))
    }
}
