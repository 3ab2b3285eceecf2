package import BrokerCore
package import BrokerValues
import Glibc

/// The database of a broker: one SQLite file in a directory that this process has for itself. Used by one thread; every
/// call takes as long as the disk does.
///
/// Messages are stored once, in the order of their arrival, with all that wait for them; a session's queue is not stored
/// but follows from its cursor. So a put goes to the end of a tree and a delete to its beginning, whatever the backlog,
/// and a session that takes a thousand messages is one row that is written once a batch. The log of SQLite (WAL) takes
/// what is committed; its checkpoints are made between commits, see ``checkpointIfDue()``.
///
/// Life: ``open(directory:options:wallClock:now:)``, ``recover(now:sessions:retained:)``, then the others in any order,
/// then ``close()``. The file is closed and the directory given back when the object goes.
package final class StorageDatabase {
    let connection: SQLiteConnection
    let statements: StorageStatements
    let options: StorageOptions
    let directory: String
    private let lock: DirectoryLock
    private let place: SystemFile.Place?
    /// What stamps are made with: begins at the wall clock, or at the last stamp if that is later.
    package let clock: StorageClock
    /// Milliseconds that the wall clock was behind the last stamp; what has passed is then counted as nothing.
    package let clockBehind: UInt64

    /// Receivers that are left of messages with more than one.
    var remaining: [MessageNumber: UInt32] = [:]
    var rows = StorageRows()
    var meta = StorageMeta()
    var isRecovered = false
    /// Whether a sync of the log has failed, so that its success later would mean nothing.
    var hasFailedSync = false
    /// Memory of records, used again for each.
    var first = RecordWriter()
    var second = RecordWriter()
    /// What could not be loaded, since it was opened.
    package internal(set) var loadFaults = StorageFaults()

    /// Opens the database in a directory; makes both if they are not there.
    ///
    /// - Parameters:
    ///   - wallClock: milliseconds since 1970.
    ///   - now: the same moment on the monotonic clock.
    package static func open(
        directory: String, options: StorageOptions, wallClock: StorageStamp, now: Instant
    ) throws(StorageFailure) -> StorageDatabase {
        try StorageDatabase(
            directory: directory, options: options, wallClock: wallClock, now: now, schema: .current)
    }

    init(
        directory: String, options: StorageOptions, wallClock: StorageStamp, now: Instant, schema: StorageSchema
    ) throws(StorageFailure) {
        self.directory = directory
        self.options = options
        lock = try DirectoryLock(directory: directory)
        let path = Self.file(in: directory)
        if !SystemFile.exists(path) {
            // Made here for its mode, which the files beside it get from SQLite.
            Glibc.close(try SystemFile.create(path, in: directory))
            try SystemFile.sync(directory)
        }
        connection = try SQLiteConnection(path: path, access: .readWrite, vfs: options.vfs)
        try Self.prepare(connection, options, schema)
        statements = try StorageStatements(connection)
        meta = try StorageMeta(connection)
        place = SystemFile.place(path)
        let stamp = min(wallClock, StorageBounds.greatestStamp)
        clock = StorageClock(start: max(stamp, meta.stamp), at: now)
        clockBehind = meta.stamp > stamp ? meta.stamp - stamp : 0
        // The rows know better than the note about them, should that have been lost.
        meta.message = max(meta.message, try greatest("message"))
        meta.session = max(meta.session, try greatest("session"))
    }

    /// The last stamp that is stored; 0 for none.
    package var lastStamp: StorageStamp { meta.stamp }

    /// Where the shards begin to count: above every number that was ever given out.
    package var firstSequence: UInt64 { max(meta.message, meta.session) >> 6 + 1 }

    /// Whether the file still stands where it was opened.
    package var isInPlace: Bool { SystemFile.place(connection.path) == place }

    /// Name of the file in a data directory.
    static func file(in directory: String) -> String { directory + "/skep.db" }

    private static func prepare(
        _ connection: SQLiteConnection, _ options: StorageOptions, _ schema: StorageSchema
    ) throws(StorageFailure) {
        // Until it is known to be ours, closing it must change nothing.
        connection.setKeepsLogOnClose(true)
        // The directory's lock says that nobody else is here: no shared memory, and no lock for each transaction.
        try connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        try connection.execute("PRAGMA temp_store = MEMORY")
        try connection.execute("PRAGMA cache_size = -\(max(options.cacheBytes, 1 << 20) / 1024)")
        try connection.execute("PRAGMA foreign_keys = OFF")
        // Debian's SQLite overwrites what is deleted with zeros, which doubles what a delete writes.
        try connection.execute("PRAGMA secure_delete = OFF")
        let version = try schema.check(connection)
        if version == 0 {
            try connection.execute("PRAGMA page_size = 4096")
            try connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        }
        let mode = try connection.text("PRAGMA journal_mode = WAL")
        guard mode == "wal" else {
            throw .inputOutput(path: connection.path, reason: "its journal is \(mode), not a write-ahead log")
        }
        connection.setKeepsLogOnClose(false)
        let synchronous = options.durability == .always ? "FULL" : "NORMAL"
        try connection.execute("PRAGMA synchronous = \(synchronous)")
        // After a burst the log becomes small again.
        try connection.execute("PRAGMA journal_size_limit = \(max(options.checkpointBytes, 1 << 20) * 2)")
        try schema.migrate(connection, from: version)
    }

    // MARK: The write-ahead log

    /// Whether the write-ahead log is so long that it should go into the database.
    package var isCheckpointDue: Bool { connection.framesInLog * StorageRows.pageSize >= options.checkpointBytes }

    /// Copies the write-ahead log into the database if that is due: to be called between commits, when nobody waits.
    ///
    /// - Throws: what has failed; nothing is lost then, and it can be tried again.
    /// - Returns: whether it was due.
    @discardableResult
    package func checkpointIfDue() throws(StorageFailure) -> Bool {
        guard isCheckpointDue else { return false }
        try connection.checkpoint(truncates: false)
        return true
    }

    /// Copies all of the write-ahead log into the database and gives its room back.
    package func emptyLog() throws(StorageFailure) { try connection.checkpoint(truncates: true) }

    /// Makes everything written so far safe from a loss of power. With ``StorageOptions/Durability/always`` it is already.
    package func sync() throws(StorageFailure) {
        if hasFailedSync {
            // The kernel reports a failed write once and forgets it: what the log holds goes into the database instead.
            try connection.checkpoint(truncates: true)
            hasFailedSync = false
            return
        }
        do throws(StorageFailure) { try connection.syncLog() } catch {
            hasFailedSync = true
            throw error
        }
    }

    /// Puts everything into the database and empties the log. The object is of no more use then than to be released.
    package func close() throws(StorageFailure) { try emptyLog() }
}
