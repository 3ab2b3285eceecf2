import BrokerCore
import MQTTWire

/// An attribute without session and key, which are the row's key.
enum AttributeRecord {
    /// Writes a record.
    static func write(_ attribute: SessionAttribute, to writer: inout RecordWriter) {
        writer.begin(.attribute)
        writer.fixed(attribute.timestamp)
        attribute.value.withByteView { writer.raw($0) }
    }

    /// Reads a record.
    static func read(_ view: ByteView, key: ByteView) throws(RecordFault) -> SessionAttribute {
        guard key.count <= AttributeLimits.keyBytes, UTF8Check.isValid(key) else { throw .value("key") }
        var reader = try RecordReader(view, .attribute)
        let timestamp = try reader.fixed(Int64.self)
        guard reader.left <= AttributeLimits.valueBytes else { throw .value("value") }
        return SessionAttribute(key: key.bytes, value: try reader.rest().bytes, timestamp: timestamp)
    }
}
