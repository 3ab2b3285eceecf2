/// The reason codes of MQTT 5 (section 2.4). Versions 3.x know a few of them under other numbers; see
/// ``ConnectReturnCode``.
package struct ReasonCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: UInt8

    /// Any byte; whether it is a known code is for the packet to say.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let success = ReasonCode(rawValue: 0x00)
    package static let grantedQoS1 = ReasonCode(rawValue: 0x01)
    package static let grantedQoS2 = ReasonCode(rawValue: 0x02)
    package static let disconnectWithWill = ReasonCode(rawValue: 0x04)
    package static let noMatchingSubscribers = ReasonCode(rawValue: 0x10)
    package static let noSubscriptionExisted = ReasonCode(rawValue: 0x11)
    package static let continueAuthentication = ReasonCode(rawValue: 0x18)
    package static let reauthenticate = ReasonCode(rawValue: 0x19)
    package static let unspecifiedError = ReasonCode(rawValue: 0x80)
    package static let malformedPacket = ReasonCode(rawValue: 0x81)
    package static let protocolError = ReasonCode(rawValue: 0x82)
    package static let implementationSpecificError = ReasonCode(rawValue: 0x83)
    package static let unsupportedProtocolVersion = ReasonCode(rawValue: 0x84)
    package static let clientIdentifierNotValid = ReasonCode(rawValue: 0x85)
    package static let badUserNameOrPassword = ReasonCode(rawValue: 0x86)
    package static let notAuthorized = ReasonCode(rawValue: 0x87)
    package static let serverUnavailable = ReasonCode(rawValue: 0x88)
    package static let serverBusy = ReasonCode(rawValue: 0x89)
    package static let banned = ReasonCode(rawValue: 0x8A)
    package static let serverShuttingDown = ReasonCode(rawValue: 0x8B)
    package static let badAuthenticationMethod = ReasonCode(rawValue: 0x8C)
    package static let keepAliveTimeout = ReasonCode(rawValue: 0x8D)
    package static let sessionTakenOver = ReasonCode(rawValue: 0x8E)
    package static let topicFilterInvalid = ReasonCode(rawValue: 0x8F)
    package static let topicNameInvalid = ReasonCode(rawValue: 0x90)
    package static let packetIdentifierInUse = ReasonCode(rawValue: 0x91)
    package static let packetIdentifierNotFound = ReasonCode(rawValue: 0x92)
    package static let receiveMaximumExceeded = ReasonCode(rawValue: 0x93)
    package static let topicAliasInvalid = ReasonCode(rawValue: 0x94)
    package static let packetTooLarge = ReasonCode(rawValue: 0x95)
    package static let messageRateTooHigh = ReasonCode(rawValue: 0x96)
    package static let quotaExceeded = ReasonCode(rawValue: 0x97)
    package static let administrativeAction = ReasonCode(rawValue: 0x98)
    package static let payloadFormatInvalid = ReasonCode(rawValue: 0x99)
    package static let retainNotSupported = ReasonCode(rawValue: 0x9A)
    package static let qosNotSupported = ReasonCode(rawValue: 0x9B)
    package static let useAnotherServer = ReasonCode(rawValue: 0x9C)
    package static let serverMoved = ReasonCode(rawValue: 0x9D)
    package static let sharedSubscriptionsNotSupported = ReasonCode(rawValue: 0x9E)
    package static let connectionRateExceeded = ReasonCode(rawValue: 0x9F)
    package static let maximumConnectTime = ReasonCode(rawValue: 0xA0)
    package static let subscriptionIdentifiersNotSupported = ReasonCode(rawValue: 0xA1)
    package static let wildcardSubscriptionsNotSupported = ReasonCode(rawValue: 0xA2)

    /// Whether the code says that something failed (MQTT 5 section 2.4).
    package var isError: Bool { rawValue >= 0x80 }

    /// Two hexadecimal digits, such as `0x04`.
    package var description: String { (rawValue < 0x10 ? "0x0" : "0x") + String(rawValue, radix: 16, uppercase: true) }

    /// Whether a server may put this code into DISCONNECT [MQTT5-3.14.2-1].
    package static func serverMayDisconnect(with code: ReasonCode) -> Bool {
        switch code.rawValue {
        case 0x00, 0x80...0x83, 0x87, 0x89, 0x8B, 0x8D...0x90, 0x93...0xA2: true
        default: false
        }
    }

    /// The codes that a client may put into a packet of `type`; a server refuses others.
    package static func clientMaySend(_ code: ReasonCode, in type: PacketType) -> Bool {
        switch type {
        case .puback, .pubrec:  // [MQTT5-3.4.2-1], [MQTT5-3.5.2-1]
            // 0x10, no matching subscribers, is the server's alone.
            [0x00, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99].contains(code.rawValue)
        case .pubrel, .pubcomp:  // [MQTT5-3.6.2-1], [MQTT5-3.7.2-1]
            [0x00, 0x92].contains(code.rawValue)
        case .disconnect:  // [MQTT5-3.14.2-1]
            [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99].contains(code.rawValue)
        case .auth:  // [MQTT5-3.15.2-1]; 0x00 is the server's
            [0x18, 0x19].contains(code.rawValue)
        case .connect, .connack, .publish, .subscribe, .suback, .unsubscribe, .unsuback, .pingreq, .pingresp:
            false
        }
    }
}

/// The return codes of CONNACK in MQTT 3.1 and 3.1.1 (section 3.2.2.3).
package enum ConnectReturnCode: UInt8, Sendable {
    case accepted = 0
    case unacceptableProtocolLevel = 1
    case identifierRejected = 2
    case serverUnavailable = 3
    case badUserNameOrPassword = 4
    case notAuthorized = 5

    /// The code that comes nearest to an MQTT 5 reason.
    package init(_ reason: ReasonCode) {
        switch reason {
        case .success: self = .accepted
        case .unsupportedProtocolVersion: self = .unacceptableProtocolLevel
        case .clientIdentifierNotValid: self = .identifierRejected
        case .badUserNameOrPassword, .badAuthenticationMethod: self = .badUserNameOrPassword
        case .notAuthorized, .banned: self = .notAuthorized
        default: self = .serverUnavailable  // every other refusal: the 3.x table has nothing nearer
        }
    }
}
