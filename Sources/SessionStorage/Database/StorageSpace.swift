/// What the database takes, and what room there is.
package struct StorageSpace: Sendable, Equatable {
    /// Bytes of the database file.
    package var fileBytes = 0
    /// Bytes of the write-ahead log beside it.
    package var logBytes = 0
    /// Bytes within the file that hold nothing.
    package var unusedBytes = 0
    /// Bytes that the broker may still write on the file system; nil if that does not say.
    package var freeBytes: UInt64?
    package var rows = StorageRows()

    /// Nothing taken.
    package init() {}
}

extension StorageDatabase {
    /// What it takes now. Costs some system calls and reads no table.
    package func space() throws(StorageFailure) -> StorageSpace {
        var space = StorageSpace()
        space.fileBytes = SystemFile.size(connection.path) ?? 0
        space.logBytes = SystemFile.size(connection.path + "-wal") ?? 0
        space.unusedBytes = try freePages() * StorageRows.pageSize
        space.freeBytes = SystemFile.freeBytes(directory)
        space.rows = rows
        return space
    }

    /// Gives pages that hold nothing back to the file system: the file becomes shorter with the next checkpoint.
    ///
    /// - Parameter pages: at most so many; each costs about as much as writing a row.
    /// - Returns: whether there are more.
    package func reclaim(pages: Int) throws(StorageFailure) -> Bool {
        // 0 would stand for all.
        guard pages > 0 else { return try freePages() > 0 }
        try connection.execute("PRAGMA incremental_vacuum(\(pages))")
        return try freePages() > 0
    }

    private func freePages() throws(StorageFailure) -> Int {
        defer { statements.freePages.reset() }
        return try statements.freePages.step() ? Int(statements.freePages.integer(0)) : 0
    }
}
