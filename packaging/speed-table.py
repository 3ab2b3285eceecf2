"""Prints the tables of packaging/speed in Markdown: speed-table.py FOLDER VERSION [PEER].

FOLDER holds PART-BROKER.json files with a report of skepbench on each line; its member "row" says of which load.
"""

import datetime
import json
import os
import pathlib
import platform
import statistics
import sys

# What is told of a scenario: a member of its report, its unit, the decimals.
CPU = [("broker_cpu_us_per_message", "us", 2)]
TOLD = {
    "pairs, fixed rate": [("broker_cpu_us_per_message", "us", 1), ("latency_p99_us", "us p99", 0)],
    "fleet": [("broker_cpu_us_per_message", "us", 1), ("latency_p99_us", "us p99", 0)],
    "idle": [("broker_bytes_per_connection", "bytes", 0), ("broker_cpu_us_per_connect", "us to connect", 0)],
    "disconnect": [("broker_cpu_us_per_connection", "us", 1)],
    "offline": [
        ("fill_broker_cpu_us_per_message", "us to queue", 2),
        ("drain_broker_cpu_us_per_message", "us to hand over", 2),
        ("broker_bytes_per_message", "bytes", 0),
    ],
    "retained": [
        ("set_broker_cpu_us_per_message", "us to set", 2),
        ("flood_broker_cpu_us_per_message", "us to hand out", 2),
    ],
}
# What should be zero.
LOSSES = ["lost", "surplus", "closed", "rejected", "unsent", "broker_dropped", "broker_paused_seconds"]


def reports(path):
    """The reports of a file by load, in the order of their first appearance."""
    rows = {}
    if path.exists():
        for line in path.read_text().splitlines():
            report = json.loads(line)
            rows.setdefault(report["row"], []).append(report)
    return rows


def told(runs, show_rates):
    """What is told of the runs of one load: medians, with the least and the greatest of the first number."""
    first = runs[0]
    scenario = first["scenario"]
    if scenario == "pairs" and "asked_rate_per_s" in first:
        scenario = "pairs, fixed rate"
    texts = []
    for key, unit, digits in TOLD.get(scenario, CPU):
        values = [run[key] for run in runs if run.get(key) is not None]
        if not values:
            continue
        text = f"{statistics.median(values):,.{digits}f} {unit}"
        if not texts and len(values) > 1:
            text += f" ({min(values):,.{digits}f} to {max(values):,.{digits}f})"
        texts.append(text)
    if show_rates and first.get("in_per_s"):
        rate = statistics.median(run["in_per_s"] + run["out_per_s"] for run in runs)
        texts.append(f"{rate:,.0f} messages/s")
    return ", ".join(texts)


def losses(runs):
    """What was lost in the runs of one load, or nothing."""
    sums = {key: sum(run.get(key) or 0 for run in runs) for key in LOSSES}
    return ", ".join(f"{key} {value:,.2f}".rstrip("0").rstrip(".") for key, value in sums.items() if value >= 0.005)


def table(folder, part, peer):
    skep = reports(folder / f"{part}-skep.json")
    if not skep:
        return
    other = reports(folder / f"{part}-{peer.split()[0]}.json") if peer else {}
    header = ["load", "Skep"] + ([peer] if other else []) + ["generator", "lost, dropped, paused"]
    print(f"\n### {part}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row, runs in skep.items():
        own = [run["generator_cpu_us_per_message"] for run in runs if run.get("generator_cpu_us_per_message")]
        cells = [row, told(runs, part == "loops")]
        if other:
            cells.append(told(other[row], False) if row in other else "")
        cells += [f"{statistics.median(own):.2f} us" if own else "", losses(runs) or "nothing"]
        print("| " + " | ".join(cells) + " |")


def main():
    folder = pathlib.Path(sys.argv[1])
    peer = sys.argv[3] if len(sys.argv) > 3 else ""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(
        f"Skep {sys.argv[2]}, {datetime.date.today()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Linux {platform.release()}; medians, in brackets the least and the greatest"
    )
    for part in ("table", "growth", "loops"):
        table(folder, part, peer)


if __name__ == "__main__":
    main()
