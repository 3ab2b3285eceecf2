@testable import SessionStorage

/// A database as the first version of the schema had it, in the words and bytes of that time: nothing here follows the
/// program.
///
/// Session 65 of the client `kept` has message 64 in flight, 128 in its queue, a subscription and a will; `r` is retained.
enum FirstVersion {
    private static let statements = [
        "PRAGMA page_size = 4096", "PRAGMA auto_vacuum = INCREMENTAL", "PRAGMA journal_mode = WAL",
        "CREATE TABLE message(number INTEGER PRIMARY KEY, receivers BLOB NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE session(number INTEGER PRIMARY KEY, client BLOB NOT NULL, state BLOB NOT NULL)",
        """
        CREATE TABLE subscription(session INTEGER NOT NULL, filter BLOB NOT NULL, record BLOB NOT NULL,
            PRIMARY KEY(session, filter)) WITHOUT ROWID
        """,
        "CREATE TABLE will(session INTEGER PRIMARY KEY, record BLOB NOT NULL)",
        "CREATE TABLE retained(topic BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID",
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta VALUES ('stamp', 1700000000000), ('message', 192), ('session', 129)",
        "INSERT INTO message VALUES (64, x'01010201820101', x'020101000000000000000001740061')",
        "INSERT INTO message VALUES (128, x'01010201820101', x'020101000000000000000001740062')",
        """
        INSERT INTO session VALUES (65, x'6b657074',
            x'0301ffffffff010068e5cf8b01000080010107000140010900')
        """,
        "INSERT INTO subscription VALUES (65, x'662f23', x'04010105')",
        "INSERT INTO will VALUES (65, x'05010301000000000000000001770078')",
        "INSERT INTO retained VALUES (x'72', x'06010500000000000000000079')",
        "PRAGMA application_id = 1399547248", "PRAGMA user_version = 1",
    ]

    /// Makes the file.
    static func make(_ path: String) throws {
        try Files.write([], to: path)
        let connection = try SQLiteConnection(path: path, access: .readWrite)
        for statement in statements { try connection.execute(statement) }
    }
}
