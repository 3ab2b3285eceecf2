"""What came of a run, as tables."""

# Every kind of fault that the ledger knows; a run with any of them has failed.
FAULTS = {
    "lost": "messages lost",
    "will lost": "wills lost",
    "QoS 2 twice": "QoS 2 duplicates",
    "will twice": "wills twice",
    "QoS 1 twice on a connection": "QoS 1 duplicates without cause",
    "order": "order faults",
    "acknowledgements out of order": "acknowledgements out of order",
    "acknowledgement of nothing": "acknowledgements of nothing",
    "identifier used again": "identifiers used again too early",
    "retained wrong": "retained messages wrong",
    "session lost": "sessions lost",
    "subscription refused": "subscriptions refused",
    "without a subscription": "messages without a subscription",
    "wrong QoS": "messages with a wrong QoS",
    "corrupted": "messages corrupted",
    "unfinished": "clients that waited in vain",
}


def table(rows):
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [f"{cell:<{width}}" if index == 0 else f"{cell:>{width}}"
                 for index, (cell, width) in enumerate(zip(row, widths))]
        lines.append("| " + " | ".join(cells) + " |")
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def acknowledged(ledger, qos):
    return sum(stream.acknowledged_count - len(stream.refused)
               for stream in ledger.streams if stream.qos == qos and stream.ordered)


def summary(rig, name):
    ledger = rig.ledger
    receivers = ledger.receivers
    restarts = sorted(rig.starts[1:]) or [0]
    waiting = sorted(rig.waiting) or [0]
    rows = [
        ("", name),
        ("rounds", rig.rounds),
        ("kills", len(ledger.kills) + ledger.notes["kills within start-up"]),
        ("of these within start-up", ledger.notes["kills within start-up"]),
        ("messages acknowledged, QoS 1", acknowledged(ledger, 1)),
        ("messages acknowledged, QoS 2", acknowledged(ledger, 2)),
        ("wills", rig.wills.acknowledged_count),
        ("messages received", sum(each.deliveries for each in receivers)),
        ("repeats that QoS 1 allows", sum(each.repeats - each.twice for each in receivers)),
        ("of these without DUP", sum(each.unmarked_repeats for each in receivers)),
        ("acknowledged and not yet received at a kill, median", waiting[len(waiting) // 2]),
        ("acknowledged and not yet received at a kill, most", waiting[-1]),
        ("data on disk at a kill, most", f"{max(rig.sizes, default=0) / 1e6:.1f} MB"),
        ("restart until CONNACK, median", f"{1000 * restarts[len(restarts) // 2]:.0f} ms"),
        ("restart until CONNACK, longest", f"{1000 * restarts[-1]:.0f} ms"),
    ]
    rows += [(words, ledger.counts[kind]) for kind, words in FAULTS.items()]
    rows += [(note, count) for note, count in sorted(ledger.notes.items()) if note != "kills within start-up"]
    return table(rows)


def of_receivers(ledger):
    rows = [("receiver", "due", "got", "lost", "repeats", "too often", "order faults")]
    rows += [(each.name, each.required, each.deliveries, each.lost, each.repeats, each.twice, each.disordered)
             for each in ledger.receivers]
    return table(rows)


def examples(ledger):
    lines = []
    if ledger.first_gap:
        lines.append(f"The first gap was seen in {ledger.first_gap}")
    for kind, words in FAULTS.items():
        if ledger.counts[kind]:
            lines.append(f"{words}, {ledger.counts[kind]} in all:")
            lines += [f"    {example}" for example in ledger.examples[kind]]
    return "\n".join(lines)
