/// When something is to be run, in the form of Quartz: seconds, minutes, hours, day of the month, month, day of the week,
/// and perhaps a year, each `*`, a number, a range `a-b`, a step `a/n` or `*/n`, a list of those, and `?` for a day that
/// the other field says. Days of the week are 1 (Sunday) to 7 or `SUN` to `SAT`, months 1 to 12 or `JAN` to `DEC`.
/// `L`, `W` and `#` are not understood. Times are in UTC.
struct CronExpression: Sendable, Equatable {
    private let seconds: Set<Int>
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>?
    private let months: Set<Int>
    private let weekdays: Set<Int>?
    private let years: Set<Int>?

    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    private static let monthNames = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ]
    private static let weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    /// - Throws: what is wrong with the text.
    init(_ text: String) throws(Fault) {
        let fields = text.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count == 6 || fields.count == 7 else {
            throw Fault(description: "\(text.debugDescription) has \(fields.count) fields, not 6 or 7")
        }
        seconds = try Self.values(fields[0], 0...59)
        minutes = try Self.values(fields[1], 0...59)
        hours = try Self.values(fields[2], 0...23)
        days = fields[3] == "?" || fields[3] == "*" ? nil : try Self.values(fields[3], 1...31)
        months = try Self.values(fields[4], 1...12, names: Self.monthNames)
        weekdays =
            fields[5] == "?" || fields[5] == "*" ? nil : try Self.values(fields[5], 1...7, names: Self.weekdayNames)
        years = fields.count == 7 && fields[6] != "*" ? try Self.values(fields[6], 1970...2199) : nil
    }

    private static func values(
        _ field: Substring, _ bounds: ClosedRange<Int>, names: [String] = []
    ) throws(Fault) -> Set<Int> {
        var all: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard pieces.count <= 2 else { throw Fault(description: "\(part.debugDescription) means nothing") }
            var step = 1
            if pieces.count == 2 {
                guard let number = Int(pieces[1]), number > 0, number <= bounds.upperBound else {
                    throw Fault(description: "\(part.debugDescription) has no step")
                }
                step = number
            }
            let range: ClosedRange<Int>
            if pieces[0] == "*" || pieces[0] == "?" {
                range = bounds
            } else {
                let ends = try pieces[0].split(separator: "-", omittingEmptySubsequences: false).map {
                    (end) throws(Fault) in try number(end, bounds, names)
                }
                guard let first = ends.first, ends.count <= 2, first <= ends[ends.count - 1] else {
                    throw Fault(description: "\(part.debugDescription) means nothing")
                }
                range = first...(ends.count == 2 ? ends[1] : pieces.count == 2 ? bounds.upperBound : first)
            }
            for value in stride(from: range.lowerBound, through: range.upperBound, by: step) { all.insert(value) }
        }
        return all
    }

    private static func number(
        _ text: Substring, _ bounds: ClosedRange<Int>, _ names: [String]
    ) throws(Fault) -> Int {
        if let place = names.firstIndex(of: text.uppercased()) { return place + bounds.lowerBound }
        guard let number = Int(text), bounds.contains(number) else {
            throw Fault(description: "\(text.debugDescription) is not \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    /// The first moment after `time` (both seconds since 1970); nil if there is none before the year 2200.
    func next(after time: Int64) -> Int64? {
        guard time >= 0, time < 7_258_118_400 else { return nil }
        var day = (time + 1) / 86_400
        var second = Int((time + 1) % 86_400)
        // Four years and a day hold every combination of days.
        for _ in 0..<(366 * 12 + 3) {
            if holds(day: day), let found = firstSecond(from: second) { return day * 86_400 + Int64(found) }
            day += 1
            second = 0
        }
        return nil
    }

    private func firstSecond(from start: Int) -> Int? {
        for hour in hours.sorted() where hour * 3600 + 3599 >= start {
            for minute in minutes.sorted() where hour * 3600 + minute * 60 + 59 >= start {
                for second in seconds.sorted() {
                    let candidate = hour * 3600 + minute * 60 + second
                    if candidate >= start { return candidate }
                }
            }
        }
        return nil
    }

    private func holds(day: Int64) -> Bool {
        let (year, month, dayOfMonth) = Self.date(day)
        if !months.contains(month) || years?.contains(year) == false { return false }
        // 1970 began on a Thursday.
        let weekday = Int((day + 4) % 7) + 1
        return days?.contains(dayOfMonth) ?? true && weekdays?.contains(weekday) ?? true
    }

    /// The date of a day since 1970, in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms").
    private static func date(_ day: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(day) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
