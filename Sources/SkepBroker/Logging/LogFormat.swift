import ArgumentParser
import Glibc
import ServiceManager

/// How the broker logs.
enum LogFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// Lines for people.
    case text
    /// A JSON object a line, for collectors of logs.
    case json
    /// Entries with fields, for systemd's journal.
    case journal

    /// What fits where standard error leads.
    static func fitting(environment: [String: String]) -> LogFormat {
        Journal.isBehind(STDERR_FILENO, environment: environment) ? .journal : .text
    }

    func entry(_ record: LogRecord) -> LogEntry {
        switch self {
        case .text: LogEntry(TextLine.bytes(record))
        case .json: LogEntry(JSONLine.bytes(record))
        case .journal: LogEntry(fields: JournalEntry.fields(record))
        }
    }
}
