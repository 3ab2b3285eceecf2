"""Clients and sessions: who comes, who goes and why, and who is behind."""

from board import NATIVE_MARKS, Board
from panels import NOTICE, Panel, graph, numbers
from queries import LOST, Query, quantile, rate


def _state() -> list[Panel]:
    ended = 'sum(rate(skep_connections_closed_total{@, kind="ungraceful"}[@]))'
    all_ended = "sum(rate(skep_connections_closed_total{@}[@]))"
    return [
        numbers(
            "Connected", "Clients that are connected. A sudden fall: see ends by reason below.", "short",
            Query("sum(skep_connections{@})", "clients")),
        numbers(
            "Sessions away", "Sessions whose client is not connected; they keep subscriptions and queue messages. "
            "Grows for days: clients ask for long session expiry and never come back, see skepctl clients --offline.", "short",
            Query('sum(skep_sessions{@, state="offline"})', "away")),
        numbers(
            "Subscriptions", "Subscriptions of all sessions. A steep rise without new clients: somebody subscribes in "
            "a loop, see skepctl top.", "short", Query("sum(skep_subscriptions{@})", "subscriptions")),
        numbers(
            "Ends without goodbye", "Share of connections that ended without DISCONNECT. Devices that lose power or "
            "network do so; what counts is a rise. By reason below.", "percentunit",
            Query(f"{ended} / ({all_ended} > 0) or vector(0)", "ungraceful")),
        numbers(
            "Half full queues", "Clients whose queue is at half its limit or above: they lose messages next. skepctl "
            "clients --sort queued names them.", "short", Query("sum(skep_queues_half_full{@})", "clients"),
            steps=((1, NOTICE),), whole=True),
        numbers(
            "Connects refused", "CONNECTs refused in the time shown. Not 0: the reason stands below, and the log names "
            "address and detail.", "short",
            Query("sum(increase(skep_connects_refused_total{@}[$__range]))", "refused", instant=True),
            steps=((1, NOTICE),), whole=True, line=False),
    ]


def _coming() -> list[Panel]:
    return [
        graph(
            "Connected by listener", "Clients by listener and transport. One listener falls, the others do not: look "
            "at its port, its proxy, its certificate.", "short",
            Query("sum by (listener, transport) (skep_connections{@})", "{{listener}} {{transport}}"), stacked=True),
        graph(
            "Connected by version", "Clients by version of MQTT. Refusals only tell clients of 5 why.", "short",
            Query("sum by (version) (skep_connections{@})", "MQTT {{version}}"), stacked=True),
        graph(
            "Accepted by version", "CONNECTs accepted. As high as the number of clients each minute: they come again "
            "and again, see ends by reason for what throws them out.", "ops",
            Query(rate("skep_connects_accepted_total", "version"), "MQTT {{version}}"), stacked=True),
        graph(
            "Refused by reason", "quota_exceeded and server_busy: a limit of ours (see limits). not_authorized, "
            "bad_user_name_or_password: credentials. protocol_error, unsupported_protocol_version: something that is "
            "no MQTT client, or speaks TLS to a plain port.", "ops",
            Query(rate("skep_connects_refused_total", "reason"), "{{reason}}"), stacked=True),
        graph(
            "Ends by reason", "client_disconnected is the only goodbye. keep_alive: silent for too long. peer_closed, "
            "socket_failed: network, or a device that just stops. taken_over: the same identifier twice. "
            "server_shutdown: ours.", "ops", Query(rate("skep_disconnects_total", "reason"), "{{reason}}"), stacked=True),
        graph(
            "Graceful and ungraceful", "Ends with and without DISCONNECT. A burst of ungraceful ones at one moment is "
            "a network or a proxy; a steady stream is devices.", "ops",
            Query(rate("skep_connections_closed_total", "kind"), "{{kind}}"), stacked=True),
        graph(
            "Sockets", "Sockets accepted, closed before a CONNECT (port scans, health checks of load balancers, TLS to "
            "a plain port), and accepts that failed: those must be 0, descriptors have run out.", "ops",
            Query(rate("skep_sockets_accepted_total"), "accepted"),
            Query(rate("skep_sockets_closed_early_total"), "closed early"),
            Query(rate("skep_accept_failures_total"), "accept failed")),
        graph(
            "Sockets without a client", "Sockets that are open and whose CONNECT has not been accepted, and those of "
            "them that wait for the connect rate. Many for long: half-open attempts, or a connect-rate that is too low.",
            "short", Query("sum(skep_sockets_open{@}) - sum(skep_connections{@})", "without a client"),
            Query("sum(skep_sockets_waiting{@})", "waiting for their turn")),
        graph(
            "Refused by limits", "What each limit has refused: clients, packets, subscriptions, messages. Not 0: "
            "either a client misbehaves (the log names it) or the limit is too tight (skepctl limits).", "ops",
            Query(rate("skep_limit_refusals_total", "limit"), "{{limit}}"), stacked=True),
    ]


