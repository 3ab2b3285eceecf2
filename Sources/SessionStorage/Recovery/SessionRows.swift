import BrokerCore

/// Rows of a table in the order of the sessions that they belong to, of which the first column is the number.
struct SessionRows {
    private let statement: SQLiteStatement
    private var isAtRow: Bool
    /// Rows that were not handed over.
    private(set) var skipped = 0

    init(_ connection: SQLiteConnection, _ sql: String) throws(StorageFailure) {
        statement = try connection.prepare(sql)
        isAtRow = try statement.step()
    }

    /// The row that is next, if it is one of this session.
    func row(of session: SessionNumber) -> SQLiteStatement? {
        isAtRow && statement.integer(0) == Int64(clamping: session) ? statement : nil
    }

    /// Goes on to the next row.
    mutating func next() throws(StorageFailure) { isAtRow = try statement.step() }

    /// The same, for a row that was not handed over.
    mutating func skip() throws(StorageFailure) {
        skipped += 1
        try next()
    }

    /// Skips the rows of sessions below this one. Returns how many there were.
    mutating func skip(before session: SessionNumber) throws(StorageFailure) -> Int {
        var count = 0
        while isAtRow, statement.integer(0) < Int64(clamping: session) {
            try skip()
            count += 1
        }
        return count
    }

    /// Skips the rows of this session.
    mutating func skip(_ session: SessionNumber) throws(StorageFailure) {
        while row(of: session) != nil { try skip() }
    }

    /// Skips all that is left. Returns how many there were.
    mutating func finish() throws(StorageFailure) -> Int {
        let before = skipped
        while isAtRow { try skip() }
        statement.reset()
        return skipped - before
    }
}
