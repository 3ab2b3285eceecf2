import MetricCatalog
import NIOCore

/// What HiveMQ's names need beside the values of one moment.
struct HiveMQHistory {
    /// How much each window's value grew.
    let growth: [HiveMQWindow: Double]
    /// The last minute of each native histogram, by the metric's name.
    let recent: [String: HistogramCounts]
    /// What was seen of each value that is looked at once a second.
    let sampled: [HiveMQValue: HistogramCounts]
}

/// Prometheus' text format 0.0.4 with the names and types of HiveMQ 3's Prometheus plugin.
enum HiveMQText {
    static func render(_ snapshot: MetricSnapshot, _ history: HiveMQHistory) -> ByteBuffer {
        var writer = TextWriter(capacity: 64 * 1024)
        for metric in HiveMQCatalog.all where metric.absence == nil {
            switch metric.kind {
            case .counter, .gauge, .meter: numbers(metric, snapshot, history, &writer)
            case .histogram, .timer: distribution(metric, snapshot, history, &writer)
            }
        }
        return writer.buffer
    }

    private static func numbers(
        _ metric: HiveMQMetric, _ snapshot: MetricSnapshot, _ history: HiveMQHistory, _ writer: inout TextWriter
    ) {
        for (name, value) in metric.values(using: { snapshot[$0] }, growth: { history.growth[$0] }) {
            let shown = HiveMQCatalog.prometheusName(name, metric.kind)
            head(shown, name, metric.kind, &writer)
            writer.sample(shown, value)
        }
    }

    /// The quantiles are of the last minute, the count is of all time, as Dropwizard's reservoirs have it.
    private static func distribution(
        _ metric: HiveMQMetric, _ snapshot: MetricSnapshot, _ history: HiveMQHistory, _ writer: inout TextWriter
    ) {
        guard let seen = Distribution(metric, snapshot, history) else { return }
        let shown = HiveMQCatalog.prometheusName(metric.name, metric.kind)
        head(shown, metric.name, metric.kind, &writer)
        for share in HiveMQCatalog.quantiles {
            // Dropwizard shows 0 while nothing was observed.
            let value = (seen.recent.quantile(share) ?? 0) * metric.kind.quantileScale
            writer.sample(shown, labels: "quantile=\"\(share)\"", value)
        }
        writer.sample(shown, suffix: "_count", Double(seen.count))
    }

    private static func head(_ shown: String, _ name: String, _ kind: HiveMQKind, _ writer: inout TextWriter) {
        writer.write(
            "# HELP \(shown) \(HiveMQCatalog.prometheusHelp(name, kind))\n# TYPE \(shown) \(kind.prometheusType)\n")
    }
}