def _doors() -> list[Panel]:
    return [
        graph(
            "TLS handshakes", "How handshakes end. disconnected: port scans and health checks. plain_text, plain_listener: a "
            "client at the wrong port. certificate_*, refused_by_client: one side does not believe the other, the log says "
            "who. timed_out, too_many: a storm, see those that wait.", "ops",
            Query(rate("skep_tls_handshakes_total", "outcome"), "{{outcome}}"), stacked=True),
        graph(
            "TLS handshakes under way", "Handshakes that have begun, and sockets that wait for theirs since as many as may "
            "be (concurrent-handshake-limit) are under way.", "short",
            Query("sum(skep_tls_handshakes_in_progress{@})", "under way"),
            Query("sum(skep_tls_handshakes_waiting{@})", "waiting")),
        graph(
            "Certificates expire in", "Time until the certificate that a listener shows ceases to be valid. Below 14 days "
            "without a fall to come: what renews it does not work. Reads of new files that failed are in the log.", "s",
            Query(
                "min by (listener) (skep_tls_certificate_expiry_timestamp_seconds{@}) - time()", "{{listener}}")),
    ]


def _plugins() -> list[Panel]:
    return [
        graph(
            "Plugin calls", "What plugins are asked, those that ship with the broker among them: logins, permissions, "
            "messages.", "ops", Query(rate("skep_plugin_calls_total", "plugin"), "{{plugin}}")),
        graph(
            "Plugin failures", "Calls that brought no answer. error: it has thrown, the log says what. timeout: it hangs, "
            "and its clients wait. overloaded: too many of its calls are open, so it was not asked.", "ops",
            Query(
                "sum by (plugin, failure) (rate(skep_plugin_failures_total{@}[@]))", "{{plugin}}: {{failure}}"),
            stacked=True),
        graph(
            "Plugin answers take, p99", "How long clients wait for plugins, by what was called. Much: the directory or "
            "database behind a plugin is slow; clients of others are not held up.", "s",
            Query(quantile(0.99, "skep_plugin_call_duration_seconds", "callback"), "{{callback}}")),
        graph(
            "Logins slowed", "Logins that had to wait, or were refused unseen, since many from their address have failed. "
            "Steady: somebody guesses passwords, or a device has a wrong one; the log says from where.", "ops",
            Query(rate("skep_logins_delayed_total"), "slowed"), Query(rate("skep_logins_refused_total"), "refused unseen"),
            Query("sum(skep_login_addresses{@})", "addresses with failures")),
    ]


def _sessions() -> list[Panel]:
    return [
        graph(
            "Sessions", "Sessions whose client is connected or away, and those of the latter that will end at a "
            "certain time. Away and not expiring grows: sessions that live for ever fill the memory.", "short",
            Query("sum by (state) (skep_sessions{@})", "{{state}}"),
            Query("sum(skep_sessions_expiring{@})", "expiring"),
            Query("sum(skep_sessions_persistent_online{@})", "online, will outlive")),
        graph(
            "Sessions ended and moved", "Sessions that ended, and that moved to another event loop because their "
            "client came back there. Ended as fast as clients connect: they use clean sessions.", "ops",
            Query(rate("skep_sessions_ended_total"), "ended"), Query(rate("skep_sessions_moved_total"), "moved")),
        graph(
            "Subscriptions by kind", "Exact topics, wildcards, shared. Wildcards cost most: many on busy topics show "
            "as CPU of the event loops.", "short",
            Query("sum by (kind) (skep_subscriptions{@})", "{{kind}}"), stacked=True),
    ]


