/// The protocol versions that a test client speaks; the raw value is the protocol level of CONNECT.
package enum MQTTVersion: UInt8, Sendable, Equatable, CaseIterable {
    case v31 = 3
    case v311 = 4
    case v5 = 5

    /// The protocol name that belongs to the level.
    package var protocolName: String { self == .v31 ? "MQIsdp" : "MQTT" }
}
