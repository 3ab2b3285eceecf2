import BrokerValues
import Logging

/// An entry of the journal: `MESSAGE` with everything, and each field once more as `SKEP_NAME`, to filter by. The field
/// `client` is called `SKEP_CLIENT_ID`. See systemd.journal-fields(7).
enum JournalEntry {
    /// A longer name is not allowed.
    private static let longestName = 64

    static func fields(_ record: LogRecord) -> [[UInt8]] {
        var fields = [
            ("MESSAGE", TextLine.text(record)), ("PRIORITY", String(priority(record.level))),
            ("SYSLOG_IDENTIFIER", "skep"),
        ]
        if let kind = record.kind {
            fields.append(("MESSAGE_ID", kind.messageIdentifier))
            fields.append(("SKEP_EVENT", kind.rawValue))
        }
        fields += record.fields.map { (name(of: $0.name), $0.value) }
        return fields.map { Array("\($0.0)=\($0.1)".utf8) }
    }

    private static func name(of field: String) -> String {
        if field == "client" { return "SKEP_CLIENT_ID" }
        let letters = field.unicodeScalars.map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": Character(scalar)
            default: "_"
            }
        }
        return String(("SKEP_" + String(letters).uppercased()).prefix(longestName))
    }

    /// The severities of syslog(3).
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
