/// One property of MQTT 5, in either direction.
package struct WireProperty: Sendable, Equatable {
    /// The forms that a value takes on the wire. Strings and binary data look the same there.
    package enum Value: Sendable, Equatable {
        case byte(UInt8)
        case twoBytes(UInt16)
        case fourBytes(UInt32)
        case varint(Int)
        case bytes([UInt8])
        case pair([UInt8], [UInt8])
    }

    package let id: Int
    package let value: Value

    /// Any identifier with any value, also ones that the standard does not allow together.
    package init(_ id: Int, _ value: Value) {
        self.id = id
        self.value = value
    }

    private init(_ id: Int, _ text: String) { self.init(id, .bytes([UInt8](text.utf8))) }

    /// The property as it stands in a packet.
    package var encoded: [UInt8] {
        let identifier = [UInt8].varint(id)
        return switch value {
        case .byte(let byte): identifier + [byte]
        case .twoBytes(let number): identifier + .big(number)
        case .fourBytes(let number): identifier + .big(number)
        case .varint(let number): identifier + .varint(number)
        case .bytes(let bytes): identifier + .field(bytes)
        case .pair(let name, let value): identifier + .field(name) + .field(value)
        }
    }
}

// The properties by their names in the standard.
extension WireProperty {
    package static func payloadFormat(_ value: UInt8) -> Self { Self(0x01, .byte(value)) }
    package static func messageExpiry(_ seconds: UInt32) -> Self { Self(0x02, .fourBytes(seconds)) }
    package static func contentType(_ text: String) -> Self { Self(0x03, text) }
    package static func responseTopic(_ text: String) -> Self { Self(0x08, text) }
    package static func correlationData(_ bytes: [UInt8]) -> Self { Self(0x09, .bytes(bytes)) }
    package static func subscriptionIdentifier(_ number: Int) -> Self { Self(0x0B, .varint(number)) }
    package static func sessionExpiry(_ seconds: UInt32) -> Self { Self(0x11, .fourBytes(seconds)) }
    package static func assignedClientIdentifier(_ text: String) -> Self { Self(0x12, text) }
    package static func serverKeepAlive(_ seconds: UInt16) -> Self { Self(0x13, .twoBytes(seconds)) }
    package static func authenticationMethod(_ text: String) -> Self { Self(0x15, text) }
    package static func authenticationData(_ bytes: [UInt8]) -> Self { Self(0x16, .bytes(bytes)) }
    package static func requestProblemInformation(_ value: UInt8) -> Self { Self(0x17, .byte(value)) }
    package static func willDelay(_ seconds: UInt32) -> Self { Self(0x18, .fourBytes(seconds)) }
    package static func requestResponseInformation(_ value: UInt8) -> Self { Self(0x19, .byte(value)) }
    package static func responseInformation(_ text: String) -> Self { Self(0x1A, text) }
    package static func serverReference(_ text: String) -> Self { Self(0x1C, text) }
    package static func reasonString(_ text: String) -> Self { Self(0x1F, text) }
    package static func receiveMaximum(_ count: UInt16) -> Self { Self(0x21, .twoBytes(count)) }
    package static func topicAliasMaximum(_ count: UInt16) -> Self { Self(0x22, .twoBytes(count)) }
    package static func topicAlias(_ alias: UInt16) -> Self { Self(0x23, .twoBytes(alias)) }
    package static func maximumQoS(_ value: UInt8) -> Self { Self(0x24, .byte(value)) }
    package static func retainAvailable(_ value: UInt8) -> Self { Self(0x25, .byte(value)) }
    package static func user(_ name: String, _ value: String) -> Self {
        Self(0x26, .pair([UInt8](name.utf8), [UInt8](value.utf8)))
    }
    package static func maximumPacketSize(_ bytes: UInt32) -> Self { Self(0x27, .fourBytes(bytes)) }
    package static func wildcardSubscriptionAvailable(_ value: UInt8) -> Self { Self(0x28, .byte(value)) }
    package static func subscriptionIdentifierAvailable(_ value: UInt8) -> Self { Self(0x29, .byte(value)) }
    package static func sharedSubscriptionAvailable(_ value: UInt8) -> Self { Self(0x2A, .byte(value)) }
}

extension [WireProperty] {
    /// All properties with an identifier, in their order.
    package func all(_ id: Int) -> [WireProperty] { filter { $0.id == id } }

    /// The number that the first property with this identifier holds.
    package func number(_ id: Int) -> Int? {
        switch first(where: { $0.id == id })?.value {
        case .byte(let value): Int(value)
        case .twoBytes(let value): Int(value)
        case .fourBytes(let value): Int(value)
        case .varint(let value): value
        case .bytes, .pair, nil: nil
        }
    }

    /// The bytes that the first property with this identifier holds.
    package func bytes(_ id: Int) -> [UInt8]? {
        guard case .bytes(let bytes) = first(where: { $0.id == id })?.value else { return nil }
        return bytes
    }

    /// The text that the first property with this identifier holds.
    package func text(_ id: Int) -> String? { bytes(id).map { String(decoding: $0, as: UTF8.self) } }
}
