extension StorageDatabase {
    /// Old databases that are kept beside a restored one at most.
    private static let mostMovedAside = 1000

    /// Puts a backup in the place of a directory's database, which is kept beside it under another name.
    ///
    /// - Returns: where the old database is now; nil if there was none.
    /// - Throws: ``StorageFailure/unsound(path:findings:)`` for a backup that a check finds fault with. Until the last step
    ///   the old database stays what it was, and a failure after that leaves it under its new name.
    @discardableResult
    package static func restore(backup: String, into directory: String) throws(StorageFailure) -> String? {
        let check = try check(file: backup)
        guard check.isSound else { throw .unsound(path: backup, findings: check.findings.first) }
        if SystemFile.size(backup + "-wal") ?? 0 > 0 {
            throw .unsound(path: backup, findings: ["it has a write-ahead log beside it: it is in use, or no backup"])
        }
        let lock = try DirectoryLock(directory: directory)
        defer { withExtendedLifetime(lock) {} }
        let path = file(in: directory)
        let fresh = path + ".restoring"
        SystemFile.remove(fresh)
        do throws(StorageFailure) {
            try SystemFile.copy(backup, to: fresh, in: directory)
            let old = try moveAside(path, in: directory)
            try SystemFile.rename(fresh, to: path)
            try SystemFile.sync(directory)
            return old
        } catch {
            SystemFile.remove(fresh)
            throw error
        }
    }

    private static func moveAside(_ path: String, in directory: String) throws(StorageFailure) -> String? {
        let log = path + "-wal"
        guard SystemFile.exists(path) || SystemFile.exists(log) else { return nil }
        // What its log holds goes into it if it can be opened; otherwise the log goes along.
        if SystemFile.size(log) ?? 0 > 0, let old = try? SQLiteConnection(path: path, access: .readWrite) {
            try? old.execute("PRAGMA locking_mode = EXCLUSIVE")
            _ = try? StorageSchema.current.check(old)
            try? old.checkpoint(truncates: true)
        }
        for number in 1...mostMovedAside {
            let name = "\(path).before-restore-\(number)"
            if SystemFile.exists(name) || SystemFile.exists(name + "-wal") { continue }
            // The log first: one that was left behind would be taken for the new database's.
            if SystemFile.exists(log) { try SystemFile.rename(log, to: name + "-wal") }
            SystemFile.remove(path + "-shm")
            if SystemFile.exists(path) { try SystemFile.rename(path, to: name) }
            try SystemFile.sync(directory)
            return name
        }
        throw .exists(path: "\(path).before-restore-\(mostMovedAside)")
    }
}
