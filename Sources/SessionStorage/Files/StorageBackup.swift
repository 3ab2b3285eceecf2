import Glibc

/// A copy of the database that is being made while it is in use: some pages at a time, between which the database may be
/// written. It holds what was committed before the last step. Its file has its name only when it is whole and safe on
/// disk; a backup that is given up leaves nothing behind.
package final class StorageBackup {
    private let path: String
    private var copy: SQLiteBackup?
    /// Whether the file has its name.
    package private(set) var isDone = false

    private var partial: String { path + ".partial" }

    init(of connection: SQLiteConnection, to path: String) throws(StorageFailure) {
        self.path = path
        if SystemFile.exists(path) { throw .exists(path: path) }
        let partial = path + ".partial"
        // What an earlier one has left when the process was killed.
        SystemFile.remove(partial)
        close(try SystemFile.open(partial, O_RDWR | O_CREAT | O_EXCL))
        do throws(StorageFailure) {
            let target = try SQLiteConnection(path: partial, access: .readWrite)
            // It is made safe at its end; until then it is worth nothing.
            try target.execute("PRAGMA journal_mode = OFF")
            try target.execute("PRAGMA synchronous = OFF")
            copy = try connection.backup(to: target)
        } catch {
            SystemFile.remove(partial)
            throw error
        }
    }

    deinit {
        copy = nil
        if !isDone { SystemFile.remove(partial) }
    }

    /// Pages of the database, and those that are still to be copied, as of the last step.
    package var pages: (total: Int, left: Int) { copy?.pages ?? (0, 0) }

    /// Copies some pages; the step that copies the last makes the file safe and gives it its name.
    ///
    /// - Throws: what has failed; a backup that could not be ended is given up by releasing it.
    /// - Returns: whether it is done.
    package func step(pages: Int) throws(StorageFailure) -> Bool {
        if isDone { return true }
        if let copy {
            guard try copy.step(pages: max(1, pages)) else { return false }
            try copy.finish()
            self.copy = nil
        }
        try SystemFile.sync(partial)
        try SystemFile.renameWithoutReplacing(partial, to: path)
        isDone = true
        try SystemFile.sync(SystemFile.directory(of: path))
        return true
    }
}

extension StorageDatabase {
    /// Begins a backup to a file that is not there yet.
    package func backup(to path: String) throws(StorageFailure) -> StorageBackup {
        try StorageBackup(of: connection, to: path)
    }

    /// Bytes of a backup, or of the database that a data directory holds; nil if there is none.
    package static func size(of path: String) -> Int? {
        SystemFile.size(SystemFile.isDirectory(path) ? file(in: path) : path)
    }
}
