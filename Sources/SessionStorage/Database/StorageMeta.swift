import BrokerCore

/// What holds for the whole database: never goes back.
struct StorageMeta: Equatable {
    var stamp: StorageStamp = 0
    /// Greatest numbers that were ever given out, also to what was never written or is gone: a new message with the number of
    /// an old one would be below the cursors of its receivers.
    var message: MessageNumber = 0
    var session: SessionNumber = 0

    init() {}

    /// Reads it; what cannot be is 0.
    init(_ connection: SQLiteConnection) throws(StorageFailure) {
        stamp = try Self.value("stamp", connection)
        if stamp > StorageBounds.greatestStamp { stamp = 0 }
        message = try Self.value("message", connection)
        session = try Self.value("session", connection)
    }

    private static func value(_ key: String, _ connection: SQLiteConnection) throws(StorageFailure) -> UInt64 {
        UInt64(max(try connection.integer("SELECT value FROM meta WHERE key = '\(key)'"), 0))
    }

    /// Takes the numbers of a batch in.
    mutating func note(_ batch: StorageBatch) {
        stamp = max(stamp, min(batch.stamp, StorageBounds.greatestStamp))
        for message in batch.messages { self.message = max(self.message, message.number) }
        for session in batch.sessions {
            self.session = max(self.session, session.number)
            // Behind what it has finished, also of what was never written.
            message = max(message, session.cursor)
        }
    }
}
