/// One series of a native metric: the values of its labels in the catalogue's order, and its number.
package typealias MetricSeries = (labels: [String], value: Double)

/// How much something grew lately. Monitoring looks at each of ``HiveMQCatalog/windows`` once a second and remembers.
package struct HiveMQWindow: Sendable, Hashable {
    package let value: HiveMQValue
    /// The window's length. Where readings lie otherwise apart, the growth is scaled to this.
    package let seconds: Int
}

/// Where the value of a HiveMQ name comes from: an expression over native metrics.
package indirect enum HiveMQValue: Sendable, Hashable {
    /// The sum of a native metric's series whose labels have one of these values; labels not named may have any.
    case sum(metric: String, where: [String: [String]])
    /// The sum of several values.
    case total([HiveMQValue])
    /// The first without the second.
    case difference(HiveMQValue, HiveMQValue)
    /// A value in another unit.
    case scaled(HiveMQValue, by: Double)
    /// The first divided by the second; none while the second is 0.
    case ratio(HiveMQValue, HiveMQValue)
    /// How much a value grew within the last seconds.
    case window(HiveMQWindow)
    /// 0, and honestly so: this broker is built so that it cannot happen. The help says why.
    case never
    /// One value for each value of a label, which stands in angle brackets in the metric's name.
    case perLabel(metric: String, label: String, where: [String: [String]])
    /// Six quantiles of a native histogram, or of the one of its series with these labels, over a sliding window: in
    /// nanoseconds for durations and bytes for sizes.
    case histogram(metric: String, labels: [String] = [])
    /// Six quantiles of a value that Monitoring looks at once a second.
    case sampled(HiveMQValue)
    /// No value.
    case absent(AbsenceReason)

    /// All series of a native metric.
    static func all(_ metric: String) -> HiveMQValue { .sum(metric: metric, where: [:]) }

    /// The series of a native metric with one value of one label.
    static func one(_ metric: String, _ label: String, _ value: String) -> HiveMQValue {
        .sum(metric: metric, where: [label: [value]])
    }

    static func window(_ value: HiveMQValue, seconds: Int) -> HiveMQValue {
        .window(HiveMQWindow(value: value, seconds: seconds))
    }
}

extension HiveMQValue {
    /// The number that the expression has now.
    ///
    /// - Parameters:
    ///   - series: the series of the native metric of that name now; empty if there are none.
    ///   - growth: how much a window's value grew; nil if that is not known yet.
    /// - Returns: nil where something is missing, never 0 instead of it; nil also for distributions and families.
    package func value(
        using series: (String) -> [MetricSeries], growth: (HiveMQWindow) -> Double? = { _ in nil }
    ) -> Double? {
        switch self {
        case .sum(let metric, let selection):
            return Self.sum(of: series(metric), MetricSelection(metric, selection))
        case .total(let parts):
            var sum: Double?
            for part in parts {
                guard let value = part.value(using: series, growth: growth) else { return nil }
                sum = (sum ?? 0) + value
            }
            return sum
        case .difference(let first, let second):
            guard let first = first.value(using: series, growth: growth),
                let second = second.value(using: series, growth: growth)
            else { return nil }
            return first - second
        case .scaled(let value, let factor):
            return value.value(using: series, growth: growth).map { $0 * factor }
        case .ratio(let first, let second):
            guard let first = first.value(using: series, growth: growth),
                let second = second.value(using: series, growth: growth), second > 0
            else { return nil }
            return first / second
        case .window(let window): return growth(window)
        case .never: return 0
        case .perLabel, .histogram, .sampled, .absent: return nil
        }
    }

    /// The numbers of a family by the value of its label, in the order of the series; empty for all other expressions.
    func values(using series: (String) -> [MetricSeries]) -> [(labelValue: String, value: Double)] {
        guard case .perLabel(let metric, let label, let wanted) = self,
            let place = MetricCatalog.named(metric)?.labels.firstIndex(where: { $0.name == label })
        else { return [] }
        let selection = MetricSelection(metric, wanted)
        var order: [String] = []
        var sums: [String: Double] = [:]
        for one in series(metric) where one.labels.indices.contains(place) && selection?.holds(one.labels) == true {
            if sums[one.labels[place]] == nil { order.append(one.labels[place]) }
            sums[one.labels[place], default: 0] += one.value
        }
        return order.compactMap { name in sums[name].map { (name, $0) } }
    }

