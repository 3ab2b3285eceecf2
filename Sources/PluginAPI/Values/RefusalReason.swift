/// Why somebody is refused: a reason code of MQTT 5, from which the answers of MQTT 3 follow.
public struct RefusalReason: Sendable, Hashable {
    /// The code as MQTT 5 writes it, from 0x80 on.
    public let rawValue: UInt8

    /// - Returns: nil for a code below 0x80, which is no refusal.
    public init?(rawValue: UInt8) {
        guard rawValue >= 0x80 else { return nil }
        self.rawValue = rawValue
    }

    private init(_ rawValue: UInt8) { self.rawValue = rawValue }

    public static let unspecified = Self(0x80)
    public static let implementationSpecific = Self(0x83)
    public static let clientIdentifierNotValid = Self(0x85)
    public static let badUserNameOrPassword = Self(0x86)
    public static let notAuthorized = Self(0x87)
    public static let serverUnavailable = Self(0x88)
    public static let serverBusy = Self(0x89)
    public static let banned = Self(0x8A)
    public static let badAuthenticationMethod = Self(0x8C)
    public static let topicFilterInvalid = Self(0x8F)
    public static let topicNameInvalid = Self(0x90)
    public static let quotaExceeded = Self(0x97)
    public static let payloadFormatInvalid = Self(0x99)
}
