import Glibc
import Logging

/// Writes one line for each log message to standard error: time, level, message, metadata.
///
/// Line breaks and control characters in what clients sent are escaped, so that nobody can forge a line.
struct LineLogHandler: LogHandler {
    let levels: LogLevels
    var metadata: Logger.Metadata = [:]
    /// Set for a logger that is to differ from all others.
    private var ownLevel: Logger.Level?

    init(levels: LogLevels) { self.levels = levels }

    var logLevel: Logger.Level {
        get { ownLevel ?? levels.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = "\(Self.timestamp()) \(event.level.rawValue) \(Self.escape("\(event.message)"))"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) where "\(value)" != "" {
            line += " \(key)=\(Self.escape(Self.quote("\(value)")))"
        }
        StandardError.log(line)
    }

    /// Characters that could end a line, move the cursor or turn the direction of the text are written as `\u{...}`.
    private static func escape(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isDangerous) else { return text }
        return text.unicodeScalars.map { scalar in
            isDangerous(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(Character(scalar))
        }.joined()
    }

    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        default: false
        }
    }

    /// A value with spaces, quotes or backslashes stands in quotes, so that it cannot pretend to be another field.
    /// Looks at scalars, not characters: a quote with a combining accent is another character, but still a quote.
    private static func quote(_ text: String) -> String {
        let special: Set<Unicode.Scalar> = [" ", "\"", "\\", "="]
        guard text.unicodeScalars.contains(where: { special.contains($0) }) else { return text }
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        quoted.append("\"")
        return String(quoted)
    }

    /// Wall-clock time in UTC with milliseconds.
    static func timestamp() -> String {
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
