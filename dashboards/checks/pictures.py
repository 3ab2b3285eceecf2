"""Draws what Grafana would show, one picture for each dashboard, with the small page in dashboards/preview."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from documents import FOLDER, Json, dashboards, panels, substitute
from live import RATE_INTERVAL
from stage import Stage

CHROMIUM = "/usr/bin/chromium"
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage"]

POINTS = 150
"""Of a line, about as many as a small graph can show."""


def _legend(pattern: str, labels: dict[str, str]) -> str:
    return re.sub(r"{{\s*(\w+)\s*}}", lambda match: labels.get(match[1], ""), pattern)


def _series(stage: Stage, target: Json, begin: float, end: float, step: int) -> Iterator[Json]:
    expression = substitute(target["expr"], RATE_INTERVAL, f"{int(end - begin)}s")
    if target.get("instant"):
        found = stage.get("query", query=expression, time=end)["result"]
        data = [(one["metric"], [one["value"]]) for one in found]
    else:
        found = stage.get("query_range", query=expression, start=begin, end=end, step=step)["result"]
        data = [(one["metric"], one["values"]) for one in found]
    for labels, points in data:
        numbers = [[float(moment), float(value)] for moment, value in points]
        # JSON has no NaN.
        yield {
            "ref": target["refId"], "labels": labels, "legend": _legend(target.get("legendFormat", ""), labels),
            "points": [[moment, value if value - value == 0 else None] for moment, value in numbers]}


def _fill(stage: Stage, dashboard: Json, begin: float, end: float) -> None:
    """Puts data and marks into the panels."""
    step = max(1, round((end - begin) / POINTS))
    marks = []
    for mark in dashboard["annotations"]["list"]:
        expression = substitute(mark["expr"])
        for one in stage.get("query_range", query=expression, start=begin, end=end, step=step)["result"]:
            marks.append({"time": float(one["values"][0][0]), "color": mark["iconColor"]})
    for panel in panels(dashboard):
        panel |= {"begin": begin, "end": end, "step": step, "marks": marks if len(marks) < 20 else []}
        panel["series"] = [
            series for target in panel["targets"] for series in _series(stage, target, begin, end, step)]


def draw(stage: Stage, folder: Path) -> Iterator[str]:
    """Writes FOLDER/UID.png for each dashboard; what went wrong on the way."""
    folder.mkdir(parents=True, exist_ok=True)
    end = float(int(time.time() - 1))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((FOLDER / "preview" / "page.html").as_uri())
        for dashboard in dashboards().values():
            _fill(stage, dashboard, stage.begin, end)
            for fault in page.evaluate("dashboard => draw(dashboard)", json.loads(json.dumps(dashboard))):
                if stage.has_group or "Group:" not in fault:
                    yield fault
            page.screenshot(path=folder / f"{dashboard['uid']}.png", full_page=True)
        yield from errors
        browser.close()
