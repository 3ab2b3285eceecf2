import BrokerCore
import MQTTWire
import Testing

@testable import SessionStorage

@Suite("Migrations")
struct MigrationTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private let next = StorageSchema.current.version + 1

    private func schema(with statements: [String]) -> StorageSchema {
        StorageSchema(
            migrations: StorageSchema.current.migrations
                + [StorageSchema.Migration(version: next, statements: statements)])
    }

    private func fill() throws {
        let database = try StorageDatabase.recovered(directory.path)
        _ = try database.write([Samples.batch { $0.sessions = [Samples.session(1)] }])
    }

    @Test("A file of an older version gets what it misses, and keeps what it holds")
    func second() throws {
        try fill()
        let newer = schema(with: ["ALTER TABLE session ADD COLUMN more BLOB", "CREATE TABLE extra(a)"])
        for _ in 0..<2 {
            let database = try StorageDatabase.unrecovered(directory.path, schema: newer)
            #expect(try database.connection.integer("PRAGMA user_version") == next)
            #expect(try database.connection.integer("SELECT count(more) FROM session") == 0)
            #expect(try database.recoverAll().sessions.map(\.record.number) == [1])
        }
    }

    @Test("A step that fails leaves the file as it was")
    func failing() throws {
        try fill()
        let newer = schema(with: ["CREATE TABLE extra(a)", "DROP TABLE session", "no statement"])
        #expect(throws: StorageFailure.self) { try StorageDatabase.unrecovered(directory.path, schema: newer) }
        let database = try StorageDatabase.unrecovered(directory.path)
        #expect(try database.connection.integer("PRAGMA user_version") == next - 1)
        #expect(try database.connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'") == 0)
        #expect(try database.recoverAll().sessions.map(\.record.number) == [1])
    }

    @Test("A first step that fails leaves an empty file, which the next start fills")
    func first() throws {
        let broken = StorageSchema(migrations: [
            StorageSchema.Migration(version: 1, statements: ["CREATE TABLE message(a)", "no statement"])
        ])
        #expect(throws: StorageFailure.self) { try StorageDatabase.unrecovered(directory.path, schema: broken) }
        try fill()
    }

    @Test("A file of the first version opens with all that it held, and keeps attributes from then on")
    func firstVersion() throws {
        try FirstVersion.make(directory.path + "/skep.db")
        let attribute = Samples.attribute("a")
        for attributes in [[], [attribute]] {
            let database = try StorageDatabase.unrecovered(directory.path)
            #expect(try database.connection.integer("PRAGMA user_version") == 2)
            let recovered = try database.recoverAll()
            #expect(recovered.report.faults.count == 0)
            let session = try #require(recovered[65])
            #expect(session.record.client == "kept")
            #expect(session.record.offlineSince == 1_700_000_000_000)
            #expect(session.record.unreleased == [9])
            #expect(
                session.record.inFlight == [InFlightMessage(packetIdentifier: 7, awaits: .puback, number: 64)])
            #expect(session.queue.map(\.number) == [128])
            #expect(session.subscriptions.map(\.filter) == [Array("f/#".utf8)])
            #expect(session.will?.delaySeconds == 3)
            #expect(session.attributes == attributes)
            #expect(recovered.retained.map(\.topicText) == ["r"])
            #expect(recovered.report.greatestMessage == 192)
            #expect(recovered.report.greatestSession == 129)
            let loaded = try database.load(
                LoadQuestion(request: 1, session: 65, numbers: [64, 128], now: Samples.start))
            #expect(loaded.map { Content($0.delivery.message).payload } == [Array("a".utf8), Array("b".utf8)])
            _ = try database.write([Samples.batch { $0.attributes = [.set(65, attribute)] }])
            #expect(database.rows.attributes == 1)
        }
    }

    @Test("A file of the first version is found sound as it is, and a backup of it is restored")
    func firstVersionBackup() throws {
        let other = try TemporaryDirectory()
        try FirstVersion.make(directory.path + "/skep.db")
        let before = try Files.read(directory.path + "/skep.db")
        let check = try StorageDatabase.check(directory.path)
        #expect(check.isSound)
        #expect(check.schema == 1)
        #expect(check.rows.messages == 2)
        #expect(check.rows.subscriptions == 1)
        #expect(check.rows.wills == 1)
        #expect(check.rows.retained == 1)
        #expect(try Files.read(directory.path + "/skep.db") == before)
        try StorageDatabase.restore(backup: directory.path + "/skep.db", into: other.path)
        #expect(try StorageDatabase.recovered(other.path).rows.sessions == 1)
        #expect(try StorageDatabase.check(directory.path).schema == 1)
    }

    @Test("Versions of steps ascend by one")
    func versions() {
        let versions = StorageSchema.current.migrations.map(\.version)
        #expect(versions == Array(1...versions.count))
    }
}
