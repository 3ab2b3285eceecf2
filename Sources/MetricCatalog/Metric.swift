/// What kind of number a metric is, in the words of Prometheus.
package enum MetricKind: String, Sendable, Hashable {
    /// Only grows while the process runs.
    case counter
    /// Goes up and down.
    case gauge
    /// Counts observations in buckets, with their sum.
    case histogram
    /// A gauge of 1 whose labels tell something.
    case info
}

/// The base unit of a metric's value, which its name ends with.
package enum MetricUnit: String, Sendable, Hashable {
    case seconds, bytes, ratio
}

/// A label and the values that it may have: closed, so that nobody outside can make series.
package struct MetricLabel: Sendable, Hashable {
    /// What a label may say.
    package enum Values: Sendable, Hashable {
        /// Exactly these, all of which are always present.
        case closed([String])
        /// What the settings or the machine name; the text says what that is.
        case configured(String)
    }

    package let name: String
    package let values: Values

    /// A label with a fixed set of values.
    package init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = .closed(values)
    }

    /// A label whose values the settings or the machine give.
    package init(_ name: String, configured what: String) {
        self.name = name
        values = .configured(what)
    }
}

/// Where a metric's values come from.
package enum MetricSource: Sendable, Hashable {
    /// The counter blocks of all shards, summed; one slot for each combination of label values, the last label varying
    /// fastest.
    case shards(CounterFamily)
    /// The histograms of all shards, merged.
    case shardHistogram(ShardHistogram)
    /// Monitoring reads or computes it: from /proc, the stress model, the process itself, or from other metrics.
    case collected
}

/// One metric as the catalogue declares it.
package struct Metric: Sendable, Hashable {
    /// The native name, which follows the conventions of Prometheus.
    package let name: String
    package let kind: MetricKind
    /// nil for plain numbers.
    package let unit: MetricUnit?
    package let help: String
    package let labels: [MetricLabel]
    package let source: MetricSource

    /// Declares a metric; only the catalogue does.
    init(
        _ name: String, _ kind: MetricKind, _ help: String, unit: MetricUnit? = nil, labels: [MetricLabel] = [],
        source: MetricSource = .collected
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.help = help
        self.labels = labels
        self.source = source
    }

    /// What one series of a histogram is called where only a name can stand: `name{value}`, or the name without labels.
    package static func seriesKey(_ name: String, _ labels: [String]) -> String {
        labels.isEmpty ? name : "\(name){\(labels.joined(separator: ","))}"
    }

    /// The series that a histogram can have, by the values of its labels.
    package var histogramSeries: [[String]] {
        labels.reduce([[]]) { series, label in
            guard case .closed(let values) = label.values else { return [] }
            return series.flatMap { one in values.map { one + [$0] } }
        }
    }

    /// A counter that the shards keep.
    static func counter(
        _ name: String, _ family: CounterFamily, _ help: String, unit: MetricUnit? = nil, labels: [MetricLabel] = []
    ) -> Metric {
        Metric(name, .counter, help, unit: unit, labels: labels, source: .shards(family))
    }

    /// A gauge that the shards keep.
    static func gauge(
        _ name: String, _ family: CounterFamily, _ help: String, unit: MetricUnit? = nil, labels: [MetricLabel] = []
    ) -> Metric {
        Metric(name, .gauge, help, unit: unit, labels: labels, source: .shards(family))
    }
}
