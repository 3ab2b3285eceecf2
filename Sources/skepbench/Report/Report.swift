/// What a scenario found: lines for people, and the same as one JSON object for programs.
struct Report: Sendable {
    /// One thing that was found.
    enum Value: Sendable {
        case count(Int)
        /// So many a second.
        case rate(Double)
        /// Nanoseconds; nil if there is nothing to tell.
        case duration(Int?)
        case number(Double?)
        case text(String)
        /// Counts of equal spans of time, in order.
        case series([Int])
        /// Printed as its quantiles.
        case latency(LatencyHistogram)
    }

    /// A line: the key is what JSON calls it, without the unit.
    struct Line: Sendable {
        let key: String
        let label: String
        let value: Value
    }

    let scenario: String
    let title: String
    private(set) var lines: [Line] = []

    init(scenario: String, title: String) {
        self.scenario = scenario
        self.title = title
    }

    /// Adds a line.
    mutating func add(_ key: String, _ label: String, _ value: Value) {
        lines.append(Line(key: key, label: label, value: value))
    }

    /// For a terminal.
    var table: String {
        let width = lines.map(\.label.count).max() ?? 0
        return lines.reduce(title) { text, line in
            text + "\n  " + line.label + String(repeating: " ", count: width - line.label.count) + "  "
                + Self.human(line.value)
        }
    }

    /// One object in one line.
    var json: String {
        let members =
            [("scenario", Self.quoted(scenario)), ("title", Self.quoted(title))] + lines.flatMap(Self.members)
        return "{" + members.map { "\(Self.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    }

    // MARK: - Values as text

    private static func human(_ value: Value) -> String {
        switch value {
        case .count(let count): grouped(count)
        case .rate(let rate): (rate < 10 ? fixed(rate, digits: 1) : grouped(Int(min(rate, 1e15).rounded()))) + "/s"
        case .duration(let time): time.map(duration) ?? "-"
        case .number(let number): number.flatMap { $0.isFinite ? fixed($0, digits: 2) : nil } ?? "-"
        case .text(let text): text
        case .series(let counts): counts.map(String.init).joined(separator: " ")
        case .latency(let histogram):
            if histogram.count == 0 {
                "none"
            } else {
                [("p50", histogram.quantile(0.5)), ("p99", histogram.quantile(0.99)), ("max", histogram.maximum)]
                    .map { "\($0.0) \($0.1.map(duration) ?? "-")" }.joined(separator: "  ")
                    + "  of \(grouped(histogram.count))"
            }
        }
    }

    private static func members(_ line: Line) -> [(String, String)] {
        let key = line.key
        switch line.value {
        case .count(let count): return [(key, "\(count)")]
        case .rate(let rate): return [("\(key)_per_s", fixed(rate, digits: 1))]
        case .duration(let time): return [("\(key)_us", time.map(microseconds) ?? "null")]
        case .number(let number): return [(key, number.map { fixed($0, digits: 3) } ?? "null")]
        case .text(let text): return [(key, quoted(text))]
        case .series(let counts): return [(key, "[" + counts.map(String.init).joined(separator: ",") + "]")]
        case .latency(let histogram):
            return [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)].map { name, share in
                ("\(key)_\(name)_us", histogram.quantile(share).map(microseconds) ?? "null")
            } + [
                ("\(key)_max_us", histogram.count > 0 ? microseconds(histogram.maximum) : "null"),
                ("\(key)_count", "\(histogram.count)"),
            ]
        }
    }

    /// Nanoseconds in the unit that suits them.
    static func duration(_ nanoseconds: Int) -> String {
        switch nanoseconds {
        case ..<1_000_000: fixed(Double(nanoseconds) / 1e3, digits: 1) + " us"
        case ..<1_000_000_000: fixed(Double(nanoseconds) / 1e6, digits: 2) + " ms"
        default: fixed(Double(nanoseconds) / 1e9, digits: 2) + " s"
        }
    }

    private static func microseconds(_ nanoseconds: Int) -> String { fixed(Double(nanoseconds) / 1e3, digits: 1) }

    /// A number with so many digits behind the point; `null` if it is none, which JSON takes.
    static func fixed(_ value: Double, digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        guard value.isFinite, abs(value) < 1e18 / Double(scale) else { return "null" }
        let whole = Int((abs(value) * Double(scale)).rounded())
        let fraction = String(whole % scale)
        let sign = value < 0 && whole > 0 ? "-" : ""
        if digits == 0 { return "\(sign)\(whole)" }
        return "\(sign)\(whole / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// Digits in groups of three.
    static func grouped(_ value: Int) -> String {
        var digits = Array(String(value.magnitude))
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return (value < 0 ? "-" : "") + String(digits)
    }

    /// A string of JSON.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
