"""The five kinds of panel that the dashboards are made of."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap, stat, table, timeseries
from grafana_foundation_sdk.models import common as models
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode, BarGaugeValueMode, BigValueColorMode, BigValueGraphMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig, DynamicConfigValue, FieldColorModeId, GridPos, Threshold, ThresholdsMode,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode

from queries import Query, SOURCE

# The colours of Okabe and Ito, which people with any kind of colour blindness can tell apart.
SERIES = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#D55E00", "#999999")
FINE, NOTICE, BAD, START = "#56B4E9", "#E69F00", "#D55E00", "#CC79A7"

Steps = Sequence[tuple[float, str]]
"""From which value on which colour holds."""


class Panel:
    """A panel of a dashboard before it has its place and its number."""

    def __init__(self, builder: Any, title: str, text: str, unit: str, queries: Sequence[Query], size: tuple[int, int]):
        self.title = title
        self.size = size
        self._builder = builder.title(title).description(text).datasource(SOURCE)
        if unit:
            self._builder.unit(unit)
        for index, query in enumerate(queries):
            self._builder.with_target(query.build(index))

    def build(self, number: int, x: int, y: int) -> Any:
        """The builder, placed and numbered."""
        width, height = self.size
        return self._builder.id(number).grid_pos(GridPos(h=height, w=width, x=x, y=y))


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    first = Threshold(value=None, color=FINE)
    others = [Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps([first, *others])


def _color(mode: FieldColorModeId, fixed: str = "") -> dashboard.FieldColor:
    color = dashboard.FieldColor().mode(mode)
    return color.fixed_color(fixed) if fixed else color


def numbers(
    title: str, text: str, unit: str, *queries: Query, steps: Steps = (), width: int = 4, whole: bool = False,
    line: bool = True,
) -> Panel:
    """One number for each series, with its course behind it; coloured from the first of ``steps`` on."""
    reduce = common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)
    builder = (
        stat.Panel().reduce_options(reduce).color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA if line else BigValueGraphMode.NONE)
        .color_scheme(_color(FieldColorModeId.THRESHOLDS)).thresholds(_thresholds(steps)).min(0))
    if whole:
        builder.decimals(0)
    return Panel(builder, title, text, unit, queries, (width, 4))


def graph(
    title: str, text: str, unit: str, *queries: Query, steps: Steps = (), width: int = 8, height: int = 8,
    stacked: bool = False, most: float | None = None, logarithmic: bool = False, stairs: bool = False,
) -> Panel:
    """Lines over time, or areas that add up; from zero. ``steps`` are drawn as dashed lines."""
    legend = (
        common.VizLegendOptions().display_mode(models.LegendDisplayMode.TABLE).show_legend(True)
        .placement(models.LegendPlacement.BOTTOM).calcs(["mean", "max", "lastNotNull"]).sort_by("Max").sort_desc(True))
    tooltip = common.VizTooltipOptions().mode(models.TooltipDisplayMode.MULTI).sort(models.SortOrder.DESCENDING)
    builder = (
        timeseries.Panel().legend(legend).tooltip(tooltip).line_width(1).fill_opacity(60 if stacked else 8)
        .show_points(models.VisibilityMode.NEVER).color_scheme(_color(FieldColorModeId.PALETTE_CLASSIC)).min(0))
    if stacked:
        builder.stacking(common.StackingConfig().mode(models.StackingMode.NORMAL).group("A"))
    if most is not None:
        builder.max(most)
    if stairs:
        builder.line_interpolation(models.LineInterpolation.STEP_AFTER)
    if logarithmic:
        scale = common.ScaleDistributionConfig().type(models.ScaleDistribution.LOG).log(10)
        builder.scale_distribution(scale)
    if steps:
        style = common.GraphThresholdsStyleConfig().mode(models.GraphThresholdsStyleMode.DASHED)
        builder.thresholds(_thresholds(steps)).thresholds_style(style)
    for index, query in enumerate(queries):
        # A query whose legend has no label gives one series: it keeps its colour whatever else is shown.
        if query.legend and "{{" not in query.legend:
            fixed = {"mode": "fixed", "fixedColor": SERIES[index % len(SERIES)]}
            builder.override_by_query("ABCDEFGHIJKLMNOP"[index], [DynamicConfigValue(id_val="color", value=fixed)])
    return Panel(builder, title, text, unit, queries, (width, height))


def buckets(title: str, text: str, unit: str, histogram: str, *, width: int = 8, height: int = 8) -> Panel:
    """How the observations of a histogram are spread, over time: the brighter, the more."""
    query = Query(f"sum by (le) (increase({histogram}_bucket{{@}}[@]))", "{{le}}", form="heatmap")
    axis = heatmap.YAxisConfig().unit(unit).axis_placement(models.AxisPlacement.LEFT)
    color = (
        heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Viridis").steps(64).fill("dark-blue")
        .exponent(0.5))
    builder = (
        heatmap.Panel().calculate(False).y_axis(axis).color(color).cell_gap(1).show_y_histogram().hide_legend()
        .cell_values(heatmap.CellValues().unit("short"))
        .filter_values(heatmap.FilterValueRange().le(1e-9)))
    return Panel(builder, title, text, unit, [query], (width, height))


def bars(
    title: str, text: str, unit: str, *queries: Query, steps: Steps = (), most: float | None = None, width: int = 8,
    height: int = 8,
) -> Panel:
    """One bar for each series, with its value now."""
    reduce = common.ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False)
    builder = (
        bargauge.Panel().reduce_options(reduce).orientation(models.VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC).value_mode(BarGaugeValueMode.TEXT).show_unfilled(True)
        .color_scheme(_color(FieldColorModeId.THRESHOLDS)).thresholds(_thresholds(steps)).min(0))
    if most is not None:
        builder.max(most)
    return Panel(builder, title, text, unit, queries, (width, height))


class Column:
    """A column of a table: what stands over it, its unit, and the query that fills it."""

    def __init__(self, name: str, unit: str, expression: str, steps: Steps = ()):
        self.name = name
        self.unit = unit
        self.steps = steps
        self.query = Query(expression, instant=True, form="table")

    def override(self) -> list[DynamicConfigValue]:
        """Unit and colours of the column."""
        values = [DynamicConfigValue(id_val="unit", value=self.unit)]
        if self.steps:
            steps = {"mode": "absolute", "steps": [{"value": None, "color": "transparent"}]}
            steps["steps"] += [{"value": value, "color": color} for value, color in self.steps]
            values.append(DynamicConfigValue(id_val="thresholds", value=steps))
            values.append(DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-background"}))
        return values


def rows(title: str, text: str, labels: dict[str, str], *columns: Column, height: int = 6) -> Panel:
    """A table with a row for each set of ``labels`` (a label's name, and what stands over it)."""
    letters = "ABCDEFGHIJKLMNOP"
    names = labels | {f"Value #{letters[index]}": column.name for index, column in enumerate(columns)}
    order = {name: index for index, name in enumerate(names)}
    builder = (
        table.Panel().show_header(True).color_scheme(_color(FieldColorModeId.THRESHOLDS))
        .with_transformation(DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(DataTransformerConfig(
            id_val="organize",
            options={"excludeByName": {"Time": True}, "indexByName": order, "renameByName": names})))
    for column in columns:
        builder.override_by_name(column.name, column.override())
    return Panel(builder, title, text, "", [column.query for column in columns], (24, height))
