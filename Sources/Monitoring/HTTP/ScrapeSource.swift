package import NIOCore

/// The text forms in which all metrics are offered.
package enum ExpositionFormat: Sendable, Hashable, CaseIterable {
    /// Prometheus text format 0.0.4, native names.
    case prometheusText
    /// OpenMetrics 1.0.0, native names.
    case openMetrics
    /// Prometheus text format 0.0.4 with the names and types of HiveMQ 3.4's Prometheus plugin.
    case hiveMQ

    /// What `Content-Type` says.
    package var contentType: String {
        switch self {
        case .prometheusText, .hiveMQ: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

/// Renders all metrics for a scrape.
package protocol ScrapeSource: Sendable {
    /// One rendering of all metrics. Runs on a thread of the HTTP endpoints, never on an event loop, and never twice at
    /// once. Must return: connections that wait for it are given up at shutdown, its thread is not.
    func render(_ format: ExpositionFormat) -> ByteBuffer
}
