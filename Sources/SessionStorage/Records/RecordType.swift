/// What a stored record is: its first byte. The second is the version of the type's layout.
///
/// A *number* is seven bits to a byte, the low ones first, with the high bit set in all bytes but the last. Fixed numbers
/// have their low byte first. A *text* is a number of bytes and those.
///
/// | type | fields behind type and version |
/// |---|---|
/// | receivers | number: bytes of topic, properties and payload; number: receivers; for each: number: difference of its session from the one before (zigzag); byte: QoS (bits 0 and 1), retain (2), has identifiers (3); with that bit number: identifiers, and each as a number |
/// | body | content with topic |
/// | session | 4 bytes: expiry in seconds; byte: is offline; 8 bytes: since when; number: cursor; number: messages in flight; for each 2 bytes: packet identifier, byte: step, number: message; number: unreleased; 2 bytes for each |
/// | subscription | byte: options as in SUBSCRIBE of MQTT 5; number: identifier |
/// | will | number: delay in seconds; content with topic |
/// | retained | content without topic, which is the row's key |
/// | attribute | 8 bytes: time stamp, signed; all that is left: value |
///
/// *Content* is: byte: QoS (bits 0 and 1), retain (2), has expiry (3), has publisher (4); 8 bytes: stamp of arrival; 4 bytes:
/// expiry in seconds, with bit 3; text: publisher, with bit 4; text: topic, if it is with topic; text: properties; all that
/// is left: payload.
enum RecordType: UInt8, CaseIterable {
    case receivers = 1
    case body = 2
    case session = 3
    case subscription = 4
    case will = 5
    case retained = 6
    case attribute = 7

    /// The layout that is written, and the newest that is read.
    var version: UInt8 { 1 }
}
