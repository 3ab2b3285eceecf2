/// A CONNECT, decoded and copied (MQTT 5 section 3.1, MQTT 3.1.1 section 3.1).
package struct ConnectPacket: Sendable {
    package var version: ProtocolVersion
    /// Clean Start; for 3.x, Clean Session.
    package var cleanStart: Bool
    /// Seconds; 0 turns keep-alive off.
    package var keepAlive: UInt16
    /// Empty if the broker shall choose.
    package var clientIdentifier: String
    package var will: WillPacket?
    package var userName: String?
    package var password: [UInt8]?
    package var properties: ConnectProperties

    /// A packet with no will, no credentials and the standard's defaults.
    package init(version: ProtocolVersion, clientIdentifier: String, cleanStart: Bool = true, keepAlive: UInt16 = 0) {
        self.version = version
        self.clientIdentifier = clientIdentifier
        self.cleanStart = cleanStart
        self.keepAlive = keepAlive
        properties = ConnectProperties()
        // CleanSession 0 of 3.x is a session that never expires (MQTT 5 section 3.1.2.11.2).
        if version != .v5, !cleanStart { properties.sessionExpiry = .max }
    }
}

/// The properties of CONNECT, with the standard's defaults for absent ones.
package struct ConnectProperties: Sendable {
    /// Seconds; 4294967295 means that the session never expires.
    package var sessionExpiry: UInt32 = 0
    package var receiveMaximum: UInt16 = .max
    package var maximumPacketSize: UInt32? = nil
    package var topicAliasMaximum: UInt16 = 0
    package var requestResponseInformation: Bool = false
    package var requestProblemInformation: Bool = true
    package var authenticationMethod: String? = nil
    package var authenticationData: [UInt8]? = nil
    package var userProperties: [UserProperty] = []

    /// The defaults of the standard.
    package init() {}
}

/// The will in a CONNECT.
package struct WillPacket: Sendable {
    package var message: Message
    /// Seconds from the end of the connection to the will.
    package var delay: UInt32

    /// A will that is published `delay` seconds after the connection has ended.
    package init(message: Message, delay: UInt32 = 0) {
        self.message = message
        self.delay = delay
    }
}

/// Why a CONNECT could not be decoded, and in which form it may be answered.
package struct ConnectError: Error, Hashable, Sendable {
    /// In which form a refusal may be sent.
    package enum Answer: Hashable, Sendable {
        /// Close without a word: not MQTT, or a bad 3.1.1 CONNECT [MQTT-3.1.4-1].
        case none
        /// A CONNACK of version 3.x.
        case returnCode(ConnectReturnCode)
        /// A CONNACK of version 5.
        case reasonCode(ReasonCode)
    }

    package let error: WireError
    package let answer: Answer
}
