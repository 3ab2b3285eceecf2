import BrokerCore
import BrokerValues
import MQTTWire

/// Who a stored message is for. It stands in a column of its own before the body, so that a start reads no content.
struct ReceiversRecord {
    private enum Flag {
        static let qos: UInt8 = 3
        static let retain: UInt8 = 4
        static let identifiers: UInt8 = 8
        static let known: UInt8 = 15
    }

    /// What a queue is charged for a message without content.
    private static let fixedCharge = Message.make(
        topic: .empty, properties: .empty, payload: .empty, qos: .atMostOnce, retain: false
    ).chargedBytes

    /// Writes a record.
    static func write(_ stored: StoredMessage, to writer: inout RecordWriter) {
        writer.begin(.receivers)
        writer.number(UInt64(max(stored.message.chargedBytes - fixedCharge, 0)))
        writer.number(UInt64(stored.receivers.count))
        var previous: UInt64 = 0
        for receiver in stored.receivers {
            let difference = Int64(bitPattern: receiver.session &- previous)
            writer.number(UInt64(bitPattern: (difference &<< 1) ^ (difference &>> 63)))
            previous = receiver.session
            var flags = receiver.qos.rawValue
            if receiver.retain { flags |= Flag.retain }
            if receiver.subscriptionIdentifiers != nil { flags |= Flag.identifiers }
            writer.byte(flags)
            guard let identifiers = receiver.subscriptionIdentifiers else { continue }
            writer.number(UInt64(identifiers.count))
            for identifier in identifiers { writer.number(UInt64(identifier)) }
        }
    }

    private var reader: RecordReader
    private let contentBytes: Int
    /// Receivers of the message.
    let count: Int
    private var read = 0
    private var session: UInt64 = 0

    /// Reads the beginning of a record.
    init(_ view: ByteView) throws(RecordFault) {
        reader = try RecordReader(view, .receivers)
        contentBytes = try reader.number(upTo: Int(Int32.max), "size")
        count = try reader.count(ofSize: 2, "number of receivers")
    }

    /// One receiver, without the identifiers themselves.
    struct Receiver {
        var session: SessionNumber
        var qos: QualityOfService
        var retain: Bool
        /// Identifiers that the receiver gets; nil for none at all.
        var identifiers: Int?
        /// See ``StoredEntry/size``.
        var chargedBytes: UInt32
    }

    /// The next receiver; nil behind the last. Its identifiers must be taken or skipped before the next.
    mutating func next() throws(RecordFault) -> Receiver? {
        guard read < count else {
            try reader.end()
            return nil
        }
        read += 1
        let zigzag = try reader.number()
        session = session &+ ((zigzag >> 1) ^ (0 &- (zigzag & 1)))
        let flags = try reader.byte()
        guard flags & ~Flag.known == 0, let qos = QualityOfService(rawValue: flags & Flag.qos) else {
            throw .value("flags of a receiver")
        }
        var charge = contentBytes + Self.fixedCharge
        var identifiers: Int?
        if flags & Flag.identifiers != 0 {
            let count = try reader.count(ofSize: 1, "number of identifiers")
            identifiers = count
            // As ``Delivery/chargedBytes``.
            charge += 32 + count * MemoryLayout<UInt32>.stride
        }
        return Receiver(
            session: session, qos: qos, retain: flags & Flag.retain != 0, identifiers: identifiers,
            chargedBytes: UInt32(clamping: charge))
    }

    /// The identifiers of the receiver that was just read.
    mutating func identifiers(of receiver: Receiver) throws(RecordFault) -> [UInt32]? {
        guard let count = receiver.identifiers else { return nil }
        var result: [UInt32] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(try reader.number32("subscription identifier")) }
        return result
    }

    /// Goes over the identifiers of the receiver that was just read.
    mutating func skipIdentifiers(of receiver: Receiver) throws(RecordFault) {
        for _ in 0..<(receiver.identifiers ?? 0) { _ = try reader.number32("subscription identifier") }
    }
}

extension ReceiversRecord {
    /// How one session gets the message; nil if it does not.
    static func find(_ session: SessionNumber, in view: ByteView) throws(RecordFault) -> StoredReceiver? {
        var record = try ReceiversRecord(view)
        while let receiver = try record.next() {
            guard receiver.session == session else {
                try record.skipIdentifiers(of: receiver)
                continue
            }
            return StoredReceiver(
                session: session, qos: receiver.qos, retain: receiver.retain,
                subscriptionIdentifiers: try record.identifiers(of: receiver))
        }
        return nil
    }

    /// Reads all receivers into `result`, without their identifiers.
    static func read(_ view: ByteView, into result: inout [Receiver]) throws(RecordFault) {
        result.removeAll(keepingCapacity: true)
        var record = try ReceiversRecord(view)
        while let receiver = try record.next() {
            try record.skipIdentifiers(of: receiver)
            result.append(receiver)
        }
    }
}