def _delivery() -> list[Panel]:
    return [
        graph(
            "Messages that wait", "Queued for clients that are away or behind, and in flight both ways. In flight at a "
            "plateau: receivers do not acknowledge.", "short",
            Query("sum(skep_queued_messages{@})", "queued"), Query("sum(skep_inflight_sent_messages{@})", "sent, open"),
            Query("sum(skep_inflight_received_messages{@})", "QoS 2 received, open")),
        graph(
            "Bytes that wait", "Bytes of queued messages, and bytes that sockets have not taken. Queued near "
            "max-broker-bytes: messages are lost for everybody next.", "bytes",
            Query("sum(skep_queued_bytes{@})", "queued"), Query("sum(skep_unsent_bytes{@})", "not taken by sockets")),
        graph(
            "Clients behind", "Clients with a queue half full, and with a socket that takes nothing; publishers held "
            "for them on average. skepctl clients --sort queued shows who.", "short",
            Query("sum(skep_queues_half_full{@})", "half full"), Query("sum(skep_connections_congested{@})", "congested"),
            Query(rate("skep_connection_paused_seconds_total", where='cause="receiver"'), "publishers held")),
        graph(
            "Lost by reason and QoS", "Messages that should have been delivered and were not. QoS 1 and 2 is broken "
            "trust: find the client (skepctl clients --sort queued; the log names who is hit most).", "mps",
            Query(rate("skep_messages_dropped_total", "reason, qos", LOST), "{{reason}} QoS {{qos}}"), stacked=True),
        graph(
            "Sent again", "PUBLISH and PUBREL repeated when clients came back. A steady stream: clients reconnect "
            "before they acknowledge.", "mps", Query(rate("skep_publishes_resent_total"), "PUBLISH"),
            Query(rate("skep_pubrels_resent_total"), "PUBREL")),
        graph(
            "Publishes by QoS", "Received and sent by QoS. A shift from 0 to 1 or 2 costs CPU and memory for each "
            "message.", "mps", Query(rate("skep_publishes_received_total", "qos"), "received QoS {{qos}}"),
            Query(rate("skep_publishes_sent_total", "qos"), "sent QoS {{qos}}")),
    ]


def _content() -> list[Panel]:
    return [
        graph(
            "Retained messages", "Kept now. Grows without an end: topics with identifiers or times in them; skepctl "
            "retained list shows them.", "short", Query("sum(skep_retained_messages{@})", "messages")),
        graph(
            "Retained bytes", "Memory that retained messages take.", "bytes",
            Query("sum(skep_retained_bytes{@})", "bytes")),
        graph(
            "Wills", "Wills published, and those that are due and wait for their turn. A burst is a mass disconnect: "
            "see ends by reason.", "short", Query(rate("skep_wills_published_total"), "published in a second"),
            Query("sum(skep_wills_pending{@})", "waiting now")),
        graph(
            "Nobody listens, or too late", "Messages that matched no subscription, and that expired before delivery. "
            "Much unmatched: publishers talk to nobody, or a consumer is missing.", "mps",
            Query(rate("skep_publishes_unmatched_total"), "no subscription"),
            Query(rate("skep_messages_expired_total"), "expired")),
        graph(
            "Size of publishes, p99", "Size of PUBLISH packets; one in 64 is looked at. Suddenly large ones explain "
            "latency and full sockets.", "bytes",
            Query(quantile(0.99, "skep_publish_received_size_bytes"), "received"),
            Query(quantile(0.99, "skep_publish_sent_size_bytes"), "sent")),
        graph(
            "Packets received by type", "Much SUBSCRIBE or CONNECT beside little PUBLISH: clients in a loop. PINGREQ "
            "tells how many are idle.", "pps", Query(rate("skep_packets_received_total", "type"), "{{type}}")),
    ]


def board() -> Board:
    """The dashboard."""
    return Board(
        "skep-clients", "Skep / Clients and sessions", "Who comes, who goes and why, and who is behind.",
        "skep_build_info", NATIVE_MARKS,
        [
            ("", True, _state()), ("Coming and going", True, _coming()), ("TLS", False, _doors()),
            ("Plugins and logins", False, _plugins()),
            ("Sessions", True, _sessions()),
            ("Delivery", True, _delivery()), ("Content", False, _content()),
        ])
