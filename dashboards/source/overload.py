"""Overload: how stressed the broker is, by what, and what it does about it."""

from board import NATIVE_MARKS, Board
from overview import SHEDDING
from panels import BAD, NOTICE, Panel, bars, buckets, graph, numbers
from queries import Query, quantile, rate

FULL = 4_000_000
"""Credits in a full account."""


def _share(levels: str, window: str) -> str:
    """The share of a time that was spent at some levels."""
    metric = "skep_stress_level_seconds_total"
    return f"sum(increase({metric}{{@, {levels}}}[{window}])) / sum(increase({metric}{{@}}[{window}]))"


def _state() -> list[Panel]:
    return [
        numbers(
            "Stress level", "The highest of the chosen brokers, 0 to 10. 0 to 3: nothing is shed. From 4 on clients "
            "with much to say are slowed; 7 and above: new clients wait long.", "none",
            Query("max(skep_stress_level{@})", "level"), steps=SHEDDING, whole=True),
        numbers(
            "Time under shedding", "Share of time at level 4 or above. Above a few percent over a day the machine is "
            "too small, or a client too heavy.", "percentunit",
            Query(_share('level!~"[0-3]"', "$__rate_interval"), "shedding"), steps=((0.05, NOTICE), (0.5, BAD))),
        numbers(
            "Clients paused for credits", "Clients that are not read from because they spent their credits while the "
            "broker is overloaded: those who cause the load. skepctl clients --paused names them.", "short",
            Query('sum(skep_connections_paused{@, cause="credits"})', "paused"), steps=((1, NOTICE),), whole=True),
        numbers(
            "Mean account", "Credits of a client, of what a full account has. Low at level 4 and above: all clients "
            "cause load, not a few; low at level 0 does no harm.", "percentunit",
            Query(f"min(skep_credits_average{{@}}) / {FULL}", "mean")),
        numbers(
            "CONNECTs that wait", "Sockets whose CONNECT waits for its turn. Grows: clients come faster than "
            "connect-rate or the stress level let in.", "short", Query("sum(skep_sockets_waiting{@})", "waiting"),
            steps=((1, NOTICE),), whole=True),
        numbers(
            "Publishers held", "Publishers that waited, on average, because a receiver's queue is half full; each for "
            "at most a second at a time. The slow receiver is the cause: skepctl clients --sort queued.", "short",
            Query(rate("skep_connection_paused_seconds_total", where='cause="receiver"'), "held"),
            steps=((0.5, NOTICE),)),
    ]


def _stress() -> list[Panel]:
    return [
        graph(
            "Stress level", "Each broker, 0 to 10, with the levels at which shedding begins and becomes heavy (dashed).",
            "none", Query("max by (instance) (skep_stress_level{@})", "{{instance}}"), steps=SHEDDING, most=10,
            stairs=True),
        graph(
            "Signals", "What the level is made of, the worst of the chosen brokers: 0 calm, 1 exhausted. Lag, backlog "
            "and mailbox prove that clients wait; memory, queues and files that something runs out; CPU and disk alone "
            "raise the level to 3 at most.", "percentunit",
            Query("max by (signal) (skep_stress_signal_ratio{@})", "{{signal}}"), most=1),
        graph(
            "Which signal leads", "Share of time that each signal determined the level. This is what to act on: "
            "event_loop_lag or cpu: load; memory, queue_memory: who waits; file_descriptors: limits.", "percentunit",
            Query("avg by (signal) (avg_over_time(skep_stress_leading_signal{@}[$__rate_interval]))", "{{signal}}"),
            stacked=True, most=1),
        bars(
            "Time at each level", "Share of the time shown that the chosen brokers spent at these levels, counted ten "
            "times a second: short peaks that a graph misses are in it.", "percentunit",
            *(Query(_share(f'level=~"{levels}"', "$__range"), legend, instant=True) for legend, levels in (
                ("0 calm", "0"), ("1-3 busy", "1|2|3"), ("4-6 sheds", "4|5|6"), ("7-10 in danger", "7|8|9|10"))),
            most=1),
        buckets(
            "Event-loop lag", "How late event loops start what is due, ten looks a second. A band above 100 ms is felt "
            "by clients.", "s", "skep_event_loop_lag_seconds"),
        graph(
            "Lag and ticks", "Lag, and how long one turn of an event loop takes. Long ticks cause the lag: heavy "
            "clients. Lag without long ticks: the machine gives no CPU (see pressure in Process and host).", "s",
            Query(quantile(0.5, "skep_event_loop_lag_seconds"), "lag p50"),
            Query(quantile(0.99, "skep_event_loop_lag_seconds"), "lag p99"),
            Query(quantile(0.99, "skep_tick_duration_seconds"), "tick p99")),
    ]


