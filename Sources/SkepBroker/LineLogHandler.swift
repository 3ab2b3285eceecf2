import Glibc
import Logging

/// Writes one line for each log message to standard error: time, level, message, metadata.
///
/// Line breaks and control characters in what clients sent are escaped, so that nobody can forge a line.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = "\(Self.timestamp()) \(event.level.rawValue) \(Self.escape("\(event.message)"))"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.quote(Self.escape("\(value)")))"
        }
        StandardError.print(line)
    }

    private static func escape(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return text.unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(Character(scalar))
        }.joined()
    }

    private static func quote(_ text: String) -> String {
        text.isEmpty || text.contains(" ") || text.contains("\"")
            ? "\"" + text.replacing("\"", with: "\\\"") + "\"" : text
    }

    /// Wall-clock time in UTC with milliseconds.
    private static func timestamp() -> String {
        var now = timespec()
        // Safe: both structures are this function's own.
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        var parts = unsafe tm()
        unsafe gmtime_r(&now.tv_sec, &parts)
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        func pad(_ number: Int32, _ width: Int = 2) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = "\(year)-\(pad(month))-\(pad(day))"
        let time = "\(pad(hour)):\(pad(minute)):\(pad(second))"
        return "\(date)T\(time).\(pad(Int32(now.tv_nsec / 1_000_000), 3))Z"
    }
}
