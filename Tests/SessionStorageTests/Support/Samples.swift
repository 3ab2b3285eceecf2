import BrokerCore
import BrokerValues
import MQTTWire
import SessionMachine

@testable import SessionStorage

/// Values as tests need them.
enum Samples {
    static let seed: UInt64 = 77
    /// The wall clock when a test's database is opened.
    static let wallClock: StorageStamp = 1_800_000_000_000
    static let start = Instant(milliseconds: 1000)

    static func identity(_ name: String) -> ClientIdentity {
        ClientIdentity(name, seededHash: Array(name.utf8).withByteView { $0.hash(seed: seed) })
    }

    static func message(
        _ topic: String, _ payload: [UInt8] = [1, 2, 3], properties: [UInt8] = [], qos: QualityOfService = .atLeastOnce,
        retain: Bool = false, expiry: UInt32? = nil, arrival: Instant = start, publisher: String? = nil
    ) -> Message {
        Array(topic.utf8).withByteView { topic in
            properties.withByteView { properties in
                payload.withByteView { payload in
                    Message.make(
                        topic: topic, properties: properties, payload: payload, qos: qos, retain: retain,
                        expirySeconds: expiry, arrival: arrival, publisher: publisher.map(identity))
                }
            }
        }
    }

    static func receiver(
        _ session: SessionNumber, qos: QualityOfService = .atLeastOnce, retain: Bool = false,
        identifiers: [UInt32]? = nil
    ) -> StoredReceiver {
        StoredReceiver(session: session, qos: qos, retain: retain, subscriptionIdentifiers: identifiers)
    }

    static func stored(_ number: MessageNumber, to sessions: [SessionNumber], _ payload: [UInt8] = [1, 2, 3])
        -> StoredMessage
    {
        StoredMessage(
            number: number, message: message("a/\(number)", payload), receivers: sessions.map { receiver($0) })
    }

    static func session(
        _ number: SessionNumber, client: String? = nil, cursor: MessageNumber = 0,
        inFlight: [InFlightMessage] = [], unreleased: [UInt16] = [], offlineSince: StorageStamp? = nil
    ) -> SessionRecord {
        SessionRecord(
            number: number, client: client ?? "client-\(number)", expirySeconds: 3600, offlineSince: offlineSince,
            cursor: cursor, inFlight: inFlight, unreleased: unreleased)
    }

    static func attribute(_ key: String, _ value: [UInt8] = [1, 2, 3], timestamp: Int64 = 5) -> SessionAttribute {
        SessionAttribute(key: Array(key.utf8), value: value, timestamp: timestamp)
    }

    static func batch(_ fill: (inout StorageBatch) -> Void) -> StorageBatch {
        var batch = StorageBatch(number: 1)
        batch.stamp = wallClock
        fill(&batch)
        return batch
    }
}

/// A message in full, to be compared.
struct Content: Equatable, CustomStringConvertible {
    var topic: [UInt8]
    var properties: [UInt8]
    var payload: [UInt8]
    var qos: QualityOfService
    var retain: Bool
    var expiry: UInt32?
    var arrival: Instant
    var publisher: ClientIdentity?

    init(_ message: Message) {
        (topic, properties, payload) = message.withParts { ($0.bytes, $1.bytes, $2.bytes) }
        qos = message.qos
        retain = message.retain
        expiry = message.expirySeconds
        arrival = message.arrival
        publisher = message.publisher
    }

    var description: String {
        "\(String(decoding: topic, as: UTF8.self)) \(payload.count) bytes, QoS \(qos.rawValue), retain \(retain), "
            + "expiry \(String(describing: expiry)), at \(arrival.milliseconds)"
    }
}

/// All that a recovery hands over.
struct Recovered {
    var report = RecoveryReport()
    var sessions: [RestoredSession] = []
    var retained: [Message] = []

    subscript(session: SessionNumber) -> RestoredSession? { sessions.first { $0.record.number == session } }

    func queue(_ session: SessionNumber) -> [MessageNumber]? { self[session]?.queue.map(\.number) }
}

extension StorageDatabase {
    /// Opened as tests do, and not recovered yet.
    static func unrecovered(
        _ path: String, options: StorageOptions? = nil, wallClock: StorageStamp = Samples.wallClock,
        now: Instant = Samples.start, schema: StorageSchema = .current
    ) throws(StorageFailure) -> StorageDatabase {
        var chosen = options ?? StorageOptions(durability: .interval)
        chosen.identitySeed = Samples.seed
        return try StorageDatabase(
            directory: path, options: chosen, wallClock: wallClock, now: now, schema: schema)
    }

    /// Opened and recovered.
    static func recovered(
        _ path: String, options: StorageOptions? = nil, wallClock: StorageStamp = Samples.wallClock,
        now: Instant = Samples.start
    ) throws(StorageFailure) -> StorageDatabase {
        let database = try unrecovered(path, options: options, wallClock: wallClock, now: now)
        _ = try database.recoverAll(now)
        return database
    }

    func recoverAll(_ now: Instant = Samples.start) throws(StorageFailure) -> Recovered {
        var result = Recovered()
        var (sessions, retained): ([RestoredSession], [Message]) = ([], [])
        result.report = try recover(now: now) {
            sessions += $0
        } retained: {
            retained.append($0)
        }
        result.sessions = sessions
        result.retained = retained
        return result
    }
}
