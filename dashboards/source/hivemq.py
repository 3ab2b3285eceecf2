"""HiveMQ compatible: the names of HiveMQ 3.4, for brokers of HiveMQ and of Skep side by side."""

from board import Board
from panels import BAD, NOTICE, START, Panel, graph, numbers
from queries import Query, rate

NAME = "com_hivemq_"
IN = NAME + "messages_incoming_"
OUT = NAME + "messages_outgoing_"


def _sum(metric: str) -> str:
    return f"sum({NAME}{metric}{{@}})"


def _each(metric: str) -> str:
    return f"sum by (instance) ({NAME}{metric}{{@}})"


def _state() -> list[Panel]:
    return [
        numbers(
            "Connections", "Clients connected now. A sudden fall: network, proxy, or a node that went.", "short",
            Query(_sum("networking_connections_current"), "connections")),
        numbers(
            "Sessions", "Sessions, online and offline. Grows for days: clients that never come back.", "short",
            Query(_sum("sessions_overall_current"), "sessions")),
        numbers(
            "Overload level", "The highest of the chosen nodes. Above 3 load is shed: see below who is slowed.", "none",
            Query(f"max({NAME}supervision_overload_protection_level{{@}})", "level"), steps=((4, NOTICE), (7, BAD)),
            whole=True),
        numbers(
            "Publishes received", "0 while clients are connected: publishers are slowed or cut off.", "mps",
            Query(rate(IN + "publish_count"), "received")),
        numbers(
            "Publishes sent", "Far below what is received times the usual number of receivers: messages wait or are "
            "lost.", "mps", Query(rate(OUT + "publish_count"), "sent")),
        numbers(
            "Messages dropped", "In the time shown, for any reason; by reason below. Not 0 is worth a look.", "short",
            Query(f"sum(increase({NAME}messages_dropped_count{{@}}[$__range]))", "dropped", instant=True),
            steps=((1, NOTICE),), whole=True, line=False),
    ]


def _clients() -> list[Panel]:
    closed = NAME + "networking_connections_closed_"
    return [
        graph(
            "Connections", "Clients of each node. Falls on one only: that node or its network.", "short",
            Query(_each("networking_connections_current"), "{{instance}}")),
        graph(
            "Closed connections", "With a DISCONNECT (graceful), without (ungraceful), and of the latter those that "
            "were silent for too long. A burst of ungraceful ones is a network that went.", "ops",
            Query(rate(closed + "graceful_count"), "graceful"), Query(rate(closed + "ungraceful_count"), "ungraceful"),
            Query(rate(NAME + "keep_alive_disconnect_count"), "keep-alive")),
        graph(
            "Connects", "CONNECT received and CONNACK sent. More of the former: clients that are refused or wait.", "ops",
            Query(rate(IN + "connect_count"), "CONNECT"), Query(rate(OUT + "connack_count"), "CONNACK"),
            Query(rate(IN + "disconnect_count"), "DISCONNECT")),
        graph(
            "Sessions and subscriptions", "Sessions, persistent ones that are online, and subscriptions. Subscriptions "
            "that rise without clients: somebody subscribes in a loop.", "short",
            Query(_sum("sessions_overall_current"), "sessions"),
            Query(_sum("sessions_persistent_active"), "persistent, online"),
            Query(_sum("subscriptions_overall_current"), "subscriptions")),
        graph(
            "Subscribe and unsubscribe", "Packets of clients. Steady and high: clients that reconnect all the time.",
            "ops", Query(rate(IN + "subscribe_count"), "SUBSCRIBE"), Query(rate(IN + "unsubscribe_count"), "UNSUBSCRIBE"),
            Query(rate(IN + "pingreq_count"), "PINGREQ")),
        graph(
            "Messages that wait", "Messages queued for clients, and clients whose queue is half full: they lose "
            "messages next.", "short", Query(_sum("messages_queued_count"), "queued"),
            Query(_sum("clients_half_full_queue_count"), "clients half full")),
    ]


