/// A message of the log in the form that it is written in.
struct LogEntry {
    /// One for a line, which ends with a line break; several for the journal.
    let fields: [[UInt8]]
    let byteCount: Int

    init(_ line: [UInt8]) { self.init(fields: [line]) }

    init(fields: [[UInt8]]) {
        self.fields = fields
        byteCount = fields.reduce(0) { $0 + $1.count }
    }
}
