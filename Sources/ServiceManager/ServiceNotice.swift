/// Something that a service manager is told about the broker; see sd_notify(3).
package enum ServiceNotice: Sendable, Hashable {
    /// Every listener is open. Also ends ``reloading(monotonicMicroseconds:)``.
    case ready
    /// The settings are being read again, since this time of `CLOCK_MONOTONIC`.
    case reloading(monotonicMicroseconds: UInt64)
    /// A shutdown has begun.
    case stopping
    /// A line for `systemctl status`.
    case status(String)
    /// The broker is well; without this for the watchdog's interval it is killed.
    case watchdog
    /// What is going on now, a start or a stop, takes so much longer than from now.
    case extendTimeout(microseconds: UInt64)

    /// Bytes of a status line at most; longer ones are cut.
    private static let longestStatus = 512

    /// The message for the notification socket.
    static func message(_ notices: [ServiceNotice]) -> String {
        notices.map(\.assignment).joined(separator: "\n")
    }

    private var assignment: String {
        switch self {
        case .ready: "READY=1"
        case .reloading(let time): "RELOADING=1\nMONOTONIC_USEC=\(time)"
        case .stopping: "STOPPING=1"
        case .status(let text): "STATUS=" + Self.oneLine(text)
        case .watchdog: "WATCHDOG=1"
        case .extendTimeout(let microseconds): "EXTEND_TIMEOUT_USEC=\(microseconds)"
        }
    }

    /// A line break would begin another assignment, and a zero byte would end the message.
    private static func oneLine(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > longestStatus { break }
            line.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return String(line)
    }
}
