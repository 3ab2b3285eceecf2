import Monitoring

extension OptionTable {
    static let monitoringOptions: [SettingsOption] =
        [
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
        ] + introspectionOptions

    private static let introspectionOptions: [SettingsOption] = [
        .broker(
            "introspection/unix/enabled", .boolean(\.monitoring.introspection.unix.isEnabled),
            "Whether operators can look into the broker, and operate it, over sockets in the file system."),
        .broker(
            "introspection/unix/path", .filePath(\.monitoring.introspection.unix.path, maximumBytes: 100),
            defaultNote:
                "`introspection.sock` in `$RUNTIME_DIRECTORY`, else in `$XDG_RUNTIME_DIR/skep`, else in `/run/skep`",
            """
            The socket for operators: whoever may open it (mode 0660, group `skep` where there is one) may do everything. \
            Beside it, with `-ro` in its name, is one for everybody, who can only look.
            """),
        .broker(
            "introspection/unix/read-only", .boolean(\.monitoring.introspection.unix.hasReaders),
            """
            Whether there is the socket for everybody. Every user of the machine reads there who is connected, from where, \
            what the settings are, and what retained messages begin with.
            """),
        .broker(
            "introspection/tcp/enabled", .boolean(\.monitoring.introspection.tcp.isEnabled),
            "Whether the same is served over TCP, in clear text."),
        .broker(
            "introspection/tcp/bind-address",
            .string(\.monitoring.introspection.tcp.bindAddress, maximumBytes: 255),
            "The address or host name of this machine to serve it on."),
        .broker(
            "introspection/tcp/port", .integer(\.monitoring.introspection.tcp.port, portBounds),
            """
            The TCP port, Jolokia's by default; 0 lets the system choose one. When neither address nor port is configured \
            and the port is taken, the broker warns and starts without; a configured one stops the start.
            """),
        .broker(
            "introspection/tcp/host", .string(\.monitoring.introspection.tcp.host, maximumBytes: 255),
            defaultNote: "none",
            """
            A name by which clients may call this machine beside the bind address and loopback names; requests to other \
            names are refused, since they come from a browser that was tricked.
            """),
        .broker(
            "introspection/tcp/user", .string(\.monitoring.introspection.tcp.user, maximumBytes: 128),
            defaultNote: "none",
            """
            Who may operate over TCP. Without a user everybody there sees metrics and sums over all clients, and nothing \
            else.
            """),
        .broker(
            "introspection/tcp/password", .string(\.monitoring.introspection.tcp.password, maximumBytes: 256),
            secret: true, defaultNote: "none", "The password of that user."),
    ]
}
