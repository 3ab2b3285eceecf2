/// The statements that are run for every batch, prepared once.
struct StorageStatements {
    let begin: SQLiteStatement
    let commit: SQLiteStatement
    let rollback: SQLiteStatement
    let insertMessage: SQLiteStatement
    let deleteMessage: SQLiteStatement
    let updateSession: SQLiteStatement
    let insertSession: SQLiteStatement
    let deleteSession: SQLiteStatement
    let updateSubscription: SQLiteStatement
    let insertSubscription: SQLiteStatement
    let deleteSubscription: SQLiteStatement
    let deleteSubscriptions: SQLiteStatement
    let updateWill: SQLiteStatement
    let insertWill: SQLiteStatement
    let deleteWill: SQLiteStatement
    let updateAttribute: SQLiteStatement
    let insertAttribute: SQLiteStatement
    let deleteAttribute: SQLiteStatement
    let deleteAttributes: SQLiteStatement
    let updateRetained: SQLiteStatement
    let insertRetained: SQLiteStatement
    let deleteRetained: SQLiteStatement
    let setMeta: SQLiteStatement
    let loadMessage: SQLiteStatement
    let freePages: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StorageFailure) {
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        rollback = try connection.prepare("ROLLBACK")
        insertMessage = try connection.prepare("INSERT INTO message(number, receivers, body) VALUES (?1, ?2, ?3)")
        deleteMessage = try connection.prepare("DELETE FROM message WHERE number = ?1")
        updateSession = try connection.prepare("UPDATE session SET client = ?2, state = ?3 WHERE number = ?1")
        insertSession = try connection.prepare("INSERT INTO session(number, client, state) VALUES (?1, ?2, ?3)")
        deleteSession = try connection.prepare("DELETE FROM session WHERE number = ?1")
        updateSubscription = try connection.prepare(
            "UPDATE subscription SET record = ?3 WHERE session = ?1 AND filter = ?2")
        insertSubscription = try connection.prepare(
            "INSERT INTO subscription(session, filter, record) VALUES (?1, ?2, ?3)")
        deleteSubscription = try connection.prepare("DELETE FROM subscription WHERE session = ?1 AND filter = ?2")
        deleteSubscriptions = try connection.prepare("DELETE FROM subscription WHERE session = ?1")
        updateWill = try connection.prepare("UPDATE will SET record = ?2 WHERE session = ?1")
        insertWill = try connection.prepare("INSERT INTO will(session, record) VALUES (?1, ?2)")
        deleteWill = try connection.prepare("DELETE FROM will WHERE session = ?1")
        updateAttribute = try connection.prepare("UPDATE attribute SET record = ?3 WHERE session = ?1 AND key = ?2")
        insertAttribute = try connection.prepare("INSERT INTO attribute(session, key, record) VALUES (?1, ?2, ?3)")
        deleteAttribute = try connection.prepare("DELETE FROM attribute WHERE session = ?1 AND key = ?2")
        deleteAttributes = try connection.prepare("DELETE FROM attribute WHERE session = ?1")
        updateRetained = try connection.prepare("UPDATE retained SET record = ?3 WHERE topic = ?2")
        insertRetained = try connection.prepare("INSERT INTO retained(topic, record) VALUES (?2, ?3)")
        deleteRetained = try connection.prepare("DELETE FROM retained WHERE topic = ?2")
        // The key is a text, and bound bytes are none.
        setMeta = try connection.prepare("UPDATE meta SET value = ?1 WHERE key = CAST(?2 AS TEXT)")
        loadMessage = try connection.prepare("SELECT receivers, body FROM message WHERE number = ?1")
        freePages = try connection.prepare("PRAGMA freelist_count")
    }
}
