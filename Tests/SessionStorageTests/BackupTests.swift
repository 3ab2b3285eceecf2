import BrokerCore
import RandomKit
import Testing

@testable import SessionStorage

@Suite("Backup, check, restore and space")
struct BackupTests {
    private let directory: TemporaryDirectory
    private let other: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        other = try TemporaryDirectory()
    }

    @Test(
        "A backup that is made while the database is written holds all that was committed before its last step",
        arguments: Seeds.all)
    func backup(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var model = StorageModel()
        let database = try StorageDatabase.recovered(
            directory.path, options: StorageOptions(durability: .interval, checkpointBytes: 200_000))
        for _ in 0..<100 { _ = try database.write([model.change(&random)]) }
        let path = other.path + "/backup"
        do {
            let backup = try database.backup(to: path)
            var steps = 0
            while true {
                // The last step is taken after this commit.
                let summary = model.summary
                if try backup.step(pages: 3) {
                    #expect(steps > 3)
                    #expect(backup.isDone)
                    let check = try StorageDatabase.check(path)
                    #expect(check.isSound)
                    #expect(check.rows == database.rows)
                    try StorageDatabase.restore(backup: path, into: other.path)
                    let restored = try StorageDatabase.unrecovered(other.path)
                    #expect(try restored.recoverAll().summary == summary)
                    break
                }
                steps += 1
                _ = try database.write([model.change(&random)])
                try database.checkpointIfDue()
                #expect(!SystemFile.exists(path))
            }
        }
        #expect(!SystemFile.exists(path + ".partial"))
        #expect(throws: StorageFailure.exists(path: path)) { try database.backup(to: path) }
    }

    @Test("A backup that is given up leaves nothing, and one whose name is taken meanwhile overwrites nothing")
    func givenUp() throws {
        let database = try StorageDatabase.recovered(directory.path)
        _ = try database.write([
            Samples.batch { $0.messages = [Samples.stored(1, to: [1], [UInt8](repeating: 0, count: 50_000))] }
        ])
        let path = other.path + "/backup"
        do {
            let backup = try database.backup(to: path)
            #expect(try !backup.step(pages: 1))
            #expect(backup.pages.left > 0)
        }
        #expect(other.names == [])
        do {
            let backup = try database.backup(to: path)
            try Files.write([1], to: path)
            #expect(throws: StorageFailure.exists(path: path)) { try backup.step(pages: 1000) }
        }
        #expect(other.names == ["backup"])
        #expect(try Files.read(path) == [1])
    }

    @Test("A check reads what a log holds, changes nothing, and is refused a directory in use")
    func check() throws {
        let database = try StorageDatabase.recovered(directory.path)
        _ = try database.write([Samples.batch { $0.sessions = [Samples.session(1), Samples.session(2)] }])
        #expect(throws: StorageFailure.self) { try StorageDatabase.check(directory.path) }
        let names = ["/skep.db", "/skep.db-wal"]
        let bytes = try names.map { try Files.read(directory.path + $0) }
        for (name, bytes) in zip(names, bytes) { try Files.write(bytes, to: other.path + name) }
        let check = try StorageDatabase.check(other.path)
        #expect(check.isSound)
        #expect(check.rows.sessions == 2)
        #expect(check.schema == StorageSchema.current.version)
        #expect(try names.map { try Files.read(other.path + $0) } == bytes)
    }

    @Test("A check names records that cannot be read, and such a backup is not restored")
    func unsound() throws {
        do {
            let database = try StorageDatabase.recovered(directory.path)
            _ = try database.write([
                Samples.batch {
                    $0.messages = [Samples.stored(1, to: [1])]
                    $0.sessions = [Samples.session(1)]
                    $0.retained = [Samples.message("r")]
                    $0.wills = [.set(1, Samples.message("w"), delaySeconds: 0)]
                    $0.attributes = [.set(1, Samples.attribute("a"))]
                }
            ])
            let columns = [
                "message SET body", "session SET state", "retained SET record", "will SET record",
                "attribute SET record",
            ]
            for column in columns { try database.connection.execute("UPDATE \(column) = x'0109'") }
        }
        let check = try StorageDatabase.check(directory.path)
        #expect(check.findings.count == 5)
        #expect(throws: StorageFailure.unsound(path: directory.path + "/skep.db", findings: check.findings.first)) {
            try StorageDatabase.restore(backup: directory.path + "/skep.db", into: other.path)
        }
        #expect(other.names == [])
    }

    @Test("A restore keeps the old database beside the new one, with what its log held")
    func restore() throws {
        let path = other.path + "/backup"
        let copy = try TemporaryDirectory()
        do {
            let database = try StorageDatabase.recovered(directory.path)
            _ = try database.write([Samples.batch { $0.sessions = [Samples.session(1)] }])
            let backup = try database.backup(to: path)
            #expect(try backup.step(pages: 1000))
            _ = try database.write([Samples.batch { $0.sessions = [Samples.session(2)] }])
            for name in ["/skep.db", "/skep.db-wal"] {
                try Files.write(try Files.read(directory.path + name), to: copy.path + name)
            }
        }
        let old = try StorageDatabase.restore(backup: path, into: copy.path)
        #expect(old == copy.path + "/skep.db.before-restore-1")
        #expect(copy.names == ["skep.db", "skep.db.before-restore-1", "skep.lock"])
        #expect(try StorageDatabase.check(copy.path + "/skep.db.before-restore-1").rows.sessions == 2)
        #expect(try StorageDatabase.unrecovered(copy.path).recoverAll().sessions.map(\.record.number) == [1])
        #expect(try StorageDatabase.restore(backup: path, into: copy.path) == copy.path + "/skep.db.before-restore-2")
        let held = try StorageDatabase.unrecovered(copy.path)
        #expect(throws: StorageFailure.self) { try StorageDatabase.restore(backup: path, into: copy.path) }
        #expect(try held.recoverAll().sessions.count == 1)
    }

    @Test("Room of messages that are gone goes back to the file system in steps")
    func space() throws {
        let database = try StorageDatabase.recovered(directory.path)
        let payload = [UInt8](repeating: 1, count: 1000)
        let messages = (1...2000).map { Samples.stored(UInt64($0), to: [1], payload) }
        _ = try database.write([Samples.batch { $0.messages = messages }])
        try database.connection.checkpoint(truncates: true)
        let full = try database.space()
        #expect(full.fileBytes > 2_000_000)
        #expect(full.rows.messages == 2000)
        #expect((full.freeBytes ?? 0) > 0)
        _ = try database.write([Samples.batch { $0.finished = messages.map(\.number) }])
        #expect(try database.space().unusedBytes > 1_500_000)
        var steps = 0
        while try database.reclaim(pages: 50) { steps += 1 }
        #expect(steps > 5)
        try database.connection.checkpoint(truncates: true)
        let empty = try database.space()
        #expect(empty.unusedBytes == 0)
        #expect(empty.fileBytes < 200_000)
        #expect(empty.logBytes == 0)
        #expect(empty.rows.messages == 0)
    }
}
