package import BrokerValues

/// QoS 1 and 2 from the client to the broker (MQTT 5 section 4.3). Belongs to the session: identifiers of QoS 2
/// publishes are remembered across connections [MQTT-4.3.3-2].
package struct InboundFlow: Sendable, Equatable {
    /// QoS 2 publishes that wait for their PUBREL.
    package private(set) var unreleased = PacketIdentifierSet()
    /// QoS 1 publishes of this connection that wait for their PUBACK, and QoS 2 ones that wait for their PUBREC.
    private var uncommitted = 0

    /// Nothing open.
    package init() {}

    /// The identifiers that were held when the session was stored; 0 is none.
    package init(unreleased stored: [UInt16]) {
        for identifier in stored where identifier != 0 { _ = unreleased.insert(identifier) }
    }

    /// What to do with a PUBLISH of QoS 1 or 2.
    package enum PublishDecision: Equatable {
        /// New: route it, then acknowledge.
        case route
        /// A repeat of a QoS 2 publish that was routed already: only acknowledge again [MQTT-4.3.3-2].
        case acknowledgeOnly
        /// The identifier belongs to a QoS 2 publish that is not finished: refuse this one [MQTT5-2.2.1-3].
        case identifierInUse
        /// One more than the Receive Maximum that we announced [MQTT5-3.3.4-7].
        case receiveMaximumExceeded
    }

    /// A PUBLISH of QoS 1 or 2 has arrived.
    ///
    /// - Parameter receiveMaximum: nil for 3.x, which has no such limit.
    package mutating func publishReceived(
        qos: QualityOfService, packetIdentifier: UInt16, receiveMaximum: UInt16?
    ) -> PublishDecision {
        // DUP plays no part: only the identifier tells a repeat from a new message [MQTT5-4.3.2-5].
        if qos == .exactlyOnce, unreleased.contains(packetIdentifier) { return .acknowledgeOnly }
        if receiveMaximum != nil, unreleased.contains(packetIdentifier) { return .identifierInUse }
        if let receiveMaximum, unreleased.count + uncommitted >= Int(receiveMaximum) { return .receiveMaximumExceeded }
        if qos == .exactlyOnce { _ = unreleased.insert(packetIdentifier) }
        return .route
    }

    /// A QoS 1 publish must wait for a commit before its PUBACK; it counts against the Receive Maximum meanwhile.
    package mutating func commitAwaited() { uncommitted += 1 }

    /// What ``commitAwaited()`` announced has come.
    package mutating func commitResolved() { uncommitted = max(0, uncommitted - 1) }

    /// The connection ended: what waited for a commit is not acknowledged any more.
    package mutating func connectionEnded() {
        uncommitted = 0
        unreleased.trim()
    }

    /// A QoS 2 publish is refused: its identifier is free at once [MQTT5-4.3.3-9].
    package mutating func refused(packetIdentifier: UInt16) { _ = unreleased.remove(packetIdentifier) }

    /// A PUBREL has arrived. Returns whether its publish is known; PUBCOMP is sent either way [MQTT-4.3.3-2].
    package mutating func pubrelReceived(packetIdentifier: UInt16) -> Bool { unreleased.remove(packetIdentifier) }
}
