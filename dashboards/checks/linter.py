"""The 17 rules of Grafana's dashboard-linter, written anew since it cannot be had here as a program.

Each rule takes a dashboard and yields what is wrong. They are stricter in two ways: they look at panels of every type,
not only at those that the linter knows, and its warnings count as faults.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from promql_parser import Call, MatchOp, MatrixSelector

from documents import Json, Target, panels, substitute, targets, variables
from promql import parse, ranges, selectors

Rule = Callable[[Json], Iterator[str]]

DATASOURCES = ("$datasource", "${datasource}")

# A range that nobody writes: where it comes out again, $__rate_interval stood.
MAGIC = "4231m"
MAGIC_RANGE = timedelta(minutes=4231)

UNITS = {
    "none", "string", "short", "percent", "percentunit", "bytes", "decbytes", "bits", "Bps", "binBps", "bps", "pps", "s",
    "ms", "µs", "ns", "dtdurations", "dateTimeAsIso", "dateTimeFromNow", "cps", "ops", "reqps", "rps", "wps", "iops",
    "cpm", "opm", "rpm", "wpm", "mps", "mpm", "bool", "bool_yes_no", "bool_on_off", "hertz",
}
"""Those of Grafana's units that make sense for a broker."""


def _tree(target: Target) -> object:
    return parse(substitute(target.expression, MAGIC, "4177m"))


def _parsed(dashboard: Json) -> Iterator[tuple[Target, object]]:
    for target in targets(dashboard):
        try:
            yield target, _tree(target)
        except ValueError:
            continue  # What is no PromQL is the matter of target_promql.


def template_datasource(dashboard: Json) -> Iterator[str]:
    """There is a variable for the data source, with its usual name and label."""
    found = variables(dashboard, "datasource")
    if not found:
        yield "does not have a templated data source"
    for variable in found:
        single = len(found) == 1
        kind = str(variable.get("query", "")).lower()
        if variable.get("name") not in {f"{kind}_datasource"} | ({"datasource"} if single else set()):
            yield f"the data source variable is named {variable.get('name')}"
        labels = {f"{kind.capitalize()} data source"} | ({"Data source"} if single else set())
        if variable.get("label") not in labels:
            yield f"the data source variable is labelled {variable.get('label')}"


def _template(dashboard: Json, name: str) -> Iterator[str]:
    found = [variable for variable in variables(dashboard) if variable.get("name") == name]
    if not found:
        yield f"is missing the variable {name}"
        return
    variable = found[0]
    if (variable.get("datasource") or {}).get("uid") not in DATASOURCES:
        yield f"the variable {name} does not use $datasource"
    wanted = {"type": "query", "label": name.capitalize(), "multi": True, "allValue": ".+"}
    for key, value in wanted.items():
        if variable.get(key) != value:
            yield f"the variable {name} has {key} {variable.get(key)!r}, not {value!r}"


def template_job(dashboard: Json) -> Iterator[str]:
    """There is a variable job as it should be."""
    yield from _template(dashboard, "job")


def template_instance(dashboard: Json) -> Iterator[str]:
    """There is a variable instance as it should be."""
    yield from _template(dashboard, "instance")


def template_label_promql(dashboard: Json) -> Iterator[str]:
    """Queries of variables are a known function of valid PromQL."""
    for variable in variables(dashboard, "query"):
        query = variable.get("query")
        text = query.get("query", "") if isinstance(query, dict) else str(query)
        match = re.fullmatch(r"([a-z_]+)\((.+)\)", text)
        if not match or match[1] not in ("label_names", "label_values", "metrics", "query_result"):
            yield f"the variable {variable.get('name')} has the query {text!r}"
            continue
        expression = re.sub(r",\s*[a-zA-Z_]\w*$", "", match[2]) if match[1] == "label_values" else match[2]
        try:
            parse(substitute(expression))
        except ValueError as error:
            yield f"the variable {variable.get('name')} has no PromQL: {error}"


def template_on_time_change_reload(dashboard: Json) -> Iterator[str]:
    """Variables are asked for again when the time range changes."""
    for variable in variables(dashboard, "query"):
        if variable.get("refresh") != 2:
            yield f"the variable {variable.get('name')} has refresh {variable.get('refresh')}, not 2"


def panel_datasource(dashboard: Json) -> Iterator[str]:
    """Panels and their queries use the templated data source."""
    for panel in panels(dashboard):
        for part in (panel, *panel.get("targets", [])):
            uid = (part.get("datasource") or {}).get("uid")
            if uid not in DATASOURCES:
                yield f"{panel.get('title')}: uses the data source {uid}"


