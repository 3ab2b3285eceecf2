import DequeModule
package import MQTTWire

/// Something that the broker owes a client.
package enum Acknowledgement: Sendable, Equatable {
    /// PUBACK, PUBREC or PUBCOMP.
    case publish(PacketType, packetIdentifier: UInt16, reason: ReasonCode)
    /// SUBACK or UNSUBACK, a code for each filter.
    case subscription(PacketType, packetIdentifier: UInt16, codes: [UInt8])

    /// Whether it takes one of the client's Receive Maximum while it waits to be sent. A PUBREC does not: the identifier
    /// of its publish is held, and counted, until the PUBREL.
    package var takesQuotaWhileWaiting: Bool {
        if case .publish(let type, _, _) = self { type != .pubrec } else { false }
    }
}

/// Acknowledgements leave a connection in the order of the packets that they answer, also when one of them has to wait
/// for a commit or for other shards [MQTT-4.6.0-2] [MQTT-4.6.0-3].
///
/// Bounded by the Receive Maximum for publishes and by the one open SUBSCRIBE or UNSUBSCRIBE at a time for the rest.
package struct AcknowledgementQueue: Sendable {
    private struct Entry {
        var acknowledgement: Acknowledgement
        /// What it waits for; nil once it may go.
        var token: UInt64?
        /// Whether it has waited for something itself, not only for those before it.
        var hasWaited: Bool
    }

    private var entries: Deque<Entry> = []

    /// Nothing waits.
    package init() {}

    /// Whether nothing waits, so that an acknowledgement that is ready may go at once.
    @inline(__always)
    package var isEmpty: Bool { entries.isEmpty }

    package var count: Int { entries.count }

    /// Adds one that waits for `token`, or is ready but must let others go first.
    package mutating func append(_ acknowledgement: Acknowledgement, awaiting token: UInt64?) {
        entries.append(Entry(acknowledgement: acknowledgement, token: token, hasWaited: token != nil))
    }

    /// What `token` stood for has happened.
    ///
    /// - Parameter change: applied to the acknowledgements that waited, for example to put a failure in.
    package mutating func resolve(_ token: UInt64, _ change: (inout Acknowledgement) -> Void = { _ in }) {
        for index in entries.indices where entries[index].token == token {
            entries[index].token = nil
            change(&entries[index].acknowledgement)
        }
    }

    /// The next one that may go.
    package mutating func popReady() -> Acknowledgement? { popReadyEntry()?.acknowledgement }

    /// The next one that may go, and whether it has waited for something itself.
    package mutating func popReadyEntry() -> (acknowledgement: Acknowledgement, hasWaited: Bool)? {
        guard let first = entries.first, first.token == nil else { return nil }
        entries.removeFirst()
        return (first.acknowledgement, first.hasWaited)
    }

    /// The connection ended: nobody is there to be answered.
    package mutating func removeAll() { entries = [] }
}
