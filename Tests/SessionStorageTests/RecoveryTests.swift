import BrokerCore
import BrokerValues
import MQTTWire
import SessionMachine
import Testing

@testable import SessionStorage

@Suite("Recovery")
struct RecoveryTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func write(_ batches: StorageBatch...) throws {
        let database = try StorageDatabase.recovered(directory.path)
        _ = try database.write(batches)
    }

    /// Runs SQL on the file, as no broker would.
    private func damage(_ statements: String...) throws {
        let database = try StorageDatabase.unrecovered(directory.path)
        for statement in statements { try database.connection.execute(statement) }
    }

    private func recover() throws -> (StorageDatabase, Recovered) {
        let database = try StorageDatabase.unrecovered(directory.path)
        return (database, try database.recoverAll())
    }

    @Test("Messages below a session's cursor are done unless they are in flight, the others wait in its queue")
    func cursor() throws {
        try write(
            Samples.batch {
                $0.messages = (1...6).map { Samples.stored($0, to: [1, 2]) } + [Samples.stored(7, to: [2])]
                $0.sessions = [
                    Samples.session(
                        1, cursor: 5,
                        inFlight: [
                            InFlightMessage(packetIdentifier: 3, awaits: .puback, number: 4),
                            InFlightMessage(packetIdentifier: 4, awaits: .pubrec, number: 2),
                            InFlightMessage(packetIdentifier: 5, awaits: .pubrec, number: 6),
                        ]), Samples.session(2, cursor: 4),
                ]
            })
        let (database, recovered) = try recover()
        #expect(recovered.queue(1) == [5])
        #expect(recovered.queue(2) == [4, 5, 6, 7])
        // 1 and 3 are done with for both.
        #expect(recovered.report.removedMessages == 2)
        #expect(recovered.report.messages == 5)
        #expect(recovered.report.queued == 5)
        #expect(try database.connection.integer("SELECT count(*) FROM message") == 5)
        #expect(database.remaining == [4: 2, 5: 2, 6: 2])
        #expect(recovered.report.greatestMessage == 7)
        #expect(recovered.report.greatestSession == 2)
    }

    @Test("A message is deleted when the last of its receivers has finished, also over a restart")
    func receivers() throws {
        try write(
            Samples.batch {
                $0.messages = [Samples.stored(1, to: [1, 2, 3])]
                $0.sessions = [Samples.session(1), Samples.session(2), Samples.session(3)]
            },
            Samples.batch {
                $0.finished = [1]; $0.sessions = [Samples.session(1, cursor: 2)]
            })
        let (database, _) = try recover()
        #expect(database.remaining == [1: 2])
        _ = try database.write([Samples.batch { $0.finished = [1] }])
        #expect(database.remaining.isEmpty)
        #expect(database.rows.messages == 1)
        _ = try database.write([Samples.batch { $0.finished = [1] }])
        #expect(database.rows.messages == 0)
        #expect(try database.connection.integer("SELECT count(*) FROM message") == 0)
    }

    @Test(
        "A session that has ended takes its subscriptions, its will, its attributes and what only it waited for along")
    func ended() throws {
        try write(
            Samples.batch {
                $0.messages = [Samples.stored(1, to: [1]), Samples.stored(2, to: [1, 2])]
                $0.sessions = [Samples.session(1), Samples.session(2)]
                $0.subscriptions = [.set(1, filter: [97], SubscriptionOptions(qos: .atLeastOnce), identifier: 0)]
                $0.wills = [.set(1, Samples.message("w"), delaySeconds: 0)]
                $0.attributes = ["a", "b"].map { .set(1, Samples.attribute($0)) }
            }, Samples.batch { $0.endedSessions = [1] })
        let (database, recovered) = try recover()
        #expect(recovered.sessions.map(\.record.number) == [2])
        #expect(recovered.queue(2) == [2])
        #expect(recovered.report.removedMessages == 1)
        #expect(recovered.report.orphans == 0)
        var rows = StorageRows()
        (rows.messages, rows.sessions) = (1, 1)
        #expect(database.rows == rows)
    }

    @Test("Of two sessions of one client the later one is the client's")
    func doubles() throws {
        try write(
            Samples.batch {
                $0.messages = [Samples.stored(1, to: [1]), Samples.stored(2, to: [5])]
                $0.sessions = [
                    Samples.session(1, client: "x"), Samples.session(3, client: "x"), Samples.session(4),
                    Samples.session(5, client: "x"),
                ]
                $0.wills = [.set(3, Samples.message("w"), delaySeconds: 0)]
                $0.attributes = [.set(1, Samples.attribute("a")), .set(5, Samples.attribute("b"))]
            })
        let (database, recovered) = try recover()
        #expect(recovered.sessions.map(\.record.number) == [4, 5])
        #expect(recovered[5]?.attributes == [Samples.attribute("b")])
        #expect(database.rows.attributes == 1)
        #expect(recovered.report.removedSessions == 2)
        #expect(recovered.report.removedMessages == 1)
        #expect(recovered.report.orphans == 0)
        #expect(recovered.queue(5) == [2])
    }

    @Test("Numbers are never given out again, though all that had them is gone")
    func greatest() throws {
        try write(
            Samples.batch {
                $0.messages = [Samples.stored(640, to: [7])]
                $0.sessions = [Samples.session(7, cursor: 1280)]
            },
            Samples.batch {
                $0.finished = [640]; $0.endedSessions = [7]
            })
        let (_, recovered) = try recover()
        #expect(recovered.report.greatestMessage == 1280)
        #expect(recovered.report.greatestSession == 7)
        #expect(recovered.sessions.isEmpty)
    }

    @Test("What cannot be read is left as it is, left out, and told")
    func damaged() throws {
        try write(
            Samples.batch {
                $0.messages = (1...3).map { Samples.stored($0, to: [1, 2]) }
                $0.sessions = [Samples.session(1), Samples.session(2)]
                $0.subscriptions = [
                    .set(1, filter: [97], SubscriptionOptions(qos: .atLeastOnce), identifier: 0),
                    .set(2, filter: [98], SubscriptionOptions(qos: .atLeastOnce), identifier: 0),
                ]
                $0.retained = [Samples.message("r"), Samples.message("s")]
            })
        try damage(
            "UPDATE message SET receivers = x'0101ff' WHERE number = 1",
            "UPDATE message SET body = x'02' WHERE number = 2", "UPDATE session SET state = x'0302' WHERE number = 2",
            "UPDATE subscription SET record = x'0401c000' WHERE session = 1",
            "UPDATE retained SET record = 'text' WHERE topic = x'72'",
            "INSERT INTO session VALUES (-4, x'62', x'03')", "INSERT INTO will VALUES (99, x'05')")
        let (database, recovered) = try recover()
        #expect(recovered.sessions.map(\.record.number) == [1])
        #expect(recovered.queue(1) == [2, 3])
        #expect(recovered.retained.map(\.topicText) == ["s"])
        #expect(recovered.report.faults.count == 5)
        #expect(recovered.report.faults.first.contains { $0.hasPrefix("message 1: ") })
        #expect(recovered.report.orphans == 1)
        // What the unreadable session waits for is kept.
        #expect(database.remaining == [2: 2, 3: 2])
        let loaded = try database.load(LoadQuestion(request: 1, session: 1, numbers: [2, 3], now: Samples.start))
        #expect(loaded.map(\.number) == [3])
        #expect(database.loadFaults.count == 1)
        #expect(try database.connection.integer("SELECT count(*) FROM message") == 3)
    }

    @Test("Attributes that cannot be read, or are more than a session may have, are left out, counted and told")
    func damagedAttributes() throws {
        try write(
            Samples.batch {
                $0.sessions = [Samples.session(1), Samples.session(2), Samples.session(3)]
                $0.attributes =
                    (0...AttributeLimits.count).map { .set(1, Samples.attribute("\(1000 + $0)")) }
                    + ["a", "b", "c", "d"].map { .set(2, Samples.attribute($0)) } + [.set(3, Samples.attribute("a"))]
            })
        try damage(
            "UPDATE attribute SET record = x'0701' WHERE session = 2 AND key = x'61'",
            "UPDATE attribute SET record = x'070105000000000000' || zeroblob(20000) WHERE key = x'62'",
            "UPDATE attribute SET key = x'ff' WHERE key = x'63'", "UPDATE session SET state = x'' WHERE number = 3",
            "INSERT INTO attribute VALUES (-1, x'61', x'')", "INSERT INTO attribute VALUES (9, x'61', 'text')")
        let (database, recovered) = try recover()
        #expect(recovered[1]?.attributes.count == AttributeLimits.count)
        #expect(recovered[2]?.attributes == [Samples.attribute("d")])
        #expect(recovered.report.attributes == AttributeLimits.count + 1)
        #expect(recovered.report.faults.count == 5)
        #expect(recovered.report.faults.first.contains { $0.hasPrefix("attribute a of session 2: ") })
        #expect(recovered.report.orphans == 2)
        // Those of the session that cannot be read stay where they are, as all the others do.
        #expect(database.rows.attributes == AttributeLimits.count + 1 + 4 + 1 + 2)
    }
}
