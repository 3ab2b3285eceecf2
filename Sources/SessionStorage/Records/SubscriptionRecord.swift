import MQTTWire
import BrokerValues

/// A subscription without session and filter, which are the row's key.
enum SubscriptionRecord {
    /// Longest filter that MQTT has.
    private static let longestFilter = 65_535

    /// Writes a record.
    static func write(_ options: SubscriptionOptions, identifier: UInt32, to writer: inout RecordWriter) {
        writer.begin(.subscription)
        var byte = options.qos.rawValue
        if options.noLocal { byte |= 4 }
        if options.retainAsPublished { byte |= 8 }
        writer.byte(byte | options.retainHandling.rawValue << 4)
        writer.number(UInt64(identifier))
    }

    /// Reads a record.
    static func read(
        _ view: ByteView, filter: ByteView
    ) throws(RecordFault) -> (options: SubscriptionOptions, identifier: UInt32) {
        guard !filter.isEmpty, filter.count <= longestFilter, UTF8Check.isValid(filter) else {
            throw .value("filter")
        }
        var reader = try RecordReader(view, .subscription)
        let byte = try reader.byte()
        guard byte & 0xC0 == 0, let qos = QualityOfService(rawValue: byte & 3),
            let handling = SubscriptionOptions.RetainHandling(rawValue: byte >> 4)
        else { throw .value("options") }
        var options = SubscriptionOptions(qos: qos)
        options.noLocal = byte & 4 != 0
        options.retainAsPublished = byte & 8 != 0
        options.retainHandling = handling
        let identifier = try reader.number32("subscription identifier")
        try reader.end()
        return (options, identifier)
    }
}
