import Monitoring

extension OptionTable {
    static let monitoringOptions: [SettingsOption] = [
        .broker(
            "metrics/http/enabled", .boolean(\.monitoring.http.isEnabled),
            "Whether metrics, health and readiness are served over HTTP."),
        .broker(
            "metrics/http/bind-address", .string(\.monitoring.http.bindAddress, maximumBytes: 255),
            """
            The address or host name of this machine to serve them on. Nobody is asked who they are there, so the default \
            is loopback, where HiveMQ's plugin has 0.0.0.0.
            """),
        .broker(
            "metrics/http/port", .integer(\.monitoring.http.port, portBounds),
            """
            The TCP port; 0 lets the system choose one. When neither address nor port is configured and the port is taken, the broker warns and starts \
            without; a configured one stops the start.
            """),
        .broker(
            "metrics/http/path",
            .httpPath(\.monitoring.http.path, taken: ["/", "/healthz", "/readyz", "/servlet/metrics"]),
            "Where Prometheus finds the metrics under their native names; HiveMQ's are at /servlet/metrics."),
        .broker(
            "metrics/sys-topics/enabled", .boolean(\.monitoring.publishesSystemTopics),
            "Whether values are published under `$SYS/broker`."),
        .broker(
            "metrics/sys-topics/interval", .integer(\.monitoring.systemTopicInterval, 1...86_400), unit: "seconds",
            "Time between two publications of each of them."),
    ]
}
