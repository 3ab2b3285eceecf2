"""Overview: is it well? The page to open first, and the one to leave open."""

from board import NATIVE_MARKS, Board
from panels import BAD, NOTICE, Column, Panel, bars, buckets, graph, numbers, rows
from queries import CPU_LIMIT, LOST, MEMORY_LIMIT, OURS, Query, each, quantile, rate

SHEDDING = ((4, NOTICE), (7, BAD))
"""Stress levels: from 4 on load is shed."""


def _state() -> list[Panel]:
    known = "up{@} and on (job, instance) present_over_time(skep_build_info{@}[$__range])"
    return [
        numbers(
            "Brokers down", "Brokers that answered in the time shown and cannot be scraped now. Anything but 0 is bad: "
            "look at the service first (systemctl status skep), then at the network to it.", "short",
            Query(f"count({known}) - sum({known})", "down"), steps=((1, BAD),), width=3, whole=True),
        numbers(
            "Alerts firing", "Alerts of Skep that fire now; each has a section in RUNBOOK.md. Always 0 where the alert "
            "rules are not loaded into Prometheus.", "short",
            Query('count(ALERTS{@, alertname=~"Skep.+", alertstate="firing"}) or vector(0)', "firing"),
            steps=((1, BAD),), width=3, whole=True),
        numbers(
            "Stress level", "The highest level of the chosen brokers, 0 to 10. From 4 on a broker takes on less than "
            "it is offered. Bad for longer than a minute: see Overload for the signal that leads.", "none",
            Query("max(skep_stress_level{@})", "level"), steps=SHEDDING, width=3, whole=True),
        numbers(
            "Clients connected", "Clients of the chosen brokers. A sudden fall is a network, a proxy or a broker that "
            "went; see who left and why in Clients and sessions.", "short",
            Query("sum(skep_connections{@})", "clients"), width=3),
        numbers(
            "Publishes received", "Messages from clients. 0 while clients are connected means that publishers are "
            "held, paused or cut off: see Overload.", "mps",
            Query(rate("skep_publishes_received_total"), "received"), width=3),
        numbers(
            "Publishes sent", "Messages to clients, a copy for each receiver. Far below what is received times the "
            "usual number of receivers: messages wait or are lost.", "mps",
            Query(rate("skep_publishes_sent_total"), "sent"), width=3),
        numbers(
            "Messages lost", "Messages in the time shown that did not reach a receiver which should have had them; not "
            "counted is what was meant for clients away with QoS 0, ended with its session, expired or was not "
            "permitted. Not 0: see by which reason below.", "short",
            Query("sum(increase(skep_messages_dropped_total{@, " + LOST + "}[$__range]))", "lost", instant=True),
            steps=((1, BAD),), width=3, whole=True, line=False),
        numbers(
            "Left without goodbye", "Connections in the time shown that ended without a DISCONNECT. Some are normal "
            "where devices roam or lose power; compare with other days.", "short",
            Query('sum(increase(skep_connections_closed_total{@, kind="ungraceful"}[$__range]))', "ungraceful",
                  instant=True),
            width=3, whole=True, line=False),
    ]


def _load() -> list[Panel]:
    return [
        graph(
            "Stress level", "How loaded each broker is, 0 to 10. From 4 on (dashed) clients are slowed, CONNECTs are "
            "let in at a limited rate, and /readyz says 503. Bad when it stays there: see Overload.", "none",
            Query("max by (instance) (skep_stress_level{@})", "{{instance}}"), steps=SHEDDING, most=10, stairs=True),
        graph(
            "Clients connected", "Clients of each broker. Falls on one broker and not on the others: that broker or "
            "its network. Falls everywhere: what is before them.", "short",
            Query("sum by (instance) (skep_connections{@})", "{{instance}}")),
        graph(
            "Publishes", "Messages received from clients, and copies sent to clients. Sent falls while received does "
            "not: receivers are behind or gone, see what waits and what is lost.", "mps",
            Query(rate("skep_publishes_received_total"), "received"), Query(rate("skep_publishes_sent_total"), "sent")),
    ]


def _latency() -> list[Panel]:
    return [
        buckets(
            "Time through the broker", "From the read of a PUBLISH until its copies were given to the sockets; one in "
            "64 is looked at; the brighter, the more. The band should stay below some ms; a second one above it is a "
            "group of messages that waits: see event-loop lag and pauses.", "s", "skep_receive_to_written_seconds"),
        graph(
            "Latency", "p99: one message in a hundred takes longer. Delivery ends at the socket, PUBACK is when a "
            "publisher is told. Above 100 ms people notice: see event-loop lag, then CPU by event loop.", "s",
            Query(quantile(0.5, "skep_receive_to_written_seconds"), "delivery p50"),
            Query(quantile(0.99, "skep_receive_to_written_seconds"), "delivery p99"),
            Query(quantile(0.5, "skep_publish_to_puback_seconds"), "PUBACK p50"),
            Query(quantile(0.99, "skep_publish_to_puback_seconds"), "PUBACK p99")),
        graph(
            "Event-loop lag, p99", "How late event loops start what is due: everything waits so long. 10 ms is calm, "
            "500 ms is level 10. High with a busy CPU: too much work; high with an idle one: the machine is stalled.", "s",
            Query(quantile(0.99, "skep_event_loop_lag_seconds", "instance"), "{{instance}}"), steps=((0.1, NOTICE),)),
    ]


