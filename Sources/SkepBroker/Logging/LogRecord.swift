import BrokerValues
import Glibc
import Logging

/// One message of the log, before it has a form.
struct LogRecord {
    let level: Logger.Level
    let message: String
    let time: timespec
    let kind: LogKind?
    /// In the order of their names; none is empty, none is the kind.
    let fields: [(name: String, value: String)]

    init(level: Logger.Level, message: String, metadata: Logger.Metadata, time: timespec = Self.now()) {
        self.level = level
        self.message = message
        self.time = time
        kind = metadata[LogKind.field].flatMap { LogKind(rawValue: "\($0)") }
        fields = metadata.compactMap { name, value in
            let text = name == LogKind.field ? "" : "\(value)"
            return text.isEmpty ? nil : (name, text)
        }.sorted { $0.0 < $1.0 }
    }

    private static func now() -> timespec {
        var now = timespec()
        // Safe: the structure is this function's own.
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now
    }

    /// Wall-clock time in UTC with milliseconds.
    var timestamp: String {
        var seconds = time.tv_sec
        var parts = unsafe tm()
        // Safe: both structures are this function's own.
        unsafe gmtime_r(&seconds, &parts)
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        func pad(_ number: Int32, _ width: Int = 2) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = "\(year)-\(pad(month))-\(pad(day))"
        let clock = "\(pad(hour)):\(pad(minute)):\(pad(second))"
        return "\(date)T\(clock).\(pad(Int32(time.tv_nsec / 1_000_000), 3))Z"
    }
}

extension Logger {
    /// Logs a message of a kind that operators can filter by.
    func log(
        _ kind: LogKind, _ level: Logger.Level, _ message: @autoclosure () -> Logger.Message,
        _ metadata: @autoclosure () -> Logger.Metadata = [:]
    ) {
        guard level >= logLevel else { return }
        var fields = metadata()
        fields[LogKind.field] = .string(kind.rawValue)
        log(level: level, message(), metadata: fields)
    }
}
