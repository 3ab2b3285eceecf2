import BrokerCore
import Glibc
import MQTTWire
import Testing

@testable import SessionStorage

@Suite("Opening")
struct OpeningTests {
    private let directory: TemporaryDirectory
    private var file: String { directory.path + "/skep.db" }

    init() throws { directory = try TemporaryDirectory() }

    private func refusal(_ path: String) -> StorageFailure? {
        do throws(StorageFailure) {
            _ = try StorageDatabase.recovered(path)
            return nil
        } catch {
            return error
        }
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        // Safe: the structure is this function's own.
        return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test("Directory and file are made, for the broker and its group alone")
    func made() throws {
        let path = directory.path + "/data"
        do {
            let database = try StorageDatabase.recovered(path)
            _ = try database.write([Samples.batch { $0.sessions = [Samples.session(1)] }])
            #expect(mode(path) == 0o750)
            for name in ["skep.db", "skep.db-wal", "skep.lock"] { #expect(mode(path + "/" + name) == 0o640) }
            #expect(try database.connection.text("PRAGMA journal_mode") == "wal")
            #expect(try database.connection.integer("PRAGMA auto_vacuum") == 2)
        }
        for name in ["skep.db", "skep.lock"] { SystemFile.remove(path + "/" + name) }
        #expect(unsafe rmdir(path) == 0)
    }

    @Test("What root makes in a directory belongs to the directory's owner, and no link is followed there")
    func owner() throws {
        let path = directory.path
        let isRoot = geteuid() == 0
        // Safe: calls with a path that lives for the call, and a structure of this function's own.
        if isRoot { #expect(unsafe chown(path, 4321, 4321) == 0) }
        do { _ = try StorageDatabase.recovered(path) }
        var status = stat()
        for name in ["/skep.db", "/skep.lock"] {
            #expect(unsafe stat(path + name, &status) == 0)
            #expect(status.st_uid == (isRoot ? 4321 : geteuid()))
        }
        SystemFile.remove(path + "/skep.lock")
        #expect(unsafe symlink("elsewhere", path + "/skep.lock") == 0)
        #expect(throws: StorageFailure.self) { try StorageDatabase.recovered(path) }
        #expect(!SystemFile.exists(path + "/elsewhere"))
    }

    @Test("A directory that is in use is refused, with the process that has it")
    func inUse() throws {
        let first = try StorageDatabase.recovered(directory.path)
        #expect(refusal(directory.path) == .inUse(path: directory.path, processIdentifier: getpid()))
        _ = try first.write([Samples.batch { $0.sessions = [Samples.session(1)] }])
    }

    @Test("A directory is free again when its database is released")
    func released() throws {
        for _ in 0..<3 { _ = try StorageDatabase.recovered(directory.path) }
    }

    @Test(
        "A directory that cannot be written is told as such",
        arguments: ["/proc/self", "/proc/nothing", "/nowhere/skep"])
    func readOnly(path: String) {
        guard case .notWritable(let place, _) = refusal(path) else {
            Issue.record("\(path): \(String(describing: refusal(path)))")
            return
        }
        #expect(place.hasPrefix(path))
    }

    @Test("A file of a newer version is refused and stays as it is, with and without a log beside it")
    func newer() throws {
        let log = file + "-wal"
        let (bytes, logBytes): ([UInt8], [UInt8])
        do {
            let database = try StorageDatabase.recovered(directory.path)
            try database.connection.execute("PRAGMA user_version = 99")
            (bytes, logBytes) = (try Files.read(file), try Files.read(log))
        }
        let closed = try Files.read(file)
        #expect(refusal(directory.path) == .newerSchema(path: file, found: 99, known: StorageSchema.current.version))
        #expect(try Files.read(file) == closed)
        let copy = try TemporaryDirectory()
        try Files.write(bytes, to: copy.path + "/skep.db")
        try Files.write(logBytes, to: copy.path + "/skep.db-wal")
        #expect(logBytes.count > 0)
        #expect(
            refusal(copy.path)
                == .newerSchema(path: copy.path + "/skep.db", found: 99, known: StorageSchema.current.version))
        #expect(try Files.read(copy.path + "/skep.db") == bytes)
        #expect(try Files.read(copy.path + "/skep.db-wal") == logBytes)
    }

    @Test("A file that is no database is refused and stays as it is")
    func garbage() throws {
        let bytes = [UInt8](repeating: 0x41, count: 10_000)
        try Files.write(bytes, to: file)
        guard case .notADatabase(file, _) = refusal(directory.path) else {
            Issue.record("\(String(describing: refusal(directory.path)))")
            return
        }
        #expect(try Files.read(file) == bytes)
    }

    @Test("A database of another program is refused and stays as it is")
    func foreign() throws {
        try Files.write([], to: file)
        try SQLiteConnection(path: file, access: .readWrite).execute("CREATE TABLE other(a)")
        let bytes = try Files.read(file)
        guard case .notADatabase(file, _) = refusal(directory.path) else {
            Issue.record("\(String(describing: refusal(directory.path)))")
            return
        }
        #expect(try Files.read(file) == bytes)
    }

    @Test("A damaged page is told as damage, and the file is left")
    func corrupt() throws {
        do {
            let database = try StorageDatabase.recovered(directory.path)
            let batch = Samples.batch {
                $0.messages = (1...500).map { Samples.stored($0, to: [1], [UInt8](repeating: 1, count: 200)) }
                $0.sessions = [Samples.session(1)]
            }
            _ = try database.write([batch])
            try database.close()
        }
        var bytes = try Files.read(file)
        // All pages but those that name the tables.
        for index in 8 * 4096..<bytes.count { bytes[index] = 0x5A }
        try Files.write(bytes, to: file)
        guard case .corrupt(file, _) = refusal(directory.path) else {
            Issue.record("\(String(describing: refusal(directory.path)))")
            return
        }
        #expect(SystemFile.size(file) == bytes.count)
        #expect(try !StorageDatabase.check(directory.path).isSound)
    }

    @Test("Nothing is written before the recovery, which knows who waits for what")
    func order() throws {
        let database = try StorageDatabase.unrecovered(directory.path)
        #expect(throws: StorageFailure.self) { try database.write([Samples.batch { $0.finished = [1] }]) }
    }

    @Test("Every failure says what happened, where, and what to do")
    func words() {
        let failures: [StorageFailure] = [
            .inUse(path: "/p", processIdentifier: 7), .inUse(path: "/p", processIdentifier: nil),
            .newerSchema(path: "/p", found: 2, known: 1), .notADatabase(path: "/p", reason: "r"),
            .notWritable(path: "/p", reason: "r"), .full(path: "/p", reason: "r"), .corrupt(path: "/p", reason: "r"),
            .inputOutput(path: "/p", reason: "r"), .exists(path: "/p"), .unsound(path: "/p", findings: ["r"]),
        ]
        for failure in failures {
            #expect(failure.description.contains("/p"))
            #expect(failure.description.contains(": "))
        }
    }
}