    private static func sum(of series: [MetricSeries], _ selection: MetricSelection?) -> Double? {
        guard let selection else { return nil }
        let chosen = series.filter { selection.holds($0.labels) }
        // A sum of only some of what was asked for would be wrong without a sign of it.
        let isWhole = selection.wanted.allSatisfy { wanted in
            wanted.values.allSatisfy { value in chosen.contains { $0.labels[wanted.place] == value } }
        }
        guard isWhole, !chosen.isEmpty else { return nil }
        return chosen.reduce(0) { $0 + $1.value }
    }
}

/// Which series of a native metric are meant.
private struct MetricSelection {
    /// Where the label stands, and the values that it may have.
    let wanted: [(place: Int, values: [String])]
    private let count: Int

    /// nil if there is no such metric or label.
    init?(_ metric: String, _ selection: [String: [String]]) {
        guard let labels = MetricCatalog.named(metric)?.labels else { return nil }
        var wanted: [(place: Int, values: [String])] = []
        for (name, values) in selection {
            guard let place = labels.firstIndex(where: { $0.name == name }) else { return nil }
            wanted.append((place, values))
        }
        self.wanted = wanted
        count = labels.count
    }

    func holds(_ labels: [String]) -> Bool {
        labels.count == count && wanted.allSatisfy { $0.values.contains(labels[$0.place]) }
    }
}

extension HiveMQValue {
    /// The native metrics that the expression reads, with the label values that it asks for.
    package var references: [(metric: String, labels: [String: [String]])] {
        switch self {
        case .sum(let metric, let labels): [(metric, labels)]
        case .perLabel(let metric, let label, let labels): [(metric, labels.merging([label: []]) { _, new in new })]
        case .histogram(let metric, let values):
            [
                (
                    metric,
                    Dictionary(zip(MetricCatalog.named(metric)?.labels.map(\.name) ?? [], values.map { [$0] })) { $1 }
                )
            ]
        case .total(let parts): parts.flatMap(\.references)
        case .difference(let first, let second), .ratio(let first, let second): first.references + second.references
        case .scaled(let value, _), .sampled(let value): value.references
        case .window(let window): window.value.references
        case .never, .absent: []
        }
    }

    /// The windows that the expression looks through.
    var windows: [HiveMQWindow] {
        switch self {
        case .window(let window): [window]
        case .total(let parts): parts.flatMap(\.windows)
        case .difference(let first, let second), .ratio(let first, let second): first.windows + second.windows
        case .scaled(let value, _), .sampled(let value): value.windows
        case .sum, .never, .perLabel, .histogram, .absent: []
        }
    }
}

extension HiveMQValue: CustomStringConvertible {
    /// The expression in the words of Prometheus as far as it has them.
    package var description: String {
        switch self {
        case .sum(let metric, let labels): return metric + Self.text(of: labels)
        case .total(let parts): return parts.map(\.description).joined(separator: " + ")
        case .difference(let first, let second): return "\(first) - \(second.grouped)"
        case .scaled(let value, let factor):
            return "\(value.grouped) * \(Int(exactly: factor).map { "\($0)" } ?? "\(factor)")"
        case .ratio(let first, let second): return "\(first.grouped) / \(second.grouped)"
        case .window(let window): return "growth of \(window.value) in \(window.seconds) s"
        case .never: return "0, because it cannot happen"
        case .perLabel(let metric, let label, let labels): return "\(metric)\(Self.text(of: labels)) by \(label)"
        case .histogram(let metric, let values):
            return "quantiles of \(Metric.seriesKey(metric, values))"
        case .sampled(let value): return "quantiles of \(value), looked at once a second"
        case .absent(let reason): return "none: \(reason.sentence)"
        }
    }

    /// In parentheses, if it has more than one part.
    private var grouped: String {
        if case .sum = self { return description }
        return "(\(self))"
    }

    private static func text(of labels: [String: [String]]) -> String {
        if labels.isEmpty { return "" }
        let pairs = labels.sorted { $0.key < $1.key }.map { name, values in
            values.count == 1 ? "\(name)=\"\(values[0])\"" : "\(name)=~\"\(values.joined(separator: "|"))\""
        }
        return "{\(pairs.joined(separator: ","))}"
    }
}
