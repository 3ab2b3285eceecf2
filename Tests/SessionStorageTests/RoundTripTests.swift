import BrokerCore
import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@testable import SessionStorage

@Suite("What is stored comes back")
struct RoundTripTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Writes, closes, opens and recovers.
    private func reopened(after batches: [StorageBatch]) throws -> (StorageDatabase, Recovered) {
        do {
            let database = try StorageDatabase.recovered(directory.path)
            _ = try database.write(batches)
            try database.close()
        }
        let database = try StorageDatabase.unrecovered(directory.path)
        return (database, try database.recoverAll())
    }

    @Test("A session comes back with all its state, its subscriptions and its will")
    func session() throws {
        let record = SessionRecord(
            number: 9, client: "clé/é", expirySeconds: .max, offlineSince: 1_700_000_000_123, cursor: 640,
            inFlight: [
                InFlightMessage(packetIdentifier: 65_535, awaits: .pubrec, number: 576),
                InFlightMessage(packetIdentifier: 1, awaits: .pubcomp, number: 0),
                InFlightMessage(packetIdentifier: 300, awaits: .puback, number: 1 << 62),
            ], unreleased: [1, 2, 65_535])
        var options = SubscriptionOptions(qos: .exactlyOnce)
        options.noLocal = true
        options.retainAsPublished = true
        options.retainHandling = .never
        let will = Samples.message("will/é", [], properties: [1, 0], retain: true, expiry: 5)
        let (_, recovered) = try reopened(after: [
            Samples.batch {
                $0.sessions = [record]
                $0.subscriptions = [
                    .set(9, filter: Array("b/#".utf8), options, identifier: 268_435_455),
                    .set(9, filter: Array("a/+".utf8), SubscriptionOptions(qos: .atMostOnce), identifier: 0),
                ]
                $0.wills = [.set(9, will, delaySeconds: .max)]
            }
        ])
        let session = try #require(recovered[9])
        #expect(recovered.sessions.count == 1)
        #expect(session.record == record)
        #expect(session.subscriptions.map(\.filter) == [Array("a/+".utf8), Array("b/#".utf8)])
        #expect(session.subscriptions.map(\.options) == [SubscriptionOptions(qos: .atMostOnce), options])
        #expect(session.subscriptions.map(\.identifier) == [0, 268_435_455])
        let restored = try #require(session.will)
        #expect(restored.delaySeconds == .max)
        var expected = Content(will)
        expected.arrival = Instant(milliseconds: 0)
        #expect(Content(restored.message) == expected)
        #expect(recovered.report.faults.count == 0)
        #expect(recovered.report.sessions == 1)
        #expect(recovered.report.subscriptions == 2)
        #expect(recovered.report.wills == 1)
    }

    @Test("Attributes come back as they were put last, whatever they are, and what was taken away does not")
    func attributes() throws {
        let kept = [
            SessionAttribute(key: [], value: [], timestamp: .min),
            Samples.attribute("a", [1], timestamp: 7),
            Samples.attribute(
                String(repeating: "é", count: AttributeLimits.keyBytes / 2),
                [UInt8](repeating: 0, count: AttributeLimits.valueBytes), timestamp: .max),
        ]
        let (database, recovered) = try reopened(after: [
            Samples.batch {
                $0.sessions = [Samples.session(1), Samples.session(2)]
                $0.attributes = [
                    .set(1, Samples.attribute("a", [2], timestamp: 9)), .set(2, Samples.attribute("b")),
                    .removed(1, key: Array("never".utf8)), .set(1, Samples.attribute("c")),
                ]
            },
            Samples.batch { $0.attributes = kept.map { .set(1, $0) } + [.removed(1, key: Array("c".utf8))] },
        ])
        #expect(recovered[1]?.attributes == kept)
        #expect(recovered[2]?.attributes == [Samples.attribute("b")])
        #expect(recovered.report.attributes == 4)
        #expect(recovered.report.faults.count == 0)
        #expect(database.rows.attributes == 4)
        _ = try database.write([Samples.batch { $0.attributes = [.removed(1, key: []), .removed(1, key: [])] }])
        #expect(database.rows.attributes == 3)
    }

    @Test("A message comes back as each of its receivers gets it", arguments: [0, 3, 5000])
    func message(payload: Int) throws {
        let message = Samples.message(
            "a/b", [UInt8](repeating: 7, count: payload), properties: [1, 1], qos: .exactlyOnce, retain: true,
            expiry: 60, publisher: "somebody")
        let stored = StoredMessage(
            number: 64, message: message,
            receivers: [
                Samples.receiver(1 << 40, qos: .exactlyOnce, retain: true, identifiers: [1, 268_435_455]),
                Samples.receiver(2, identifiers: []), Samples.receiver(3),
            ])
        let (database, recovered) = try reopened(after: [
            Samples.batch {
                $0.messages = [stored]
                $0.sessions = [Samples.session(2), Samples.session(3), Samples.session(1 << 40)]
            }
        ])
        for receiver in stored.receivers {
            let delivery = Delivery(
                message: message, qos: receiver.qos, retain: receiver.retain,
                subscriptionIdentifiers: receiver.subscriptionIdentifiers)
            let size = UInt32(delivery.chargedBytes)
            #expect(
                recovered[receiver.session]?.queue == [StoredEntry(number: 64, size: size, qos: receiver.qos)])
            let loaded = try database.load(
                LoadQuestion(request: 1, session: receiver.session, numbers: [64], now: Samples.start))
            #expect(loaded.map(\.number) == [64])
            let found = try #require(loaded.first?.delivery)
            #expect(Content(found.message) == Content(message))
            #expect(found.qos == receiver.qos)
            #expect(found.retain == receiver.retain)
            #expect(found.subscriptionIdentifiers == receiver.subscriptionIdentifiers)
            #expect(found.chargedBytes == delivery.chargedBytes)
        }
        #expect(database.loadFaults.count == 0)
    }

    @Test("What is left of a message's expiry is counted over the time that the broker was down")
    func expiry() throws {
        do {
            let database = try StorageDatabase.recovered(directory.path)
            let stored = StoredMessage(
                number: 1, message: Samples.message("a", expiry: 100, arrival: Samples.start),
                receivers: [Samples.receiver(1)])
            _ = try database.write([
                Samples.batch {
                    $0.messages = [stored]
                    $0.sessions = [Samples.session(1)]
                    $0.retained = [Samples.message("r", retain: true, expiry: 30)]
                }
            ])
        }
        // Forty seconds later by the wall clock, and ten more on the new process's monotonic clock.
        let database = try StorageDatabase.unrecovered(
            directory.path, wallClock: Samples.wallClock + 40_000, now: Instant(milliseconds: 5))
        let recovered = try database.recoverAll(Instant(milliseconds: 5))
        #expect(recovered.retained.map(\.expirySeconds) == [0])
        let later = Instant(milliseconds: 10_005)
        let loaded = try database.load(LoadQuestion(request: 1, session: 1, numbers: [1], now: later))
        #expect(loaded.map(\.delivery.message.expirySeconds) == [50])
        #expect(loaded.map(\.delivery.message.arrival) == [later])
        let late = try database.load(
            LoadQuestion(request: 1, session: 1, numbers: [1], now: Instant(milliseconds: 900_000)))
        #expect(late.map(\.delivery.message.expirySeconds) == [0])
    }

    @Test("A wall clock that was put back counts as no time passed")
    func clockBehind() throws {
        do {
            let database = try StorageDatabase.recovered(directory.path)
            _ = try database.write([Samples.batch { $0.sessions = [Samples.session(1)] }])
        }
        let database = try StorageDatabase.unrecovered(directory.path, wallClock: Samples.wallClock - 5000)
        #expect(database.clockBehind == 5000)
        #expect(database.clock.stamp(of: Samples.start) == Samples.wallClock)
        #expect(try database.recoverAll().report.stamp == Samples.wallClock)
    }

    @Test("Of retained messages the last of each topic stays, and one without payload clears it")
    func retained() throws {
        let (database, recovered) = try reopened(after: [
            Samples.batch {
                $0.retained = [Samples.message("a", [1]), Samples.message("b", [2]), Samples.message("c", [])]
            },
            Samples.batch { $0.retained = [Samples.message("a", [3], publisher: "p"), Samples.message("b", [])] },
        ])
        #expect(recovered.retained.map { Content($0).payload } == [[3]])
        #expect(recovered.retained.first?.publisher == Samples.identity("p"))
        #expect(database.rows.retained == 1)
        _ = try database.write([Samples.batch { $0.retained = [Samples.message("a", [])] }])
        #expect(database.rows.retained == 0)
    }

    @Test("A message that is not there is left out and counted")
    func missing() throws {
        let (database, _) = try reopened(after: [
            Samples.batch {
                $0.messages = [Samples.stored(1, to: [1]), Samples.stored(3, to: [2])]
                $0.sessions = [Samples.session(1), Samples.session(2)]
            }
        ])
        let numbers: [MessageNumber] = [1, 2, 3, .max]
        let loaded = try database.load(LoadQuestion(request: 1, session: 1, numbers: numbers, now: Samples.start))
        #expect(loaded.map(\.number) == [1])
        #expect(database.loadFaults.count == 3)
    }

    @Test("A number that SQLite cannot hold is refused, and nothing of its batch is written")
    func numbers() throws {
        let database = try StorageDatabase.recovered(directory.path)
        let batch = Samples.batch {
            $0.messages = [Samples.stored(5, to: [1, 2]), Samples.stored(1 << 63, to: [1])]
        }
        #expect(throws: StorageFailure.self) { try database.write([batch]) }
        #expect(database.rows == StorageRows())
        #expect(database.remaining.isEmpty)
        #expect(try database.connection.integer("SELECT count(*) FROM message") == 0)
    }
}
