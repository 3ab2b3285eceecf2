import CSQLite
import Glibc
import MQTTWire

/// One connection to one database file, used by one thread.
///
/// Safe: the pointer is the connection's from the moment it is opened until `deinit` closes it, and leaves this type only
/// for ``SQLiteStatement`` and ``SQLiteBackup``, which hold the connection. SQLite checks what it is given; every
/// result is checked here and becomes a ``StorageFailure`` with SQLite's own words.
@safe final class SQLiteConnection {
    /// How a file is opened.
    enum Access {
        /// Reads and writes; the file must be there.
        case readWrite
        /// Reads a file that nobody writes, and makes no file beside it.
        case immutable
        /// Reads, with what the write-ahead log holds, and leaves both as they are.
        case readLog
    }

    let path: String
    private let handle: OpaquePointer
    /// Frames in the write-ahead log after the latest commit.
    ///
    /// Safe: allocated with the connection, freed after it is closed, and written by SQLite within calls of this thread.
    private let logFrames: UnsafeMutablePointer<Int32>

    /// Opens a file.
    ///
    /// - Parameter vfs: name of the layer that SQLite reads and writes files through; nil for the system's own.
    init(path: String, access: Access, vfs: String? = nil) throws(StorageFailure) {
        self.path = path
        var opened: OpaquePointer?
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE
        var name = path
        if access == .immutable {
            flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            name = "file:" + Self.escaped(path) + "?immutable=1"
        }
        // Safe: SQLite copies the name, and the pointer is kept below or closed.
        let code =
            if let vfs { unsafe sqlite3_open_v2(name, &opened, flags, vfs) } else {
                unsafe sqlite3_open_v2(name, &opened, flags, nil)
            }
        guard code == SQLITE_OK, let database = unsafe opened else {
            let failure = unsafe Self.failure(code, opened, path, "open")
            _ = unsafe sqlite3_close_v2(opened)
            throw failure
        }
        unsafe handle = database
        unsafe logFrames = .allocate(capacity: 1)
        unsafe logFrames.initialize(to: 0)
        // Safe: the connection lives; results are kept as 32 bits of detail.
        _ = unsafe sqlite3_extended_result_codes(database, 1)
        if access != .readWrite {
            _ = unsafe skep_sqlite3_keep_log_on_close(database, 1)
        }
        // Safe: the hook gets the pointer that it may write to; it is called within calls on this connection only.
        _ = unsafe sqlite3_wal_hook(
            database,
            { context, _, _, frames in
                unsafe context?.assumingMemoryBound(to: Int32.self).pointee = frames
                return SQLITE_OK
            }, logFrames)
    }

    deinit {
        // Safe: nobody else has the pointers; statements hold the connection, so none is left.
        _ = unsafe sqlite3_close_v2(handle)
        unsafe logFrames.deallocate()
    }

    /// Frames in the write-ahead log after the latest commit; a frame is a page.
    var framesInLog: Int { unsafe Int(logFrames.pointee) }

    /// Whether no transaction is open.
    var isIdle: Bool { unsafe sqlite3_get_autocommit(handle) != 0 }

    /// Rows that the latest statement has changed.
    var changes: Int { unsafe Int(sqlite3_changes(handle)) }

    /// Whether closing leaves the write-ahead log as it is.
    func setKeepsLogOnClose(_ keeps: Bool) { _ = unsafe skep_sqlite3_keep_log_on_close(handle, keeps ? 1 : 0) }

    /// Runs statements that answer nothing that matters.
    func execute(_ sql: String) throws(StorageFailure) {
        // Safe: the text lives for the call.
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        if code != SQLITE_OK { throw failure(code, sql) }
    }

    /// The number that a statement answers first; 0 if it answers none.
    func integer(_ sql: String) throws(StorageFailure) -> Int {
        let statement = try prepare(sql)
        defer { statement.reset() }
        return try statement.step() ? Int(statement.integer(0)) : 0
    }

