"""Alerts: each has a test for all that it can do, a section in the runbook, and a panel that shows what it is about."""

import re
import subprocess
from collections.abc import Iterator

import yaml

from documents import FOLDER, Json, dashboards, headings, panels, rules, substitute
from promql import metric_names

REQUIRED = {"summary", "description", "runbook", "dashboard", "panel"}
SEVERITIES = {"critical", "warning", "info"}
SECTIONS = ("**Meaning.**", "**Impact.**", "**Look.**", "**Do.**")


def promtool() -> Iterator[str]:
    """What promtool says against rules and their tests."""
    files = sorted(str(path) for path in (FOLDER / "rules").glob("*.yml"))
    tests = sorted(str(path) for path in (FOLDER / "rules" / "tests").glob("*.yml"))
    snippet = str(FOLDER / "prometheus" / "skep.yml")
    syntax = ["check", "config", "--syntax-only", snippet]
    for arguments in (["check", "rules", *files], ["test", "rules", *tests], syntax):
        result = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
        if result.returncode:
            yield f"promtool {' '.join(arguments[:2])}: {result.stdout}{result.stderr}"


def _courses() -> dict[str, str]:
    """For each alert what its tests see in the order of time: `-` for quiet, `!` for firing."""
    courses: dict[str, str] = {}
    for path in (FOLDER / "rules" / "tests").glob("*.yml"):
        for test in yaml.safe_load(path.read_text())["tests"]:
            for look in test["alert_rule_test"]:
                name = look["alertname"]
                courses[name] = courses.get(name, "") + ("!" if look["exp_alerts"] else "-")
    return courses


def _bases() -> dict[str, set[str]]:
    """The metrics behind each recorded one."""
    recorded = {rule["record"]: metric_names(rule["expr"]) for rule in rules("skep-recording")}
    while any(names & recorded.keys() for names in recorded.values()):
        recorded = {
            record: {base for name in names for base in recorded.get(name, {name})}
            for record, names in recorded.items()}
    return recorded


def _panel_metrics() -> dict[tuple[str, str], set[str]]:
    shown: dict[tuple[str, str], set[str]] = {}
    for dashboard in dashboards().values():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                names = shown.setdefault((dashboard["title"], panel["title"]), set())
                names |= metric_names(substitute(target["expr"]))
    return shown


# A start is seen by either.
SAME = {"process_start_time_seconds": "skep_uptime_seconds"}


def faults() -> Iterator[str]:
    """Everything that an alert lacks."""
    courses, bases, shown = _courses(), _bases(), _panel_metrics()
    sections = {heading.lower(): heading for heading in headings(FOLDER / "RUNBOOK.md")}
    alerts: list[Json] = rules("skep-alerts")
    names = {alert["alert"].lower() for alert in alerts}
    for section in sections:
        if section.startswith("skep") and section not in names:
            yield f"RUNBOOK.md has a section {section} for no alert"
    for alert in alerts:
        name, notes = alert["alert"], alert["annotations"]
        course = courses.get(name, "")
        if not re.fullmatch("-+!+-+", course):
            yield f"{name}: the tests see {course!r}, not quiet, firing and quiet again"
        if set(notes) != REQUIRED or alert["labels"].get("severity") not in SEVERITIES:
            yield f"{name}: lacks an annotation or its severity"
        if notes.get("runbook") != f"dashboards/RUNBOOK.md#{name.lower()}" or name.lower() not in sections:
            yield f"{name}: has no section in RUNBOOK.md, or does not lead to it"
        read = {base for metric in metric_names(alert["expr"]) for base in bases.get(metric, {metric})}
        seen = shown.get((notes.get("dashboard", ""), notes.get("panel", "")))
        if seen is None:
            yield f"{name}: there is no panel {notes.get('panel')} in {notes.get('dashboard')}"
        elif not {SAME.get(metric, metric) for metric in read} & seen and not _relatives(read) & _relatives(seen):
            yield f"{name}: its panel shows nothing of {sorted(read)}"
    yield from _incomplete_sections()


def _relatives(metrics: set[str]) -> set[str]:
    """Stress has its level, and the time spent at each."""
    return {"stress" for metric in metrics if metric.startswith("skep_stress_level")} | (
        {"queued bytes"} if metrics & {"skep_queued_bytes", "skep_stress_signal_ratio"} else set())


def _incomplete_sections() -> Iterator[str]:
    for part in (FOLDER / "RUNBOOK.md").read_text().split("\n## ")[1:]:
        title = part.splitlines()[0]
        if title.startswith("Skep"):
            for wanted in SECTIONS:
                if wanted not in part:
                    yield f"RUNBOOK.md, {title}: lacks {wanted}"
