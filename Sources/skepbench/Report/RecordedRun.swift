import FoundationEssentials

/// One report of a scenario, read back from what `--json` printed.
struct RecordedRun: Sendable, Equatable {
    /// What was measured: the scenario with its parameters. Runs of the same name can be compared.
    let name: String
    /// All its numbers, by key.
    let numbers: [String: Double]

    /// What says what was measured and not what came out, by key.
    private static let parameters = [
        ("version", "MQTT"), ("qos", "QoS"), ("subscriber_qos", "subscriptions of QoS"), ("payload", "bytes"),
        ("clients", "clients"), ("threads", "threads"), ("window", "window"), ("asked_rate_per_s", "rate"),
        ("filters", "filters"), ("asked_churn_per_s", "churn"), ("interval", "interval"),
    ]
    /// Bytes of a file.
    static let largestFile = 64 * 1_048_576

    /// Reads all reports of a text: objects of JSON, one a line.
    ///
    /// - Throws: ``BenchError`` with the number of the line that is none.
    static func runs(in text: String, of file: String) throws(BenchError) -> [RecordedRun] {
        guard text.utf8.count <= largestFile else { throw BenchError(.data, "\(file) is larger than 64 MiB") }
        var runs: [RecordedRun] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if line.allSatisfy(\.isWhitespace) { continue }
            guard let values = try? JSONDecoder().decode([String: Scalar].self, from: Data(line.utf8)) else {
                throw BenchError(.data, "\(file), line \(number + 1): this is no report of skepbench --json")
            }
            guard case .text(let scenario)? = values["scenario"], case .text(let title)? = values["title"] else {
                throw BenchError(.data, "\(file), line \(number + 1): a report has a scenario and a title")
            }
            runs.append(RecordedRun(scenario, title, values))
        }
        guard !runs.isEmpty else { throw BenchError(.data, "\(file) holds no report of skepbench --json") }
        return runs
    }

    private init(_ scenario: String, _ title: String, _ values: [String: Scalar]) {
        var name = "\(scenario): \(title)"
        for (key, label) in Self.parameters {
            switch values[key] {
            case .text(let text): name += ", \(label) \(text)"
            case .number(let number):
                name += ", \(label) " + (Int(exactly: number).map(String.init) ?? Report.fixed(number, digits: 3))
            case .other, nil: break
            }
        }
        // It goes to a terminal.
        self.name = String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? "?" : $0 }))
        var numbers: [String: Double] = [:]
        let parameters = Set(Self.parameters.map(\.0))
        for (key, value) in values where !parameters.contains(key) {
            if case .number(let number) = value, number.isFinite { numbers[key] = number }
        }
        self.numbers = numbers
    }

    /// A value of a report.
    private enum Scalar: Decodable {
        case number(Double)
        case text(String)
        /// A series, or nothing.
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .other
            }
        }
    }
}

/// The same runs in two files, side by side: medians where a file holds a run more than once.
struct Comparison: Sendable {
    /// One number of a run.
    struct Row: Sendable, Equatable {
        let key: String
        let first: Double
        let second: Double

        /// The second as a multiple of the first; nil if that is 0.
        var ratio: Double? { first == 0 ? nil : second / first }
    }

    /// A run that is in both.
    struct Section: Sendable, Equatable {
        let name: String
        let rows: [Row]
    }

    private(set) var sections: [Section] = []
    /// Runs that are in one file only.
    private(set) var unmatched: [String] = []

    init(_ first: [RecordedRun], _ second: [RecordedRun]) {
        let all = (Dictionary(grouping: first, by: \.name), Dictionary(grouping: second, by: \.name))
        for name in Self.names(first + second) {
            guard let runs = all.0[name], let others = all.1[name] else {
                unmatched.append(name)
                continue
            }
            let (before, after) = (Self.medians(runs), Self.medians(others))
            let rows = before.keys.sorted().compactMap { key in
                after[key].map { Row(key: key, first: before[key] ?? 0, second: $0) }
            }
            sections.append(Section(name: name, rows: rows))
        }
    }

    private static func names(_ runs: [RecordedRun]) -> [String] {
        var seen: Set<String> = []
        return runs.map(\.name).filter { seen.insert($0).inserted }
    }

    private static func medians(_ runs: [RecordedRun]) -> [String: Double] {
        var values: [String: [Double]] = [:]
        for run in runs {
            for (key, number) in run.numbers { values[key, default: []].append(number) }
        }
        return values.mapValues { Self.median($0) }
    }

    /// The middle one; the mean of the two in the middle if there is none. 0 of nothing.
    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// For a terminal; with a word, only keys that hold it.
    func table(keys word: String = "") -> String {
        var lines: [String] = []
        for section in sections {
            lines.append(section.name)
            let rows = section.rows.filter { word.isEmpty || $0.key.contains(word) }
            if rows.isEmpty { lines.append("  no number\(word.isEmpty ? "" : " with '\(word)' in its key")") }
            let width = rows.map(\.key.count).max() ?? 0
            for row in rows {
                let key = row.key + String(repeating: " ", count: width - row.key.count)
                let ratio = row.ratio.flatMap { $0.isFinite ? "x" + Report.fixed($0, digits: 2) : nil } ?? "-"
                lines.append(
                    "  \(key)  \(Self.padded(row.first))  \(Self.padded(row.second))  \(ratio)")
            }
        }
        for name in unmatched { lines.append("in one file only: \(name)") }
        return lines.joined(separator: "\n")
    }

    /// One object for each run, one a line.
    func json(keys word: String = "") -> String {
        sections.map { section in
            let members = section.rows.filter { word.isEmpty || $0.key.contains(word) }.map { row in
                let ratio = row.ratio.map { Report.fixed($0, digits: 4) } ?? "null"
                return "\(Report.quoted(row.key)):[\(Report.fixed(row.first, digits: 3)),"
                    + "\(Report.fixed(row.second, digits: 3)),\(ratio)]"
            }
            return "{\"run\":\(Report.quoted(section.name)),\"numbers\":{\(members.joined(separator: ","))}}"
        }.joined(separator: "\n")
    }

    private static func padded(_ value: Double) -> String {
        let text =
            value.rounded() == value && abs(value) < 1e15 ? Report.grouped(Int(value)) : Report.fixed(value, digits: 3)
        return String(repeating: " ", count: max(0, 14 - text.count)) + text
    }
}
