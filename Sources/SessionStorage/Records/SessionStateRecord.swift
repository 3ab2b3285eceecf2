import BrokerCore
import MQTTWire

/// A session's state without number and client, which have columns of their own.
enum SessionStateRecord {
    /// Packet identifiers that there are.
    private static let identifiers = 65_535

    /// Writes a record.
    static func write(_ session: SessionRecord, to writer: inout RecordWriter) {
        writer.begin(.session)
        writer.fixed(session.expirySeconds)
        writer.byte(session.offlineSince == nil ? 0 : 1)
        writer.fixed(session.offlineSince ?? 0)
        writer.number(session.cursor)
        writer.number(UInt64(session.inFlight.count))
        for message in session.inFlight {
            writer.fixed(message.packetIdentifier)
            writer.byte(message.awaits.rawValue)
            writer.number(message.number)
        }
        writer.number(UInt64(session.unreleased.count))
        for identifier in session.unreleased { writer.fixed(identifier) }
    }

    /// Reads a record.
    static func read(
        _ view: ByteView, number: SessionNumber, client: ByteView
    ) throws(RecordFault) -> SessionRecord {
        guard UTF8Check.isValid(client) else { throw .value("client") }
        var reader = try RecordReader(view, .session)
        let expiry = try reader.fixed(UInt32.self)
        let isOffline = try reader.byte()
        if isOffline > 1 { throw .value("offline") }
        let since = try reader.fixed(StorageStamp.self)
        if since > StorageBounds.greatestStamp { throw .value("offline") }
        let cursor = try reader.number()
        if cursor > StorageBounds.greatestNumber { throw .value("cursor") }
        let inFlightCount = try reader.count(ofSize: 4, "number in flight")
        if inFlightCount > identifiers { throw .value("number in flight") }
        var inFlight: [InFlightMessage] = []
        inFlight.reserveCapacity(inFlightCount)
        for _ in 0..<inFlightCount {
            let identifier = try reader.fixed(UInt16.self)
            guard identifier != 0, let step = InFlightMessage.Step(rawValue: try reader.byte()) else {
                throw .value("a message in flight")
            }
            inFlight.append(
                InFlightMessage(packetIdentifier: identifier, awaits: step, number: try reader.number()))
        }
        let unreleasedCount = try reader.count(ofSize: 2, "number unreleased")
        if unreleasedCount > identifiers { throw .value("number unreleased") }
        var unreleased: [UInt16] = []
        unreleased.reserveCapacity(unreleasedCount)
        for _ in 0..<unreleasedCount { unreleased.append(try reader.fixed(UInt16.self)) }
        try reader.end()
        return SessionRecord(
            number: number, client: client.text, expirySeconds: expiry,
            offlineSince: isOffline == 1 ? since : nil, cursor: cursor, inFlight: inFlight, unreleased: unreleased)
    }
}