def _loss() -> list[Panel]:
    return [
        graph(
            "Messages dropped by reason", "client_queue_*: a client is behind or away for too long (skepctl clients "
            "--sort queued). connection_not_writable: a slow reader loses QoS 0. broker_queue_bytes_full: all queues "
            "together are full. client_offline and session_ended are no fault.", "mps",
            Query(rate("skep_messages_dropped_total", "reason"), "{{reason}}"), stacked=True),
        graph(
            "Ends of connections", "Why connections ended; only client_disconnected is a goodbye. Much keep_alive: "
            "networks or devices die silently. Much taken_over: two devices share an identifier. Much limit_exceeded "
            "or protocol_error: look at the log.", "ops",
            Query(rate("skep_disconnects_total", "reason"), "{{reason}}"), stacked=True),
        graph(
            "Connects", "CONNECTs accepted, refused, and sockets that ended before a CONNECT. Refused should be near "
            "0: the reasons stand in Clients and sessions. Accepted as high as the number of clients each minute: they "
            "come back again and again.", "ops",
            Query(rate("skep_connects_accepted_total"), "accepted"),
            Query(rate("skep_connects_refused_total"), "refused"),
            Query(rate("skep_sockets_closed_early_total"), "closed early")),
    ]


def _room() -> list[Panel]:
    memory = each("skep_process_resident_memory_bytes{@}")
    cpu = each("rate(skep_process_cpu_seconds_total{@}[@])")
    return [
        bars(
            "Nearest to its limit", "Of the broker that has least room: memory and CPU of what control group or "
            "machine allow, open files of the process's limit. Above 80 % plan for more; above 95 % of files connects "
            "fail, and of memory the kernel ends the broker.", "percentunit",
            Query(f"max({memory} / on (job, instance) {MEMORY_LIMIT})", "memory"),
            Query(f"max({cpu} / on (job, instance) {CPU_LIMIT})", "CPU"),
            Query(f"max(process_open_fds{{@}} / process_max_fds{{@}}{OURS})", "open files"),
            steps=((0.8, NOTICE), (0.95, BAD)), most=1),
        graph(
            "Messages that wait", "Messages in the queues of clients, and in flight (sent, not acknowledged). Grows "
            "without an end: somebody is away or too slow; skepctl clients --sort queued shows who.", "short",
            Query("sum(skep_queued_messages{@})", "queued"), Query("sum(skep_inflight_sent_messages{@})", "in flight"),
            Query("sum(skep_queues_half_full{@})", "clients half full")),
        graph(
            "Bytes", "Bytes of MQTT packets from and to clients. Compare with what the network can carry, and with the "
            "limits on bandwidth if some are set.", "Bps",
            Query(rate("skep_packets_received_bytes_total"), "received"),
            Query(rate("skep_packets_sent_bytes_total"), "sent")),
    ]


def _brokers() -> list[Panel]:
    return [
        rows(
            "Brokers", "Each broker now. Look for the one that differs: another version, a short uptime (it was "
            "restarted), a level or a loss that the others have not.",
            {"job": "Job", "instance": "Instance", "version": "Version"},
            Column(
                "Uptime", "s",
                "max by (job, instance, version) (skep_build_info{@} * on (job, instance) group_left () "
                "skep_uptime_seconds{@})"),
            Column("Stress", "none", "max by (job, instance) (skep_stress_level{@})", SHEDDING),
            Column("Clients", "short", each("skep_connections{@}")),
            Column("Received", "mps", each("rate(skep_publishes_received_total{@}[@])")),
            Column("Sent", "mps", each("rate(skep_publishes_sent_total{@}[@])")),
            Column("Lost", "mps", each("rate(skep_messages_dropped_total{@, " + LOST + "}[@])"), ((1e-9, BAD),)),
            Column("Memory", "bytes", each("skep_process_resident_memory_bytes{@}")),
            Column("CPU cores", "none", each("rate(skep_process_cpu_seconds_total{@}[@])"))),
    ]


def board() -> Board:
    """The dashboard."""
    return Board(
        "skep-overview", "Skep / Overview", "Is it well? Load, latency, losses and room of all brokers.",
        "skep_build_info", NATIVE_MARKS,
        [
            ("", True, _state()), ("Load", True, _load()), ("Latency", True, _latency()),
            ("Losses", True, _loss()), ("Room", True, _room()), ("Brokers", True, _brokers()),
        ])
