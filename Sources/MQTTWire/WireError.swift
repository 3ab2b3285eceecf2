/// What a peer did wrong in one packet. The connection it came on cannot go on ([MQTT-4.8.0-1], [MQTT5-4.13.1-1]).
package struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The MQTT 5 reason code for it; to a client of version 3.x the close alone must speak.
    package let reason: ReasonCode
    /// What was wrong, in words for a log and for a Reason String.
    package let detail: String

    /// An error with the reason code that MQTT 5 has for it.
    package init(_ reason: ReasonCode, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    /// The bytes do not follow the format (MQTT 5 section 4.13).
    package static func malformed(_ detail: String) -> WireError { WireError(.malformedPacket, detail) }

    /// The bytes follow the format but may not be sent so, or not now.
    package static func protocolError(_ detail: String) -> WireError { WireError(.protocolError, detail) }

    package var description: String { "\(detail) (\(reason))" }
}
