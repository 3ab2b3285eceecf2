/// A moment as date and time of day, by the proleptic Gregorian calendar.
enum CalendarTime {
    /// `2026-11-21 13:48:13.123`.
    ///
    /// - Parameters:
    ///   - seconds: since the Unix epoch.
    ///   - offset: of the time zone, in seconds east of Greenwich.
    static func text(_ seconds: Double, offset: Int) -> String {
        guard seconds.isFinite, abs(seconds) < 1e11 else { return "-" }
        let milliseconds = Int64((seconds * 1_000).rounded(.down)) + Int64(offset) * 1_000
        let day = floorDivision(milliseconds, 86_400_000)
        let rest = milliseconds - day * 86_400_000
        let clock = "\(two(rest / 3_600_000)):\(two(rest / 60_000 % 60)):\(two(rest / 1_000 % 60))"
        return "\(date(day)) \(clock).\(three(rest % 1_000))"
    }

    /// Days since the epoch to a date, after Howard Hinnant's `civil_from_days`.
    private static func date(_ day: Int64) -> String {
        let shifted = day + 719_468
        let era = floorDivision(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
        let civil = month < 10 ? month + 3 : month - 9
        return "\(year + era * 400 + (civil <= 2 ? 1 : 0))-\(two(civil))-\(two(dayOfMonth))"
    }

    private static func floorDivision(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    private static func three(_ value: Int64) -> String { value < 100 ? "0\(two(value))" : "\(value)" }
}
