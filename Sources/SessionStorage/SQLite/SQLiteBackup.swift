import CSQLite

/// A copy of a database that is being made, some pages at a time, while the source is in use.
///
/// Safe: the pointer is this object's alone until ``finish()``; both connections are held as long.
@safe final class SQLiteBackup {
    private var pointer: OpaquePointer?
    private let source: SQLiteConnection
    private let target: SQLiteConnection

    @unsafe init(_ pointer: OpaquePointer, from source: SQLiteConnection, to target: SQLiteConnection) {
        unsafe self.pointer = pointer
        self.source = source
        self.target = target
    }

    deinit {
        // Safe: nobody else has the pointer.
        if unsafe pointer != nil { _ = unsafe sqlite3_backup_finish(pointer) }
    }

    /// Pages of the source, and those that are still to be copied.
    var pages: (total: Int, left: Int) {
        // Safe: the calls read numbers of an object that lives.
        unsafe pointer == nil
            ? (0, 0) : (Int(sqlite3_backup_pagecount(pointer)), Int(sqlite3_backup_remaining(pointer)))
    }

    /// Copies some pages. Returns whether all are copied.
    func step(pages: Int) throws(StorageFailure) -> Bool {
        guard unsafe pointer != nil else { return true }
        // Safe: the pointer lives.
        let code = unsafe sqlite3_backup_step(pointer, Int32(clamping: pages))
        switch code {
        case SQLITE_OK: return false
        case SQLITE_DONE: return true
        default: throw target.failure(code, "backup")
        }
    }

    /// Ends it; what was copied is a database if all was.
    func finish() throws(StorageFailure) {
        guard unsafe pointer != nil else { return }
        // Safe: the pointer is given up here.
        let code = unsafe sqlite3_backup_finish(pointer)
        unsafe pointer = nil
        if code != SQLITE_OK { throw target.failure(code, "backup") }
    }
}
