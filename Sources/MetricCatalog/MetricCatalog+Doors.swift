import BrokerValues

extension MetricCatalog {
    private static let listener = MetricLabel("listener", configured: "the names of the listeners")
    private static let secured = MetricLabel("listener", configured: "the names of the listeners with TLS")

    /// How clients come in.
    static let doors: [Metric] = [
        Metric(
            "skep_tls_handshakes_total", .counter,
            """
            TLS handshakes that have ended, by how; plain_listener counts clients of TLS that came to a listener without it.
            """,
            labels: [listener, MetricLabel("outcome", HandshakeOutcome.allCases.map(\.rawValue))]),
        Metric(
            "skep_tls_handshakes_in_progress", .gauge, "TLS handshakes that are under way.", labels: [secured]),
        Metric(
            "skep_tls_handshakes_waiting", .gauge,
            "Sockets whose TLS handshake waits, since as many as may be are under way.", labels: [secured]),
        Metric(
            "skep_tls_certificate_expiry_timestamp_seconds", .gauge,
            "When the certificate that a listener shows ceases to be valid, in seconds since the Unix epoch.",
            unit: .seconds, labels: [secured]),
        Metric(
            "skep_tls_certificate_reloads_total", .counter,
            "Times that certificates were read again: taken over, or not usable, so that the old ones stay.",
            labels: [secured, MetricLabel("outcome", ["ok", "failed"])]),
    ]
}
