import MetricCatalog

/// What a histogram or timer of HiveMQ's has seen.
struct Distribution {
    /// Of the last minute, or of all time for what is looked at once a second.
    let recent: HistogramCounts
    /// Observations of all time.
    let count: Int

    private static let counts = [
        "skep_packet_received_size_bytes": "skep_packets_received_total",
        "skep_packet_sent_size_bytes": "skep_packets_sent_total",
        "skep_publish_received_size_bytes": "skep_publishes_received_total",
        "skep_publish_sent_size_bytes": "skep_publishes_sent_total",
    ]

    /// Nil for metrics of other kinds, and before anything was looked at.
    init?(_ metric: HiveMQMetric, _ snapshot: MetricSnapshot, _ history: HiveMQHistory) {
        if case .histogram(let name, let labels) = metric.value {
            let key = Metric.seriesKey(name, labels)
            // A series with labels is there from its first observation on, HiveMQ's metric always.
            guard let window = history.recent[key] ?? (labels.isEmpty ? nil : HistogramCounts()) else { return nil }
            recent = window
            // Of sizes only one in 64 is looked at, but every packet is counted.
            count = Self.counts[name].map { Int(snapshot.sum($0)) } ?? snapshot.histograms[key]?.count ?? 0
        } else if case .sampled(let value) = metric.value, let seen = history.sampled[value] {
            recent = seen
            count = seen.count
        } else {
            return nil
        }
    }

    init?(_ metric: HiveMQMetric, _ readings: BeanReadings) { self.init(metric, readings.snapshot, readings.history) }
}
