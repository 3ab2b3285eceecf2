/// The three versions of MQTT that are served. The version is data: one set of machines serves them all.
package enum ProtocolVersion: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    /// MQTT 3.1, protocol name `MQIsdp`.
    case v3_1 = 3
    /// MQTT 3.1.1, protocol name `MQTT`.
    case v3_1_1 = 4
    /// MQTT 5.0, protocol name `MQTT`.
    case v5 = 5

    /// The version as people write it, such as `3.1.1`.
    package var name: String {
        switch self {
        case .v3_1: "3.1"
        case .v3_1_1: "3.1.1"
        case .v5: "5"
        }
    }

    /// Older versions come first.
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Whether packets of this version have properties and reason codes.
    @inline(__always)
    package var hasProperties: Bool { self == .v5 }
}
