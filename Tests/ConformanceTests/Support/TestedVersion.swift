import BrokerTestKit
import Testing

/// A version of the protocol as an argument of a test, with a name that reads well.
enum TestedVersion: String, CaseIterable, CustomTestStringConvertible {
    case v31 = "MQTT 3.1"
    case v311 = "MQTT 3.1.1"
    case v5 = "MQTT 5"

    var testDescription: String { rawValue }

    var mqtt: MQTTVersion {
        switch self {
        case .v31: .v31
        case .v311: .v311
        case .v5: .v5
        }
    }
}
