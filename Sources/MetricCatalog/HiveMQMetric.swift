/// The types of HiveMQ's metrics, which are those of the Dropwizard library.
package enum HiveMQKind: String, Sendable, Hashable, CaseIterable {
    /// A number that events change; a few go down as well.
    case counter
    /// A number that is looked up when it is asked for.
    case gauge
    /// Counts events; Prometheus sees the count, JMX moving averages too.
    case meter
    /// The distribution of sizes or numbers.
    case histogram
    /// The distribution of durations.
    case timer

    /// The type of the metric in Prometheus' text format. A counter is a gauge there, because it may go down.
    package var prometheusType: String {
        switch self {
        case .counter, .gauge: "gauge"
        case .meter: "counter"
        case .histogram, .timer: "summary"
        }
    }

    /// The class that HELP names.
    package var javaClass: String {
        switch self {
        case .counter: "com.codahale.metrics.Counter"
        case .gauge: "com.codahale.metrics.Gauge"
        case .meter: "com.codahale.metrics.Meter"
        case .histogram: "com.codahale.metrics.Histogram"
        case .timer: "com.codahale.metrics.Timer"
        }
    }

    /// What the numbers of a native histogram are multiplied by for Prometheus: nanoseconds become seconds, all other
    /// units stay.
    package var quantileScale: Double {
        switch self {
        case .counter, .gauge, .meter, .histogram: 1
        case .timer: 1e-9
        }
    }
}

/// Why a name of HiveMQ has no value.
package enum AbsenceReason: String, Sendable, Hashable, CaseIterable {
    case cluster, storage, noJavaMachine, noSuchPart, notCounted

    /// The reason as a sentence.
    package var sentence: String {
        switch self {
        case .cluster: "It comes with the cluster."
        case .storage:
            "This broker writes what belongs to all stores together, on one thread: it has none of each store."
        case .noJavaMachine: "It has no meaning here: this broker runs in no Java machine."
        case .noSuchPart: "It has no meaning here: this broker has no such part."
        case .notCounted: "This broker does not count it, or not apart from other things."
        }
    }
}

/// A metric of HiveMQ that this broker knows by name.
package struct HiveMQMetric: Sendable, Hashable {
    /// The dotted name; a part in angle brackets stands for a label's value, see ``HiveMQValue/perLabel(metric:label:where:)``.
    package let name: String
    package let kind: HiveMQKind
    /// The first version of HiveMQ that had it; "4" for all of 4.x and the Community Edition.
    package let since: String
    package let value: HiveMQValue
    /// What it tells, and where that is not quite what HiveMQ tells.
    package let help: String

    /// Declares a metric; only the catalogue does. The name is given without its common beginning.
    init(_ name: String, _ kind: HiveMQKind, _ value: HiveMQValue, _ help: String, since: String = "3.0") {
        self.name = HiveMQCatalog.prefix + name
        self.kind = kind
        self.since = since
        self.value = value
        self.help = help
    }

    /// Declares a metric without a value.
    static func absent(
        _ name: String, _ kind: HiveMQKind, _ reason: AbsenceReason, _ help: String, since: String = "3.0"
    ) -> HiveMQMetric {
        HiveMQMetric(name, kind, .absent(reason), help, since: since)
    }

    /// The reason if it has no value.
    package var absence: AbsenceReason? {
        if case .absent(let reason) = value { return reason }
        return nil
    }

    /// Whether it stands for several metrics, one for each value of the label that its name contains.
    package var isFamily: Bool {
        if case .perLabel = value { return true }
        return false
    }

    /// The numbers that counters, gauges and meters have now, each under its dotted name: one, or one for each value of
    /// the label that the name contains, or none where the native series are missing. Of two label values whose names
    /// would be one for Prometheus, the first counts: a series must not appear twice.
    package func values(
        using series: (String) -> [MetricSeries], growth: (HiveMQWindow) -> Double? = { _ in nil }
    ) -> [(name: String, value: Double)] {
        guard case .perLabel(_, let label, _) = value else {
            return value.value(using: series, growth: growth).map { [(name, $0)] } ?? []
        }
        var taken: Set<String> = []
        return value.values(using: series).compactMap { labelValue, number in
            let full = name.replacing("<\(label)>", with: labelValue)
            guard taken.insert(HiveMQCatalog.prometheusName(full, kind)).inserted else { return nil }
            return (full, number)
        }
    }
}
