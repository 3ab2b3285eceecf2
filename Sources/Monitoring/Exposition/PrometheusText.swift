import MetricCatalog
package import NIOCore

/// Prometheus' text format 0.0.4, and OpenMetrics 1.0.0, with the native names.
package enum PrometheusText {
    /// All metrics that have a value.
    package static func render(_ snapshot: MetricSnapshot, openMetrics: Bool) -> ByteBuffer {
        var writer = TextWriter(capacity: 64 * 1024)
        for metric in MetricCatalog.all {
            let names = metric.labels.map(\.name)
            if metric.kind == .histogram {
                let series = snapshot.histograms(of: metric)
                if series.isEmpty { continue }
                head(metric, openMetrics, &writer)
                for one in series {
                    histogram(metric, TextWriter.labels(names, one.labels), one.counts, &writer)
                }
            } else {
                let series = snapshot[metric.name]
                if series.isEmpty { continue }
                head(metric, openMetrics, &writer)
                for one in series {
                    writer.sample(metric.name, labels: TextWriter.labels(names, one.labels), one.value)
                }
            }
        }
        if openMetrics { writer.write("# EOF\n") }
        return writer.buffer
    }

    private static func head(_ metric: Metric, _ openMetrics: Bool, _ writer: inout TextWriter) {
        let family = openMetrics ? familyName(metric) : metric.name
        let type: String
        switch metric.kind {
        case .counter, .gauge, .histogram: type = metric.kind.rawValue
        case .info: type = openMetrics ? "info" : "gauge"
        }
        // Catalogue texts hold no backslash, quote or line feed: a test looks.
        writer.write("# HELP \(family) \(metric.help)\n# TYPE \(family) \(type)\n")
        if openMetrics, let unit = metric.unit { writer.write("# UNIT \(family) \(unit.rawValue)\n") }
    }

    /// OpenMetrics names the family without the suffix of its samples.
    private static func familyName(_ metric: Metric) -> String {
        switch metric.kind {
        case .counter: String(metric.name.dropLast("_total".count))
        case .info: String(metric.name.dropLast("_info".count))
        case .gauge, .histogram: metric.name
        }
    }

    private static func histogram(
        _ metric: Metric, _ labels: String, _ counts: HistogramCounts, _ writer: inout TextWriter
    ) {
        let isDuration = metric.unit == .seconds
        let before = labels.isEmpty ? "" : labels + ","
        let bounds = isDuration ? ExpositionBuckets.durations : ExpositionBuckets.sizes
        for (bound, sum) in zip(bounds, ExpositionBuckets.cumulative(counts, bounds: bounds)) {
            let shown = isDuration ? Double(bound) / 1e9 : Double(bound)
            writer.sample(metric.name, suffix: "_bucket", labels: "\(before)le=\"\(shown)\"", Double(sum))
        }
        let count = Double(counts.count)
        writer.sample(metric.name, suffix: "_bucket", labels: "\(before)le=\"+Inf\"", count)
        writer.sample(
            metric.name, suffix: "_sum", labels: labels, isDuration ? Double(counts.sum) / 1e9 : Double(counts.sum))
        writer.sample(metric.name, suffix: "_count", labels: labels, count)
    }
}
