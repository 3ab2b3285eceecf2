import BrokerValues

extension MetricCatalog {
    /// Who listeners turn away before MQTT begins.
    static let refusals: [Metric] = [
        Metric(
            "skep_proxy_refusals_total", .counter,
            "Connections that were closed because of their header of the PROXY protocol, by reason.",
            labels: [
                MetricLabel("listener", configured: "the names of the listeners with the PROXY protocol"),
                MetricLabel("reason", ProxyRefusal.allCases.map(\.rawValue)),
            ]),
        Metric(
            "skep_websocket_refusals_total", .counter,
            """
            WebSocket connections that were refused or ended, by reason: requests that open none, and frames that no \
            client may send.
            """,
            labels: [
                MetricLabel("listener", configured: "the names of the listeners with WebSocket"),
                MetricLabel("reason", WebSocketRefusal.allCases.map(\.rawValue)),
            ]),
    ]
}