    /// The text that a statement answers first.
    func text(_ sql: String) throws(StorageFailure) -> String {
        let statement = try prepare(sql)
        defer { statement.reset() }
        return try statement.step() ? statement.withBlob(0) { $0.text } : ""
    }

    /// A statement to be run any number of times.
    func prepare(_ sql: String) throws(StorageFailure) -> SQLiteStatement {
        var pointer: OpaquePointer?
        // Safe: the text lives for the call; the statement's pointer is handed to the one type that keeps it.
        let code = unsafe sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
        guard code == SQLITE_OK, let prepared = unsafe pointer else { throw failure(code, sql) }
        return unsafe SQLiteStatement(prepared, of: self, sql: sql)
    }

    /// Copies what it can of the write-ahead log into the database.
    ///
    /// - Parameter truncates: copies all, and cuts the log to nothing.
    func checkpoint(truncates: Bool) throws(StorageFailure) {
        let mode = truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        // Safe: nil where an answer is not wanted.
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil)
        if code != SQLITE_OK { throw failure(code, "checkpoint") }
        unsafe logFrames.pointee = 0
    }

    /// Makes the write-ahead log, as it is, safe on disk.
    func syncLog() throws(StorageFailure) {
        var file: UnsafeMutablePointer<sqlite3_file>?
        // Safe: the call writes a pointer to the log's file object, which lives as long as the log is open; it is used
        // here only.
        var code = unsafe withUnsafeMutablePointer(to: &file) { pointer in
            unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, pointer)
        }
        if code == SQLITE_OK, let file = unsafe file, let methods = unsafe file.pointee.pMethods,
            let sync = unsafe methods.pointee.xSync
        {
            code = unsafe sync(file, SQLITE_SYNC_NORMAL)
        }
        if code != SQLITE_OK { throw failure(code, "sync of the write-ahead log") }
    }

    /// The failure that a result code stands for.
    func failure(_ code: Int32, _ doing: String) -> StorageFailure {
        unsafe Self.failure(code, handle, path, doing)
    }

    private static func failure(
        _ code: Int32, _ handle: OpaquePointer?, _ path: String, _ doing: String
    ) -> StorageFailure {
        // Safe: both texts are SQLite's own and copied at once; a handle of nil is allowed.
        let words = unsafe String(cString: handle == nil ? sqlite3_errstr(code) : sqlite3_errmsg(handle))
        let systemError = unsafe handle == nil ? 0 : sqlite3_system_errno(handle)
        let system = systemError == 0 ? "" : unsafe ", " + String(cString: strerror(systemError))
        let reason = "\(words)\(system); SQLite \(code), \(doing.prefix(60))"
        switch code & 0xFF {
        case SQLITE_FULL: return .full(path: path, reason: reason)
        case SQLITE_CORRUPT: return .corrupt(path: path, reason: reason)
        case SQLITE_NOTADB: return .notADatabase(path: path, reason: reason)
        case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM: return .notWritable(path: path, reason: reason)
        case SQLITE_BUSY, SQLITE_LOCKED: return .inUse(path: path, processIdentifier: nil)
        case SQLITE_TOOBIG, SQLITE_RANGE, SQLITE_MISMATCH, SQLITE_CONSTRAINT: return .unstorable(reason: reason)
        default:
            return systemError == ENOSPC || systemError == EDQUOT
                ? .full(path: path, reason: reason) : .inputOutput(path: path, reason: reason)
        }
    }

    /// A path as it stands in a URI.
    private static func escaped(_ path: String) -> String {
        var result = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    /// Begins copying the whole database to another one; see ``SQLiteBackup``.
    func backup(to target: SQLiteConnection) throws(StorageFailure) -> SQLiteBackup {
        // Safe: both connections are kept by the result.
        guard let pointer = unsafe sqlite3_backup_init(target.handle, "main", handle, "main") else {
            throw target.failure(unsafe sqlite3_errcode(target.handle), "backup")
        }
        return unsafe SQLiteBackup(pointer, from: self, to: target)
    }
}
