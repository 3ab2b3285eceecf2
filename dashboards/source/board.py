"""A dashboard: its head, its variables, and panels that flow into rows."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync, DashboardLinkType, GridPos, VariableOption, VariableRefresh, VariableSort,
)

from panels import BAD, NOTICE, START, Panel
from queries import SOURCE, expand

SCHEMA = 39
"""Of Grafana 10.4: older ones of the 10 series read it, newer ones migrate it."""

COLUMNS = 24

Rows = Sequence[tuple[str, bool, Sequence[Panel]]]
"""Title, whether it is open at first, and the panels, of each row; the row without a title comes first."""


def _all() -> VariableOption:
    return VariableOption(selected=True, text="All", value="$__all")


def _label(name: str, expression: str, text: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name).label(name.capitalize()).description(text).datasource(SOURCE)
        .query(f"label_values({expression}, {name})").refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC).multi(True).include_all(True).all_value(".+").current(_all()))


def _mark(name: str, color: str, expression: str) -> dashboard.AnnotationQuery:
    return (
        dashboard.AnnotationQuery().name(name).datasource(SOURCE).enable(True).hide(False).icon_color(color)
        .expr(expand(expression)))


NATIVE_MARKS = (
    ("Starts", START, "changes(process_start_time_seconds{@}[2m]) > 0 and on (job, instance) skep_build_info{@}"),
    ("Settings read", NOTICE, "changes(skep_configuration_load_time_seconds{@}[2m]) > 0"),
    ("Alerts", BAD, 'ALERTS{@, alertname=~"Skep.+", alertstate="firing"}'),
)
"""What is marked in all graphs of a dashboard for the broker's own names."""


class Board:
    """One dashboard. ``present`` is a metric that every broker has: it tells which jobs and instances there are."""

    def __init__(
        self, uid: str, title: str, text: str, present: str, marks: Sequence[tuple[str, str, str]], parts: Rows,
    ):
        self.uid = uid
        self._number = 0
        self._y = 0
        links = dashboard.DashboardLink("Skep").type(DashboardLinkType.DASHBOARDS).tags(["skep"])
        self._builder = (
            dashboard.Dashboard(title).uid(uid).description(text).tags(["skep", "mqtt"]).readonly()
            .tooltip(DashboardCursorSync.CROSSHAIR).time("now-1h", "now").refresh("30s").timezone("browser")
            .link(links.as_dropdown(False).include_vars(True).keep_time(True).icon("dashboard"))
            .with_variable(
                dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
                .description("The Prometheus that scrapes the brokers"))
            .with_variable(_label("job", present, "Jobs that scrape brokers"))
            .with_variable(_label("instance", present + '{job=~"$job"}', "Brokers")))
        for mark in marks:
            self._builder.annotation(_mark(*mark))
        for part in parts:
            self._add(*part)

    def _add(self, title: str, is_open: bool, panels: Sequence[Panel]) -> None:
        row = None
        if title:
            row = dashboard.Row(title).id(self._next()).grid_pos(GridPos(h=1, w=COLUMNS, x=0, y=self._y))
            row.collapsed(not is_open)
            self._y += 1
        if row and is_open:
            self._builder.with_row(row)
        placed = self._flow(panels)
        for panel in placed:
            row.with_panel(panel) if row and not is_open else self._builder.with_panel(panel)
        if row and not is_open:
            self._builder.with_row(row)

    def _flow(self, panels: Sequence[Panel]) -> list[Any]:
        """Panels side by side, and below when a line is full."""
        placed = []
        x = tallest = 0
        for panel in panels:
            width, height = panel.size
            if x + width > COLUMNS:
                self._y += tallest
                x = tallest = 0
            placed.append(panel.build(self._next(), x, self._y))
            x += width
            tallest = max(tallest, height)
        self._y += tallest
        return placed

    def _next(self) -> int:
        self._number += 1
        return self._number

    def build(self) -> Any:
        """The dashboard as the SDK has it."""
        built = self._builder.build()
        built.schema_version = SCHEMA
        return built
