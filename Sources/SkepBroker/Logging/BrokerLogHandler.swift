import Logging

/// Hands each log message to the thread that writes them, in the form that was asked for.
struct BrokerLogHandler: LogHandler {
    let levels: LogLevels
    let writer: LogWriter
    var metadata: Logger.Metadata = [:]
    /// Set for a logger that is to differ from all others.
    private var ownLevel: Logger.Level?

    init(levels: LogLevels, writer: LogWriter) {
        self.levels = levels
        self.writer = writer
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? levels.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        writer.append(LogRecord(level: event.level, message: "\(event.message)", metadata: all))
    }
}
