import CSQLite
import MQTTWire

/// A prepared statement. Its parameters are always `?1`, a number, and `?2` and `?3`, bytes.
///
/// Safe: the pointer is this object's from ``SQLiteConnection/prepare(_:)`` to `deinit`, and the connection lives as long.
/// Bytes are bound without a copy, and only for calls during which they live.
@safe final class SQLiteStatement {
    private let pointer: OpaquePointer
    private let connection: SQLiteConnection
    private let sql: String
    private let parameters: Int32

    @unsafe init(_ pointer: OpaquePointer, of connection: SQLiteConnection, sql: String) {
        unsafe self.pointer = pointer
        self.connection = connection
        self.sql = sql
        parameters = unsafe sqlite3_bind_parameter_count(pointer)
    }

    // Safe: nobody else has the pointer.
    deinit { _ = unsafe sqlite3_finalize(pointer) }

    // MARK: Writing

    /// Runs a statement that answers nothing. Returns the number of rows that it has changed.
    @discardableResult
    func run(_ number: UInt64 = 0, _ first: [UInt8] = [], _ second: [UInt8] = []) throws(StorageFailure) -> Int {
        try bind(number)
        // Safe: both arrays live until the statement is reset, and it reads them before that only.
        let code = unsafe first.withUnsafeBytes { first in
            unsafe second.withUnsafeBytes { second in
                var code = SQLITE_OK
                if parameters >= 2 { unsafe code = bind(first, at: 2) }
                if parameters >= 3, code == SQLITE_OK { unsafe code = bind(second, at: 3) }
                if code == SQLITE_OK { code = unsafe sqlite3_step(pointer) }
                return code
            }
        }
        guard code == SQLITE_DONE || code == SQLITE_ROW else {
            let failure = connection.failure(code, sql)
            reset()
            throw failure
        }
        reset()
        return connection.changes
    }

    /// No bytes are bound as such: a pointer to nothing would stand for NULL.
    private func bind(_ bytes: UnsafeRawBufferPointer, at index: Int32) -> Int32 {
        // Safe: the caller keeps the bytes alive for as long as the statement may read them.
        guard let start = bytes.baseAddress, bytes.count > 0 else {
            return unsafe sqlite3_bind_zeroblob(pointer, index, 0)
        }
        return unsafe sqlite3_bind_blob64(pointer, index, start, UInt64(bytes.count), nil)
    }

    /// Sets the number.
    func bind(_ number: UInt64) throws(StorageFailure) {
        guard parameters >= 1 else { return }
        guard let signed = Int64(exactly: number) else {
            throw .unstorable(reason: "\(number) is greater than what a number may be")
        }
        // Safe: the statement lives.
        let code = unsafe sqlite3_bind_int64(pointer, 1, signed)
        if code != SQLITE_OK { throw connection.failure(code, sql) }
    }

    // MARK: Reading

    /// Goes to the next row. Returns whether there is one; call ``reset()`` when enough was read.
    func step() throws(StorageFailure) -> Bool {
        // Safe: the statement lives.
        let code = unsafe sqlite3_step(pointer)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let failure = connection.failure(code, sql)
            reset()
            throw failure
        }
    }

    /// Makes it ready to be run again. What its result says was said by the call that failed.
    func reset() { _ = unsafe sqlite3_reset(pointer) }

    /// The number in a column of this row; 0 for what is none.
    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(pointer, column) }

    /// The number in a column of this row; 0 for what is none or negative.
    func number(_ column: Int32) -> UInt64 { UInt64(max(integer(column), 0)) }

    /// Runs `body` with the bytes in a column of this row; with none for NULL.
    func withBlob<R, E: Error>(_ column: Int32, _ body: (ByteView) throws(E) -> R) throws(E) -> R {
        // Safe: the bytes hold until the statement moves on or reads the column as something else, which it does not do
        // while `body` runs; both calls in this order are what SQLite's documentation asks for.
        guard let start = unsafe sqlite3_column_blob(pointer, column) else { return try body(.empty) }
        let count = unsafe Int(sqlite3_column_bytes(pointer, column))
        return try unsafe body(ByteView(start: start, count: count))
    }

    /// A copy of the bytes in a column of this row.
    func bytes(_ column: Int32) -> [UInt8] { withBlob(column) { $0.bytes } }
}
