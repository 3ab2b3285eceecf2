"""The committed files as the checks see them: dashboards with their panels and queries, rules, the runbook."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent.parent

Json = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """One query of one panel."""

    panel: Json
    content: Json

    @property
    def expression(self) -> str:
        """PromQL with Grafana's variables in it."""
        return self.content.get("expr", "")

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.panel.get('title', '?')} / {self.content.get('refId', '?')}"


def dashboards(folder: Path = FOLDER) -> dict[str, Json]:
    """All dashboards of a folder, by file name."""
    return {path.name: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def panels(dashboard: Json) -> Iterator[Json]:
    """All panels but rows, those in collapsed rows too."""
    for panel in dashboard.get("panels", []):
        if panel.get("type") == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def targets(dashboard: Json) -> Iterator[Target]:
    """All queries of all panels."""
    for panel in panels(dashboard):
        for content in panel.get("targets", []):
            yield Target(panel, content)


def variables(dashboard: Json, kind: str = "") -> list[Json]:
    """The dashboard's variables, or those of one type."""
    found = dashboard.get("templating", {}).get("list", [])
    return [variable for variable in found if kind in ("", variable.get("type"))]


def substitute(expression: str, rate_interval: str = "5m", whole_range: str = "1h") -> str:
    """The expression with everything chosen, as Grafana sends it."""
    for name, value in {
        "$job": ".+", "$instance": ".+", "$__rate_interval": rate_interval, "$__range": whole_range,
        "$__interval": "15s", "${datasource}": "prometheus",
    }.items():
        expression = expression.replace(name, value)
    return expression


def rules(name: str) -> list[Json]:
    """All rules of dashboards/rules/NAME.yml."""
    content = yaml.safe_load((FOLDER / "rules" / f"{name}.yml").read_text())
    return [rule for group in content["groups"] for rule in group["rules"]]


def headings(path: Path) -> list[str]:
    """The second-level headings of a Markdown file."""
    return re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE)
