extension HiveMQCatalog {
    private static let read = HiveMQValue.all("skep_packets_received_bytes_total")
    private static let written = HiveMQValue.all("skep_packets_sent_bytes_total")

    /// Bytes are those of MQTT packets, without what TLS and WebSocket add.
    static let networking: [HiveMQMetric] = [
        HiveMQMetric(
            "networking.bytes.read.current", .gauge, .window(read, seconds: 5),
            "Bytes of MQTT packets read in the last 5 seconds."),
        HiveMQMetric(
            "networking.bytes.write.current", .gauge, .window(written, seconds: 5),
            "Bytes of MQTT packets written in the last 5 seconds."),
        HiveMQMetric("networking.bytes.read.total", .gauge, read, "Bytes of MQTT packets read."),
        HiveMQMetric("networking.bytes.write.total", .gauge, written, "Bytes of MQTT packets written."),
        HiveMQMetric(
            "networking.connections.current", .gauge, .all("skep_connections"),
            "Clients that are connected now; sockets without an accepted CONNECT are not among them."),
        HiveMQMetric(
            "networking.connections.mean", .histogram, .sampled(.all("skep_connections")),
            "Distribution of the number of clients connected."),
        HiveMQMetric(
            "networking.connections-closed.graceful.count", .counter,
            .one("skep_connections_closed_total", "kind", "graceful"),
            "Connections that ended with a DISCONNECT from the client.", since: "3.4"),
        HiveMQMetric(
            "networking.connections-closed.ungraceful.count", .counter,
            .one("skep_connections_closed_total", "kind", "ungraceful"),
            "Connections that ended without a DISCONNECT from the client.", since: "3.4"),
        HiveMQMetric(
            "networking.connections-closed.total.count", .counter, .all("skep_connections_closed_total"),
            "Connections that ended.", since: "3.4"),
        HiveMQMetric(
            "keep-alive.disconnect.count", .counter, .one("skep_disconnects_total", "reason", "keep_alive"),
            "Connections that ended because the client was silent for too long.", since: "3.2"),
        HiveMQMetric(
            "subscriptions.overall.current", .counter, .all("skep_subscriptions"), "Subscriptions of all sessions."),
        HiveMQMetric(
            "sessions.persistent.active", .counter, .all("skep_sessions_persistent_online"),
            "Sessions that are online and will outlive their connection."),
        HiveMQMetric("sessions.overall.current", .gauge, .all("skep_sessions"), "Sessions, online and offline."),
        .absent(
            "exceptions.total", .meter, .noSuchPart,
            "Failures that nothing handles: here such a failure ends the process."),
        .absent(
            "direct-memory.used", .gauge, .noJavaMachine, "Memory that a Java machine uses beside its heap.",
            since: "3.2"),
        .absent(
            "internal.topic-tree.possibly-stale-subscriptions", .counter, .noSuchPart,
            "Subscriptions that a cleanup may remove: here they are removed when they end.", since: "3.4"),
    ]
}
