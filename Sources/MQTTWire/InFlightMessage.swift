/// A message in flight as it is stored: the client may have it already, so it keeps identifier and place.
package struct InFlightMessage: Sendable, Equatable {
    /// What the client still owes.
    package enum Step: UInt8, Sendable {
        /// PUBLISH of QoS 1 was sent: PUBACK.
        case puback = 1
        /// PUBLISH of QoS 2 was sent: PUBREC.
        case pubrec = 2
        /// PUBREL was sent: PUBCOMP. The message itself is the client's now.
        case pubcomp = 3
    }

    package let packetIdentifier: UInt16
    package let awaits: Step
    /// The stored message's number; 0 where it is not needed any more.
    package let number: UInt64

    /// A message in flight.
    package init(packetIdentifier: UInt16, awaits: Step, number: UInt64) {
        self.packetIdentifier = packetIdentifier
        self.awaits = awaits
        self.number = number
    }
}