def _messages() -> list[Panel]:
    dropped = NAME + "messages_dropped_"
    return [
        graph(
            "Publishes", "Received and sent. Sent falls while received does not: receivers are behind or gone.", "mps",
            Query(rate(IN + "publish_rate_total"), "received"), Query(rate(OUT + "publish_rate_total"), "sent")),
        graph(
            "Dropped by reason", "queue_full: a client is behind or away for too long. not_writable: a slow reader "
            "loses QoS 0. not_connected: it was away, which is no fault with QoS 0.", "mps",
            Query(rate(dropped + "queue_full_count"), "queue full"),
            Query(rate(dropped + "not_writable_count"), "not writable"),
            Query(rate(dropped + "not_connected_count"), "not connected"),
            Query(rate(dropped + "message_too_large_count"), "too large"),
            Query(rate(dropped + "internal_error_count"), "internal error")),
        graph(
            "Bytes", "Bytes of MQTT packets read and written. Compare with what the network can carry.", "Bps",
            Query(rate(NAME + "networking_bytes_read_total"), "read"),
            Query(rate(NAME + "networking_bytes_write_total"), "written")),
        graph(
            "Acknowledgements", "PUBACK received lags behind publishes sent: receivers are slow. Sent ones are what "
            "publishers wait for.", "ops", Query(rate(IN + "puback_count"), "PUBACK received"),
            Query(rate(OUT + "puback_count"), "PUBACK sent"), Query(rate(IN + "pubrec_count"), "PUBREC received"),
            Query(rate(OUT + "pubcomp_count"), "PUBCOMP sent")),
        graph(
            "Size of publishes", "p99 of PUBLISH packets since some minutes. Suddenly large ones explain latency.",
            "bytes", Query(f'max({IN}publish_bytes{{@, quantile="0.99"}})', "received p99"),
            Query(f'max({OUT}publish_bytes{{@, quantile="0.99"}})', "sent p99")),
        graph(
            "Retained messages", "Kept now. Grows without an end: topics with identifiers or times in them.", "short",
            Query(_sum("messages_retained_current"), "retained")),
    ]


def _load() -> list[Panel]:
    overload = NAME + "overload_protection_"
    system = NAME + "system_os_"
    return [
        graph(
            "Overload level", "Of each node. Above 3 (dashed) load is shed.", "none",
            Query(_each("supervision_overload_protection_level"), "{{instance}}"), steps=((4, NOTICE), (7, BAD)), most=10,
            stairs=True),
        graph(
            "Slowed clients", "Clients that have used credits, and those that are not read from. Few: they cause the "
            "load; many: it is the load of all.", "short",
            Query(f"sum({overload}clients_using_credits{{@}})", "using credits"),
            Query(f"sum({overload}clients_backpressure_active{{@}})", "not read from")),
        graph(
            "Credits", "What a client gets back each tick, and the mean account. Logarithmic.", "short",
            Query(f"min({overload}credits_per_tick{{@}})", "per tick"),
            Query(f"min({overload}clients_average_credits{{@}})", "mean account"), logarithmic=True),
        graph(
            "Open files of the limit", "Each client is one. At the limit nobody is let in.", "percentunit",
            Query(f"max by (instance) ({system}file_descriptors_open{{@}} / {system}file_descriptors_max{{@}})",
                  "{{instance}}"), steps=((0.8, NOTICE),), most=1),
        graph(
            "Memory of the process", "Resident memory of each node. Grows while sessions, queues and retained messages "
            "do not: report it.", "bytes", Query(_each("system_os_process_memory_resident_set_size"), "{{instance}}")),
        graph(
            "CPU of the process", "Processors that each node uses. At what the machine has: see the overload level.",
            "none", Query(f"sum by (instance) (rate({system}process_time_spent_user{{@}}[@])) / 1000",
                          "{{instance}} program"),
            Query(f"sum by (instance) (rate({system}process_time_spent_kernel{{@}}[@])) / 1000",
                  "{{instance}} kernel")),
    ]


def board() -> Board:
    """The dashboard."""
    marks = (("Starts", START, f"resets({NAME}messages_incoming_total_count{{@}}[2m]) > 0"),)
    return Board(
        "skep-hivemq", "Skep / HiveMQ compatible",
        "The names of HiveMQ 3.4, which Skep serves at /servlet/metrics: for nodes of both, side by side.",
        NAME + "networking_connections_current", marks,
        [
            ("", True, _state()), ("Clients", True, _clients()), ("Messages", True, _messages()),
            ("Load", True, _load()),
        ])
