"""What dashboards of Skep keep beyond the linter's rules."""

import re
from collections.abc import Iterator

from documents import Json, panels, targets
from linter import DATASOURCES, Rule

MOST_OPEN_PANELS = 25
SCHEMA = 39


def importable(dashboard: Json) -> Iterator[str]:
    """It can be imported by hand and by provisioning, again and again."""
    if dashboard.get("schemaVersion") != SCHEMA:
        yield f"has schema version {dashboard.get('schemaVersion')}"
    if "id" not in dashboard or dashboard["id"] is not None:
        yield "brings a number of its own"
    if not re.fullmatch(r"skep-[a-z]+", dashboard.get("uid", "")):
        yield f"has the uid {dashboard.get('uid')}"
    if "__inputs" in dashboard or "__requires" in dashboard:
        yield "asks for inputs, which provisioning cannot give"


def _boxes(found: list[Json]) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    for panel in found:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield f"{panel['title']}: is wider than the page"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if (x, y) in taken:
                    yield f"{panel['title']}: lies over {taken[x, y]}"
                    return
                taken[x, y] = panel["title"]


def placed(dashboard: Json) -> Iterator[str]:
    """Panels have numbers of their own and lie side by side, not too many at first."""
    top = dashboard["panels"]
    everything = top + [panel for row in top for panel in row.get("panels", [])]
    numbers = [panel.get("id") for panel in everything]
    if None in numbers or len(set(numbers)) != len(numbers):
        yield "has panels with the same number, or without one"
    # A number and its course may have one title.
    titles = [(panel["type"], panel["title"]) for panel in panels(dashboard)]
    for kind, title in {key for key in titles if titles.count(key) > 1}:
        yield f"has several panels {title} of the type {kind}"
    yield from _boxes(top)
    for row in top:
        yield from _boxes(row.get("panels", []))
        if row.get("type") == "row" and row.get("collapsed") is False and row.get("panels"):
            yield f"{row['title']}: an open row holds panels, which Grafana would hide"
    if sum(panel.get("type") != "row" for panel in top) > MOST_OPEN_PANELS:
        yield f"shows more than {MOST_OPEN_PANELS} panels at first"


def readable(dashboard: Json) -> Iterator[str]:
    """Axes begin at zero, legends tell mean, maximum and last, and name what differs."""
    for panel in panels(dashboard):
        if panel["type"] == "timeseries":
            if panel["fieldConfig"]["defaults"].get("min") != 0:
                yield f"{panel['title']}: the axis does not begin at 0"
            if panel["options"]["legend"].get("calcs") != ["mean", "max", "lastNotNull"]:
                yield f"{panel['title']}: the legend lacks values"
        if panel["type"] != "table":
            for target in panel["targets"]:
                if target.get("legendFormat", "__auto") == "__auto":
                    yield f"{panel['title']}: a query without a legend"
    for target in targets(dashboard):
        if re.search(r"\[\d+[smhd]", target.expression):
            yield f"{target.name}: a fixed range"


def connected(dashboard: Json) -> Iterator[str]:
    """It leads to the others with time and variables, shares the crosshair, and marks restarts."""
    links = dashboard.get("links", [])
    if not any(link.get("includeVars") and link.get("keepTime") and "skep" in link.get("tags", []) for link in links):
        yield "has no links to the other dashboards with time and variables"
    if "skep" not in dashboard.get("tags", []):
        yield "lacks the tag skep, by which the others find it"
    if dashboard.get("graphTooltip") != 1:
        yield "does not share the crosshair"
    marks = dashboard.get("annotations", {}).get("list", [])
    if not any(mark.get("name") == "Starts" for mark in marks):
        yield "does not mark starts"
    for mark in marks:
        if mark["datasource"].get("uid") not in DATASOURCES:
            yield f"the mark {mark['name']} does not use $datasource"


RULES: tuple[Rule, ...] = (importable, placed, readable, connected)
