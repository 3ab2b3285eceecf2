import Testing

/// A version of the standard with its own numbering of statements. MQTT 3.1 has no numbered statements.
enum Standard: String, CaseIterable, CustomTestStringConvertible {
    case mqtt311 = "3.1.1"
    case mqtt5 = "5"

    /// How the identifiers of this version begin here.
    var prefix: String { self == .mqtt311 ? "MQTT-" : "MQTT5-" }

    /// Normative statements that the standard numbers.
    var statementCount: Int { self == .mqtt311 ? 141 : 251 }

    var testDescription: String { "MQTT \(rawValue)" }

    func owns(_ identifier: String) -> Bool { identifier.hasPrefix(prefix) }
}
