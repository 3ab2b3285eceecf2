package import MetricCatalog

/// The values of all metrics at one moment. What could not be read is not there.
package struct MetricSnapshot: Sendable {
    /// By metric name.
    package private(set) var series: [String: [MetricSeries]] = [:]
    /// By metric name, with the values of labels behind it: ``Metric/seriesKey(_:_:)``.
    package internal(set) var histograms: [String: HistogramCounts] = [:]

    /// Nothing yet.
    package init() {}

    /// The series of a metric; empty if there are none.
    package subscript(name: String) -> [MetricSeries] { series[name] ?? [] }

    /// Adds one series; a value that is not there adds nothing.
    mutating func set(_ name: String, _ labels: [String] = [], _ value: Double?) {
        guard let value, value.isFinite else { return }
        series[name, default: []].append((labels, value))
    }

    mutating func set(_ name: String, _ value: UInt64?) { set(name, [], value) }

    mutating func set(_ name: String, _ labels: [String], _ value: UInt64?) {
        set(name, labels, value.map { Double($0) })
    }

    mutating func set(_ name: String, _ labels: [String] = [], _ value: Int) { set(name, labels, Double(value)) }

    mutating func replace(_ name: String, _ all: [MetricSeries]) { series[name] = all }

    /// The series of a histogram that are there.
    func histograms(of metric: Metric) -> [(labels: [String], counts: HistogramCounts)] {
        metric.histogramSeries.compactMap { labels in
            histograms[Metric.seriesKey(metric.name, labels)].map { (labels, $0) }
        }
    }

    /// The sum over all series of a metric; 0 if there are none.
    package func sum(_ name: String) -> Double { self[name].reduce(0) { $0 + $1.value } }
}
