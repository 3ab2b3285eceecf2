/// The tables, and how older files get them.
struct StorageSchema {
    /// One step from a version to the next.
    struct Migration {
        /// The version that a file has afterwards.
        let version: Int
        let statements: [String]
    }

    /// "Skep", in the header of each file.
    static let applicationIdentifier = 0x536B_6570

    /// Ascending; the first makes the tables in an empty file.
    let migrations: [Migration]

    /// The version that files have when they are open.
    var version: Int { migrations.last?.version ?? 0 }

    /// What this program writes.
    static let current = StorageSchema(migrations: [
        Migration(
            version: 1,
            statements: [
                // In the order of arrival; see ReceiversRecord and ContentRecord. A start reads receivers only.
                "CREATE TABLE message(number INTEGER PRIMARY KEY, receivers BLOB NOT NULL, body BLOB NOT NULL)",
                "CREATE TABLE session(number INTEGER PRIMARY KEY, client BLOB NOT NULL, state BLOB NOT NULL)",
                """
                CREATE TABLE subscription(session INTEGER NOT NULL, filter BLOB NOT NULL, record BLOB NOT NULL,
                    PRIMARY KEY(session, filter)) WITHOUT ROWID
                """,
                "CREATE TABLE will(session INTEGER PRIMARY KEY, record BLOB NOT NULL)",
                "CREATE TABLE retained(topic BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID",
                // 'stamp': the last one; 'message', 'session': the greatest numbers that were ever given out.
                "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
                "INSERT INTO meta VALUES ('stamp', 0), ('message', 0), ('session', 0)",
            ]),
        Migration(
            version: 2,
            statements: [
                // What plugins keep with a session.
                """
                CREATE TABLE attribute(session INTEGER NOT NULL, key BLOB NOT NULL, record BLOB NOT NULL,
                    PRIMARY KEY(session, key)) WITHOUT ROWID
                """
            ]),
    ])

    /// Whether files of a version have attributes.
    static func hasAttributes(_ version: Int) -> Bool { version >= 2 }

    /// Refuses a file that this program should not touch. Returns its version; 0 for an empty one.
    func check(_ connection: SQLiteConnection) throws(StorageFailure) -> Int {
        let version = try connection.integer("PRAGMA user_version")
        let application = try connection.integer("PRAGMA application_id")
        if application != Self.applicationIdentifier {
            let tables = try connection.integer("SELECT count(*) FROM sqlite_schema")
            guard application == 0, version == 0, tables == 0 else {
                throw .notADatabase(path: connection.path, reason: "an SQLite database of another program")
            }
            return 0
        }
        if version > self.version {
            throw .newerSchema(path: connection.path, found: version, known: self.version)
        }
        if version < 1 { throw .corrupt(path: connection.path, reason: "its schema has version \(version)") }
        return version
    }

    /// Brings a file to the newest version: all steps or none.
    func migrate(_ connection: SQLiteConnection, from version: Int) throws(StorageFailure) {
        guard version < self.version else { return }
        try connection.execute("BEGIN IMMEDIATE")
        do throws(StorageFailure) {
            for migration in migrations where migration.version > version {
                for statement in migration.statements { try connection.execute(statement) }
            }
            try connection.execute("PRAGMA application_id = \(Self.applicationIdentifier)")
            try connection.execute("PRAGMA user_version = \(self.version)")
            try connection.execute("COMMIT")
        } catch {
            // What the step has failed with is told; a transaction that is left open would be found by the next.
            if !connection.isIdle { try? connection.execute("ROLLBACK") }
            throw error
        }
    }
}
