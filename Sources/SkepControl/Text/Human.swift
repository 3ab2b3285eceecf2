/// Numbers as people read them.
enum Human {
    /// Whole numbers with a comma between thousands: `1,204`.
    static func count(_ value: Int64) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// Short, for where space is dear: `940`, `3.1k`, `12M`.
    static func short(_ value: Double) -> String {
        scaled(value, by: 1_000, units: ["", "k", "M", "G", "T", "P", "E"], space: "")
    }

    /// Bytes in powers of 1000: `12.4 MB`.
    static func bytes(_ value: Double) -> String {
        scaled(value, by: 1_000, units: ["B", "kB", "MB", "GB", "TB", "PB", "EB"], space: " ")
    }

    /// Events a second: `0.4/s`, `3.1k/s`.
    static func rate(_ value: Double) -> String { short(value) + "/s" }

    /// `12 %` of a share from 0 to 1.
    static func percent(_ share: Double) -> String { decimal(share * 100, places: abs(share) < 0.0995 ? 1 : 0) + " %" }

    /// The two largest units: `3 h 12 min`, `45 s`, `0.25 s`, `12 d 3 h`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e15 else { return "forever" }
        guard seconds >= 0 else { return "-" + duration(-seconds) }
        if seconds < 10 {
            let places = seconds == seconds.rounded() ? 0 : seconds < 1 ? 3 : 1
            return decimal(seconds, places: places) + " s"
        }
        let whole = Int64(seconds)
        let parts = [(whole / 86_400, "d"), (whole / 3_600 % 24, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")]
        let from = parts.firstIndex { $0.0 > 0 } ?? parts.count - 1
        return parts[from...].prefix(2).enumerated()
            .filter { $0.offset == 0 || $0.element.0 > 0 }
            .map { "\($0.element.0) \($0.element.1)" }.joined(separator: " ")
    }

    /// How long a session outlives its connection: the protocol's largest number is for ever [MQTT5-3.1.2.11.2].
    static func expiry(_ seconds: Int64) -> String {
        if seconds == 0 { return "at disconnect" }
        return seconds >= Int64(UInt32.max) ? "never" : duration(Double(seconds))
    }

    /// A number with as many digits behind the point.
    static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite else { return "-" }
        let factor = (0..<min(max(places, 0), 9)).reduce(1.0) { factor, _ in factor * 10 }
        let scaled = (abs(value) * factor).rounded()
        guard scaled < 9e18 else { return "\(value)" }
        let whole = Int64(scaled)
        let divisor = Int64(factor)
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard places > 0 else { return sign + "\(whole)" }
        let fraction = String(whole % divisor)
        return sign + "\(whole / divisor)." + String(repeating: "0", count: min(places, 9) - fraction.count) + fraction
    }

    /// Three digits or so, with the unit that fits.
    private static func scaled(_ value: Double, by step: Double, units: [String], space: String) -> String {
        guard value.isFinite else { return "-" }
        var (value, unit) = (value, 0)
        // 999.95 would be shown as 1000.0.
        while abs(value) >= (unit == 0 ? step - 0.5 : step - 0.05), unit < units.count - 1 {
            value /= step
            unit += 1
        }
        let isWhole = unit == 0 && value == value.rounded() || abs(value) >= 99.95
        return decimal(value, places: isWhole ? 0 : 1) + space + units[unit]
    }
}
