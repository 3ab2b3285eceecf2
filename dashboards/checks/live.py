"""Asks a running Prometheus every question that dashboards and rules ask."""

import math
import re
import time
from collections.abc import Iterator

from documents import Json, Target, dashboards, panels, rules, substitute
from promql import metric_names
from stage import Stage

RATE_INTERVAL = "15s"

QUIET = {
    "Brokers down": "no broker is down",
    "Alerts firing": "alerts that wait do not fire within seconds",
    "Samplers that fail": "all work",
    "Log lines left out": "the log is read",
    "Storage faults": "the disk works",
}
"""Panels that show 0 all the time, and why that is right."""


def _values(series: list[Json]) -> list[float]:
    pairs = [pair for one in series for pair in one.get("values", [one.get("value")])]
    return [float(pair[1]) for pair in pairs if pair]


def _query_faults(stage: Stage, target: Target) -> Iterator[str]:
    expression = substitute(target.expression, RATE_INTERVAL, "60s")
    found = stage.get("query", query=expression, time=time.time() - 1)["result"]
    if not found:
        yield f"{target.name}: no data for {expression}"
        return
    if all(math.isnan(value) for value in _values(found)):
        yield f"{target.name}: nothing but NaN for {expression}"
    for label in re.findall(r"{{\s*(\w+)\s*}}", target.content.get("legendFormat", "")):
        if any(label not in series["metric"] for series in found):
            yield f"{target.name}: the legend names {label}, which the result lacks: {found[0]['metric']}"


def missed(stage: Stage) -> Iterator[str]:
    """Faults of made-up queries that the checks above do not see."""
    for expression, legend in (
        ("skep_no_such_metric", "x"), ("skep_connections", "{{color}}"), ("0 / (skep_uptime_seconds < bool 0)", "x"),
    ):
        target = Target({"title": "made up"}, {"expr": expression, "legendFormat": legend, "refId": "A"})
        if not list(_query_faults(stage, target)):
            yield f"a panel with {expression} and the legend {legend} would pass"


def _is_zero(stage: Stage, panel: Json) -> bool:
    """Whether all queries of a panel have been 0 ever since the load began."""
    for target in panel["targets"]:
        expression = substitute(target["expr"], RATE_INTERVAL, "60s")
        found = stage.get("query_range", query=expression, start=stage.begin + 5, end=time.time() - 1, step=1)["result"]
        if any(value != 0 and not math.isnan(value) for value in _values(found)):
            return False
    return True


def _needs_group(expression: str) -> bool:
    """Whether there is no data without a control group, and nothing (`or`) in its place."""
    names = metric_names(substitute(expression))
    return any(name.startswith("skep_cgroup_") for name in names) and " or " not in expression


def panel_faults(stage: Stage) -> Iterator[str]:
    """Queries that give nothing, legends that name nothing, panels that never move."""
    for name, dashboard in dashboards().items():
        for panel in panels(dashboard):
            targets = [Target(panel, content) for content in panel["targets"]]
            if not stage.has_group:
                targets = [target for target in targets if not _needs_group(target.expression)]
            for target in targets:
                for fault in _query_faults(stage, target):
                    yield f"{name}: {fault}"
            # Without the group nothing makes memory short, so no load is shed.
            if stage.has_group and panel["title"] not in QUIET and _is_zero(stage, panel):
                yield f"{name}: {panel['title']} shows 0 all the time, so nothing proves that it works"
        for mark in dashboard["annotations"]["list"]:
            stage.get("query", query=substitute(mark["expr"]))


def rule_faults(stage: Stage) -> Iterator[str]:
    """Recording rules without data, and rules that cannot be evaluated."""
    for group in stage.get("rules")["groups"]:
        for rule in group["rules"]:
            if rule["health"] != "ok":
                yield f"the rule {rule['name']} is {rule['health']}: {rule.get('lastError')}"
    for rule in rules("skep-recording"):
        found = stage.get("query", query=rule["record"])["result"]
        if not found or all(math.isnan(value) for value in _values(found)):
            yield f"the rule {rule['record']} has no data"
    for rule in rules("skep-alerts"):
        stage.get("query", query=rule["expr"])


def variable_faults(stage: Stage) -> Iterator[str]:
    """Variables that offer nothing to choose."""
    for name, dashboard in dashboards().items():
        for variable in dashboard["templating"]["list"]:
            match = re.fullmatch(r"label_values\((.+), (\w+)\)", str(variable.get("query")))
            if match and not stage.get(f"label/{match[2]}/values", **{"match[]": substitute(match[1])}):
                yield f"{name}: nothing to choose for {variable['name']}"
