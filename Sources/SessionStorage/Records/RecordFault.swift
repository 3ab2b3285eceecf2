/// Why stored bytes are no record.
enum RecordFault: Error, Equatable {
    /// They end before the record does.
    case truncated
    /// They go on behind it.
    case trailing
    /// They are a record of another type.
    case type(found: UInt8, wanted: UInt8)
    /// A newer program has written them.
    case version(UInt8)
    /// The database cannot be read where they stand.
    case unreadable
    /// A field has a value that it cannot have.
    case value(String)

    var words: String {
        switch self {
        case .truncated: "it ends too early"
        case .trailing: "something stands behind its end"
        case .type(let found, let wanted): "it is of type \(found) where \(wanted) belongs"
        case .version(let version): "its version \(version) is not known"
        case .unreadable: "the database is damaged there"
        case .value(let field): "the value of \(field) is impossible"
        }
    }
}
