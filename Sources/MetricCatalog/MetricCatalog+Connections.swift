extension MetricCatalog {
    private static let listener = MetricLabel("listener", configured: "the names of the listeners")
    private static let pauseCause = MetricLabel("cause", MetricLabels.pauseCauses)
    private static let version = MetricLabel("version", MetricLabels.versions)

    static let connections: [Metric] = [
        Metric(
            "skep_connections", .gauge, "Clients that are connected, by listener, transport and protocol version.",
            labels: [
                listener, MetricLabel("transport", ["tcp", "tls", "websocket", "tls_websocket"]), version,
            ]),
        .counter(
            "skep_connects_accepted_total", ShardCounters.connectsAccepted, "CONNECT packets that were accepted.",
            labels: [version]),
        .counter(
            "skep_connects_refused_total", ShardCounters.connectsRefused,
            "CONNECT packets that were refused, by the reason code of MQTT 5.",
            labels: [MetricLabel("reason", MetricLabels.connectRefusals)]),
        .counter("skep_sockets_accepted_total", ShardCounters.socketsAccepted, "Sockets accepted."),
        .gauge("skep_sockets_open", ShardCounters.socketsOpen, "Sockets of clients that are open."),
        .counter(
            "skep_sockets_closed_early_total", ShardCounters.socketsClosedEarly,
            "Sockets closed before they sent a CONNECT."),
        Metric(
            "skep_accept_failures_total", .counter,
            "Times that a socket could not be accepted, for example because descriptors ran out."),
        .counter(
            "skep_disconnects_total", ShardCounters.disconnects,
            "Ends of connections whose CONNECT was accepted, by reason; only client_disconnected is graceful.",
            labels: [MetricLabel("reason", MetricLabels.disconnectReasons)]),
        Metric(
            "skep_connections_closed_total", .counter,
            "Ends of connections whose CONNECT was accepted: graceful after a DISCONNECT from the client, else ungraceful.",
            labels: [MetricLabel("kind", ["graceful", "ungraceful"])]),
        .counter(
            "skep_authentications_total", ShardCounters.authentications, "Outcomes of authentication.",
            labels: [MetricLabel("outcome", ["accepted", "refused", "challenged", "timed_out"])]),
        .counter(
            "skep_authorizations_total", ShardCounters.authorizations,
            "Outcomes of authorisation, where there are rules: one for each PUBLISH, and for each filter of SUBSCRIBE.",
            labels: [
                MetricLabel("action", ["publish", "subscribe"]),
                MetricLabel("outcome", ["allowed", "refused", "timed_out"]),
            ]),
        .gauge(
            "skep_connections_congested", ShardCounters.connectionsCongested,
            "Clients whose socket does not take what is sent, so that QoS 1 and 2 wait."),
        .gauge(
            "skep_connections_paused", ShardCounters.connectionsPaused,
            "Sockets of clients that are not read from at the moment, by cause.", labels: [pauseCause]),
        .counter(
            "skep_connection_pauses_total", ShardCounters.pauses,
            "Times that a socket ceased to be read from, by cause.",
            labels: [pauseCause]),
        .counter(
            "skep_connection_resumes_total", ShardCounters.resumes,
            "Times that this ended, because reading went on or the socket had gone, by cause.", labels: [pauseCause]),
        Metric(
            "skep_connection_paused_seconds_total", .counter,
            "Time that sockets were not read from, by cause; counted when it ends.", unit: .seconds,
            labels: [pauseCause]),
        .counter(
            "skep_limit_refusals_total", ShardCounters.limitRefusals,
            "What limits have refused: clients, packets, subscriptions or messages, by limit.",
            labels: [MetricLabel("limit", MetricLabels.limits)]),
        .counter(
            "skep_throttled_bytes_total", ShardCounters.throttledBytes,
            "Bytes that passed while a limit on the bytes of all clients was reached, so that clients took turns.",
            unit: .bytes, labels: [MetricLabel("direction", ["in", "out"])]),
        .gauge(
            "skep_sockets_waiting", ShardCounters.waitingSockets, "Sockets whose CONNECT waits for its turn."),
        Metric(
            "skep_connects_delayed_total", .counter,
            "Sockets whose CONNECT had to wait for the rate at which clients are let in.", labels: [listener]),
        Metric(
            "skep_connects_throttled_total", .counter,
            "Sockets that were closed because they waited in vain, or because too many waited.", labels: [listener]),
        .gauge(
            "skep_unsent_bytes", ShardCounters.unsentBytes, "Bytes that sockets of clients have not taken yet.",
            unit: .bytes),
        .gauge(
            "skep_reassembly_bytes", ShardCounters.reassemblyBytes,
            "Bytes of packets that have not fully arrived, or that have to wait.", unit: .bytes),
        .gauge(
            "skep_mailbox_bytes", ShardCounters.mailBytes, "Bytes under way from one event loop to another.",
            unit: .bytes),
    ]

    static let sessions: [Metric] = [
        .gauge(
            "skep_sessions", ShardCounters.sessions, "Sessions, by whether their client is connected.",
            labels: [MetricLabel("state", ["online", "offline"])]),
        .gauge(
            "skep_sessions_expiring", ShardCounters.sessionsExpiring,
            "Sessions whose client is away and that will end at a certain time."),
        .gauge(
            "skep_sessions_persistent_online", ShardCounters.sessionsPersistentOnline,
            "Sessions that are online and will outlive their connection."),
        .counter("skep_sessions_ended_total", ShardCounters.sessionsEnded, "Sessions that have ended."),
        .counter(
            "skep_sessions_moved_total", ShardCounters.sessionsMoved, "Sessions that moved to another event loop."),
        .gauge(
            "skep_subscriptions", ShardCounters.subscriptions, "Subscriptions of all sessions, by kind.",
            labels: [MetricLabel("kind", ["exact", "wildcard", "shared"])]),
    ]

    static let credits: [Metric] = [
        Metric("skep_credits_per_tick", .gauge, "Credits that each client gets back every tenth of a second."),
        .gauge(
            "skep_clients_using_credits", ShardCounters.clientsUsingCredits,
            "Clients that have not got back all the credits that they have spent."),
        .gauge(
            "skep_credits_missing", ShardCounters.creditsMissing,
            "Credits that all clients together have spent and not got back."),
        Metric(
            "skep_credits_average", .gauge,
            "Mean credits of all connected clients; a full account has 4000000."),
    ]

    static let stress: [Metric] = [
        Metric("skep_stress_level", .gauge, "How loaded the broker is, from 0 to 10; from 4 on load is shed."),
        Metric(
            "skep_stress_signal_ratio", .gauge, "Each signal of the stress level, from 0 to 1.", unit: .ratio,
            labels: [MetricLabel("signal", configured: "the signals of the stress model that can be measured here")]),
        Metric(
            "skep_stress_leading_signal", .gauge,
            "1 for the signal that determines the stress level, 0 for the others.",
            labels: [MetricLabel("signal", configured: "the signals of the stress model")]),
        Metric(
            "skep_stress_level_seconds_total", .counter, "Time spent at each stress level.", unit: .seconds,
            labels: [MetricLabel("level", (0...10).map { "\($0)" })]),
        Metric("skep_stress_level_changes_total", .counter, "Changes of the stress level."),
    ]
}