def panel_title_description(dashboard: Json) -> Iterator[str]:
    """Panels have a title and a description."""
    for panel in panels(dashboard):
        if not panel.get("title") or not panel.get("description"):
            yield f"{panel.get('title')!r} has no title or no description"


def panel_units(dashboard: Json) -> Iterator[str]:
    """Panels have a unit, or say what values mean; tables have one for each column."""
    for panel in panels(dashboard):
        config = panel.get("fieldConfig", {})
        properties = [item for override in config.get("overrides", []) for item in override.get("properties", [])]
        if config.get("defaults", {}).get("mappings") or any(item["id"] == "mappings" for item in properties):
            continue
        units = [item["value"] for item in properties if item["id"] == "unit"]
        units += [config["defaults"]["unit"]] if config.get("defaults", {}).get("unit") else []
        if not units or not set(units) <= UNITS:
            yield f"{panel.get('title')}: has the units {units}"


def panel_no_targets(dashboard: Json) -> Iterator[str]:
    """Panels have a query."""
    for panel in panels(dashboard):
        if not panel.get("targets"):
            yield f"{panel.get('title')}: has no query"


def _loki(dashboard: Json) -> Iterator[Target]:
    templated = any(variable.get("query") == "loki" for variable in variables(dashboard, "datasource"))
    for target in targets(dashboard):
        if templated or (target.content.get("datasource") or {}).get("type") == "loki":
            yield target


def target_logql(dashboard: Json) -> Iterator[str]:
    """Queries of Loki are valid: here none is, since nothing parses LogQL."""
    for target in _loki(dashboard):
        yield f"{target.name}: is a query of Loki, which nothing here can check"


def target_logql_auto(dashboard: Json) -> Iterator[str]:
    """Queries of Loki have no fixed range."""
    for target in _loki(dashboard):
        if re.search(r"\[(?!\$__auto\])", target.expression):
            yield f"{target.name}: has a fixed range, not $__auto"


def target_promql(dashboard: Json) -> Iterator[str]:
    """Queries are PromQL."""
    for target in targets(dashboard):
        try:
            _tree(target)
        except ValueError as error:
            yield f"{target.name}: {error}"


def target_rate_interval(dashboard: Json) -> Iterator[str]:
    """rate and irate look at $__rate_interval, and every range stands in a function."""
    for target, tree in _parsed(dashboard):
        for found, parents in ranges(tree):
            if found.range == MAGIC_RANGE or not parents:
                continue
            if not isinstance(parents[-1], Call):
                yield f"{target.name}: a range outside of a function"
            elif parents[-1].func.name in ("rate", "irate"):
                yield f"{target.name}: {parents[-1].func.name} over a fixed range"


def _matcher(dashboard: Json, name: str) -> Iterator[str]:
    for target, _ in _parsed(dashboard):
        # With the variables of labels still in it.
        tree = parse(target.expression.replace("$__rate_interval", MAGIC).replace("$__range", MAGIC))
        for selector, _ in selectors(tree):
            wanted = [item for item in selector.matchers.matchers if item.name == name]
            if not any(item.op == MatchOp.Re and item.value == f"${name}" for item in wanted):
                yield f'{target.name}: {selector.name} has no {name}=~"${name}"'


def target_job(dashboard: Json) -> Iterator[str]:
    """Every selector has job=~"$job"."""
    yield from _matcher(dashboard, "job")


def target_instance(dashboard: Json) -> Iterator[str]:
    """Every selector has instance=~"$instance"."""
    yield from _matcher(dashboard, "instance")


def target_counter_agg(dashboard: Json) -> Iterator[str]:
    """Counters are only read by rate, irate and increase."""
    for target, tree in _parsed(dashboard):
        for selector, parents in selectors(tree):
            if not str(selector.name).endswith("_total"):
                continue
            call = parents[-2] if len(parents) > 1 and isinstance(parents[-1], MatrixSelector) else None
            if not isinstance(call, Call) or call.func.name not in ("rate", "irate", "increase"):
                yield f"{target.name}: {selector.name} stands outside of rate, irate and increase"


def uneditable(dashboard: Json) -> Iterator[str]:
    """The dashboard cannot be edited in place."""
    if dashboard.get("editable") is not False:
        yield "is editable"


RULES: tuple[Rule, ...] = (
    template_datasource, template_job, template_instance, template_label_promql, template_on_time_change_reload,
    panel_datasource, panel_title_description, panel_units, panel_no_targets, target_logql, target_logql_auto,
    target_promql, target_rate_interval, target_job, target_instance, target_counter_agg, uneditable,
)
