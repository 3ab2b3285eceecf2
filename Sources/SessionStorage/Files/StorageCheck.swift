import BrokerCore
import BrokerValues
import MQTTWire

/// What a check of a database file has found.
package struct StorageCheck: Sendable, Equatable {
    package let path: String
    /// Version of the tables.
    package internal(set) var schema = 0
    package internal(set) var rows = StorageRows()
    /// Bytes of the file and of its log.
    package internal(set) var bytes = 0
    /// What is wrong.
    package internal(set) var findings = StorageFaults()

    /// Whether nothing is wrong.
    package var isSound: Bool { findings.count == 0 }
}

extension StorageDatabase {
    /// Reads a database file as a whole, and changes nothing: its structure and each record.
    ///
    /// - Parameter path: a data directory that is not in use, or a backup file.
    /// - Throws: why it cannot be read at all, is none of ours, or is of a newer version.
    package static func check(_ path: String) throws(StorageFailure) -> StorageCheck {
        guard SystemFile.isDirectory(path) else { return try check(file: path) }
        let lock = try DirectoryLock(directory: path)
        defer { withExtendedLifetime(lock) {} }
        return try check(file: file(in: path))
    }

    static func check(file: String) throws(StorageFailure) -> StorageCheck {
        guard let size = SystemFile.size(file) else { throw SystemFile.failure(file) }
        let log = SystemFile.size(file + "-wal") ?? 0
        var check = StorageCheck(path: file)
        check.bytes = size + log
        let connection = try SQLiteConnection(path: file, access: log > 0 ? .readLog : .immutable)
        try connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        try connection.execute("PRAGMA query_only = ON")
        check.schema = try StorageSchema.current.check(connection)
        guard check.schema > 0 else {
            check.findings.add("it is empty")
            return check
        }
        do throws(StorageFailure) {
            let statement = try connection.prepare("PRAGMA integrity_check(\(StorageBounds.describedFaults))")
            while try statement.step() {
                let text = statement.withBlob(0) { $0.text }
                if text != "ok" { check.findings.add(text) }
            }
            statement.reset()
            try checkMessages(connection, &check)
            try checkSessions(connection, &check)
            try checkRetained(connection, &check)
        } catch {
            switch error {
            case .corrupt(_, let reason): check.findings.add(reason)
            case .inUse, .newerSchema, .notADatabase, .notWritable, .full, .inputOutput, .unstorable, .exists,
                .unsound:
                throw error
            }
        }
        return check
    }

    private static func checkMessages(
        _ connection: SQLiteConnection, _ check: inout StorageCheck
    ) throws(StorageFailure) {
        let content = ContentRecord(seed: 0)
        var receivers: [ReceiversRecord.Receiver] = []
        let statement = try connection.prepare("SELECT number, receivers, body FROM message ORDER BY number")
        defer { statement.reset() }
        while try statement.step() {
            check.rows.messages += 1
            do throws(RecordFault) {
                if statement.integer(0) <= 0 { throw .value("number") }
                try statement.withBlob(1) { view throws(RecordFault) in
                    try ReceiversRecord.read(view, into: &receivers)
                }
                _ = try statement.withBlob(2) { view throws(RecordFault) in
                    try content.body(view, at: (Instant(milliseconds: 0), 0))
                }
            } catch {
                check.findings.add("message \(statement.integer(0)): \(error.words)")
            }
        }
    }

    private static func checkSessions(
        _ connection: SQLiteConnection, _ check: inout StorageCheck
    ) throws(StorageFailure) {
        let sessions = try connection.prepare("SELECT number, client, state FROM session ORDER BY number")
        defer { sessions.reset() }
        while try sessions.step() {
            check.rows.sessions += 1
            if case .failure(let fault) = session(in: sessions) {
                check.findings.add("session \(sessions.integer(0)): \(fault.words)")
            }
        }
        try each("SELECT session, filter, record FROM subscription", connection) { row in
            check.rows.subscriptions += 1
            if case .failure(let fault) = SessionBelongings.subscription(in: row) {
                check.findings.add("a subscription of session \(row.integer(0)): \(fault.words)")
            }
        }
        try each("SELECT session, record FROM will", connection) { row in
            check.rows.wills += 1
            if case .failure(let fault) = SessionBelongings.will(in: row, ContentRecord(seed: 0)) {
                check.findings.add("the will of session \(row.integer(0)): \(fault.words)")
            }
        }
        guard StorageSchema.hasAttributes(check.schema) else { return }
        try each("SELECT session, key, record FROM attribute", connection) { row in
            check.rows.attributes += 1
            if case .failure(let fault) = SessionBelongings.attribute(in: row) {
                check.findings.add("an attribute of session \(row.integer(0)): \(fault.words)")
            }
        }
    }

    private static func each(
        _ sql: String, _ connection: SQLiteConnection, _ body: (SQLiteStatement) -> Void
    ) throws(StorageFailure) {
        let statement = try connection.prepare(sql)
        defer { statement.reset() }
        while try statement.step() { body(statement) }
    }

    private static func checkRetained(
        _ connection: SQLiteConnection, _ check: inout StorageCheck
    ) throws(StorageFailure) {
        let statement = try connection.prepare("SELECT topic, record FROM retained")
        defer { statement.reset() }
        while try statement.step() {
            check.rows.retained += 1
            let topic = statement.bytes(0)
            do throws(RecordFault) {
                _ = try statement.withBlob(1) { view throws(RecordFault) in
                    try topic.withByteView { topic throws(RecordFault) in
                        try ContentRecord(seed: 0).retained(view, topic: topic, at: (Instant(milliseconds: 0), 0))
                    }
                }
            } catch {
                check.findings.add(
                    "the retained message of \(topic.withByteView { $0.text.prefix(80) }): \(error.words)")
            }
        }
    }
}