def _credits() -> list[Panel]:
    return [
        graph(
            "Credits for each client", "Credits that a client gets back every tenth of a second: what the level "
            "allows. 4 M: as much as can be spent. Logarithmic.", "short",
            Query("min by (instance) (skep_credits_per_tick{@})", "{{instance}}"), logarithmic=True, stairs=True),
        graph(
            "Clients that spend", "Clients that have not got back what they spent. Few under stress: a few cause it "
            "(skepctl top); many: it is the load of all.", "short",
            Query("sum(skep_clients_using_credits{@})", "using credits"),
            Query('sum(skep_connections_paused{@, cause="credits"})', "paused for credits")),
        graph(
            "Credits missing", "What all clients together have spent and not got back.", "short",
            Query("sum(skep_credits_missing{@})", "missing")),
    ]


def _pauses() -> list[Panel]:
    return [
        graph(
            "Sockets paused by cause", "Sockets that are not read from, on average: nothing is lost, TCP pushes back. "
            "credits: overload. receiver: a slow receiver. bandwidth, client_rate, connect_rate: limits that are set. "
            "turn, mail, answer: short, and normal under load.", "short",
            Query(rate("skep_connection_paused_seconds_total", "cause"), "{{cause}}"), stacked=True),
        graph(
            "Pauses by cause", "How often sockets ceased to be read from. Many short pauses by turn are fair sharing; "
            "many by credits are shedding at work.", "ops",
            Query(rate("skep_connection_pauses_total", "cause"), "{{cause}}"), stacked=True),
        graph(
            "Publishers held", "Times that publishers had to wait for a receiver, and that one had waited so long that "
            "it is let go for a while: then messages are lost.", "ops",
            Query(rate("skep_publisher_holds_total"), "held"),
            Query(rate("skep_publisher_holds_used_up_total"), "waited in vain")),
        graph(
            "CONNECTs delayed and closed", "Sockets that waited for the connect rate of a listener, and that were "
            "closed since they waited in vain. Closed ones come back: raise connect-rate, or spread the clients.", "ops",
            Query(rate("skep_connects_delayed_total", "listener"), "{{listener}} delayed"),
            Query(rate("skep_connects_throttled_total", "listener"), "{{listener}} closed")),
        graph(
            "Bytes under a bandwidth limit", "Bytes that passed while the limit of all clients was reached, so that "
            "clients took turns. All the time: the limit is the bottleneck.", "Bps",
            Query(rate("skep_throttled_bytes_total", "direction"), "{{direction}}")),
        graph(
            "Buffers", "Bytes that sockets have not taken, packets that have not fully arrived, and mail between event "
            "loops. Unsent grows with slow readers, reassembly with slow or hostile writers.", "bytes",
            Query("sum(skep_unsent_bytes{@})", "unsent"), Query("sum(skep_reassembly_bytes{@})", "reassembly"),
            Query("sum(skep_mailbox_bytes{@})", "mailbox")),
    ]


def board() -> Board:
    """The dashboard."""
    return Board(
        "skep-overload", "Skep / Overload", "How stressed the brokers are, by what, and what they do about it.",
        "skep_build_info", NATIVE_MARKS,
        [
            ("", True, _state()), ("Stress", True, _stress()), ("Credits", True, _credits()),
            ("Pauses and limits", True, _pauses()),
        ])
