/// The whole catalogue for people: what `skep metrics` prints, as plain text or as Markdown.
package enum MetricTable {
    /// Plain text, at most 100 columns wide as far as names allow.
    package static func text() -> String {
        var lines = ["NATIVE METRICS"]
        for metric in MetricCatalog.all {
            lines += ["", "\(metric.name)  \(kind(of: metric))"] + wrapped(metric.help)
            for label in metric.labels { lines += wrapped("\(label.name): \(values(of: label))") }
            let names = readers(of: metric.name)
            if !names.isEmpty { lines += wrapped("HiveMQ (\(HiveMQCatalog.prefix)): \(names.joined(separator: ", "))") }
        }
        lines += ["", "", "HIVEMQ'S NAMES"]
        for metric in HiveMQCatalog.all where metric.absence == nil {
            lines += ["", "\(metric.name)  \(metric.kind.rawValue), since \(metric.since)"]
            lines += wrapped(metric.help) + wrapped("= \(metric.value)")
        }
        lines += ["", "", "HIVEMQ'S NAMES WITHOUT A VALUE IN THIS BROKER"]
        for reason in AbsenceReason.allCases {
            lines += ["", reason.sentence] + absent(for: reason).map { "    \($0.name)  \($0.kind.rawValue)" }
        }
        lines += ["", "", "$SYS TOPICS"]
        for topic in SystemTopicCatalog.all {
            lines += ["", "\(topic.topic)  \(when(topic))"] + wrapped(topic.help) + wrapped("= \(topic.value)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Four tables with their headings.
    package static func markdown() -> String {
        var lines = [
            "## Native metrics", "",
            "HiveMQ's names stand without the `\(HiveMQCatalog.prefix)` that they all begin with.", "",
            row(["Name", "Kind", "Labels", "What it tells", "HiveMQ's names that read it"]), row(dashes(5)),
        ]
        for metric in MetricCatalog.all {
            let labels = metric.labels.map { "`\($0.name)`: \(values(of: $0))" }.joined(separator: "; ")
            let names = readers(of: metric.name).map { "`\($0)`" }.joined(separator: ", ")
            lines.append(row(["`\(metric.name)`", kind(of: metric), labels, metric.help, names]))
        }
        lines += [
            "", "## HiveMQ's names", "", row(["Name", "Kind", "Since", "Value", "What it tells"]), row(dashes(5)),
        ]
        for metric in HiveMQCatalog.all where metric.absence == nil {
            lines.append(
                row(["`\(metric.name)`", metric.kind.rawValue, metric.since, "`\(metric.value)`", metric.help]))
        }
        lines += ["", "## HiveMQ's names without a value in this broker"]
        for reason in AbsenceReason.allCases {
            lines += ["", reason.sentence, "", row(["Name", "Kind", "What it tells"]), row(dashes(3))]
            for metric in absent(for: reason) {
                lines.append(row(["`\(metric.name)`", metric.kind.rawValue, metric.help]))
            }
        }
        lines += ["", "## `$SYS` topics", "", row(["Topic", "Sent", "Value", "What it tells"]), row(dashes(4))]
        for topic in SystemTopicCatalog.all {
            lines.append(row(["`\(topic.topic)`", when(topic), "`\(topic.value)`", topic.help]))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension MetricTable {
    private static func kind(of metric: Metric) -> String {
        metric.unit.map { "\(metric.kind.rawValue), \($0.rawValue)" } ?? metric.kind.rawValue
    }

    private static func values(of label: MetricLabel) -> String {
        switch label.values {
        case .closed(let values): values.joined(separator: ", ")
        case .configured(let what): "(\(what))"
        }
    }

    private static func when(_ topic: SystemTopic) -> String {
        switch topic.delivery {
        case .interval: "at the interval"
        case .subscription: "on subscription"
        }
    }

    /// The names of HiveMQ that read a native metric, without their common beginning.
    private static func readers(of metric: String) -> [String] {
        HiveMQCatalog.all.filter { $0.value.references.contains { $0.metric == metric } }
            .map { String($0.name.dropFirst(HiveMQCatalog.prefix.count)) }
    }

    private static func absent(for reason: AbsenceReason) -> [HiveMQMetric] {
        HiveMQCatalog.all.filter { $0.absence == reason }
    }

    /// Words in indented lines of at most 100 columns.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = "   "
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > 100, line.count > 3 {
                lines.append(line)
                line = "   "
            }
            line += " \(word)"
        }
        return lines + [line]
    }

    /// A row of a Markdown table; a bar inside a cell would end it.
    private static func row(_ cells: [String]) -> String {
        "| \(cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |"
    }

    private static func dashes(_ count: Int) -> [String] { Array(repeating: "---", count: count) }
}
