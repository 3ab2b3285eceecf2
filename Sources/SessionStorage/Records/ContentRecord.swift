import BrokerCore
import BrokerValues
import MQTTWire

/// A message as it is stored in bodies, wills and retained records.
struct ContentRecord {
    /// Makes the identity of a publisher, whose hash differs from run to run.
    let seed: UInt64

    private enum Flag {
        static let qos: UInt8 = 3
        static let retain: UInt8 = 4
        static let expiry: UInt8 = 8
        static let publisher: UInt8 = 16
        static let known: UInt8 = 31
    }

    /// Longest topic that MQTT has.
    private static let longestTopic = 65_535

    /// Writes a message behind what the writer holds.
    static func write(_ message: Message, stamp: StorageStamp, withTopic: Bool, to writer: inout RecordWriter) {
        var flags = message.qos.rawValue
        if message.retain { flags |= Flag.retain }
        if message.expirySeconds != nil { flags |= Flag.expiry }
        if message.publisher != nil { flags |= Flag.publisher }
        writer.byte(flags)
        writer.fixed(stamp)
        if let expiry = message.expirySeconds { writer.fixed(expiry) }
        if let publisher = message.publisher { Array(publisher.name.utf8).withByteView { writer.text($0) } }
        message.withParts { topic, properties, payload in
            if withTopic { writer.text(topic) }
            writer.text(properties)
            writer.raw(payload)
        }
    }

    /// Reads a message to the end of the record.
    ///
    /// - Parameters:
    ///   - topic: nil if it stands in the record.
    ///   - now: the message's new time of arrival; nil leaves its expiry as it is, for wills, which are not published yet.
    func read(
        _ reader: inout RecordReader, topic: ByteView?, at now: (instant: Instant, stamp: StorageStamp)?
    ) throws(RecordFault) -> Message {
        let flags = try reader.byte()
        guard flags & ~Flag.known == 0, let qos = QualityOfService(rawValue: flags & Flag.qos) else {
            throw .value("flags")
        }
        let stamp = try reader.fixed(StorageStamp.self)
        var expiry: UInt32?
        if flags & Flag.expiry != 0 {
            let seconds = try reader.fixed(UInt32.self)
            let waited = now.map { $0.stamp > stamp ? ($0.stamp - stamp) / 1000 : 0 } ?? 0
            expiry = waited >= UInt64(seconds) ? 0 : seconds - UInt32(waited)
        }
        var publisher: ClientIdentity?
        if flags & Flag.publisher != 0 {
            let name = try reader.text()
            guard UTF8Check.isValid(name) else { throw .value("publisher") }
            publisher = ClientIdentity(name.text, seededHash: name.hash(seed: seed))
        }
        let name = if let topic { topic } else { try reader.text() }
        guard UTF8Check.isValid(name),
            TopicSyntax.faultInName(name, maximumLength: Self.longestTopic, maximumLevels: .max) == nil
        else { throw .value("topic") }
        let properties = try reader.text()
        let payload = try reader.rest()
        return Message.make(
            topic: name, properties: properties, payload: payload, qos: qos, retain: flags & Flag.retain != 0,
            expirySeconds: expiry, arrival: now?.instant ?? Instant(milliseconds: 0), publisher: publisher)
    }

    /// Reads a body.
    func body(
        _ view: ByteView, at now: (instant: Instant, stamp: StorageStamp)
    ) throws(RecordFault) -> Message {
        var reader = try RecordReader(view, .body)
        return try read(&reader, topic: nil, at: now)
    }

    /// Reads a retained message.
    func retained(
        _ view: ByteView, topic: ByteView, at now: (instant: Instant, stamp: StorageStamp)
    ) throws(RecordFault) -> Message {
        var reader = try RecordReader(view, .retained)
        return try read(&reader, topic: topic, at: now)
    }

    /// Reads a will.
    func will(_ view: ByteView) throws(RecordFault) -> (message: Message, delaySeconds: UInt32) {
        var reader = try RecordReader(view, .will)
        let delay = try reader.number32("will delay")
        return (try read(&reader, topic: nil, at: nil), delay)
    }
}
