"""Breaks a good dashboard in one way for each rule, and expects the rule to say so."""

import copy
from collections.abc import Callable, Iterator

import house
import linter
from documents import Json, panels, variables


def _first(dashboard: Json) -> Json:
    return next(panel for panel in panels(dashboard) if panel["type"] == "timeseries")


def _expression(expression: str, **others: object) -> Callable[[Json], None]:
    def change(dashboard: Json) -> None:
        _first(dashboard)["targets"][0].update({"expr": expression, **others})
    return change


def _variable(index: int, **values: object) -> Callable[[Json], None]:
    return lambda dashboard: variables(dashboard)[index].update(values)


def _panel(**values: object) -> Callable[[Json], None]:
    return lambda dashboard: _first(dashboard).update(values)


def _top(**values: object) -> Callable[[Json], None]:
    return lambda dashboard: dashboard.update(values)


BOTH = 'job=~"$job", instance=~"$instance"'
LOKI = {"type": "loki", "uid": "${datasource}"}

BREAKS: dict[linter.Rule, list[Callable[[Json], None]]] = {
    linter.template_datasource: [_variable(0, name="source"), _variable(0, label="Source"), _top(templating={"list": []})],
    linter.template_job: [
        _variable(1, name="jobs"), _variable(1, multi=False), _variable(1, allValue=".*"), _variable(1, label="Jobs"),
        _variable(1, datasource={"uid": "p"}), _variable(1, type="custom")],
    linter.template_instance: [_variable(2, name="node"), _variable(2, allValue=None)],
    linter.template_label_promql: [_variable(1, query="label_values(up{, job)"), _variable(1, query="values(up, job)")],
    linter.template_on_time_change_reload: [_variable(2, refresh=1)],
    linter.panel_datasource: [_panel(datasource={"type": "prometheus", "uid": "p"})],
    linter.panel_title_description: [_panel(title=""), _panel(description="")],
    linter.panel_units: [
        lambda dashboard: _first(dashboard)["fieldConfig"]["defaults"].pop("unit"),
        lambda dashboard: _first(dashboard)["fieldConfig"]["defaults"].update(unit="messages")],
    linter.panel_no_targets: [_panel(targets=[])],
    linter.target_logql: [_expression('{job="x"}', datasource=LOKI)],
    linter.target_logql_auto: [_expression('rate({job="x"}[5m])', datasource=LOKI)],
    linter.target_promql: [_expression("sum(")],
    linter.target_rate_interval: [_expression("rate(a_total{" + BOTH + "}[5m])")],
    linter.target_job: [_expression('a{instance=~"$instance"}'), _expression('a{instance=~"$instance", job="$job"}')],
    linter.target_instance: [_expression('a{job=~"$job"} + b{' + BOTH + "}")],
    linter.target_counter_agg: [
        _expression("sum(a_total{" + BOTH + "})"), _expression("deriv(a_total{" + BOTH + "}[$__rate_interval])")],
    linter.uneditable: [_top(editable=True)],
    house.importable: [_top(id=7), _top(schemaVersion=41), _top(uid=""), _top(__inputs=[])],
    house.placed: [_panel(gridPos={"x": 0, "y": 0, "w": 8, "h": 8}), _panel(id=1)],
    house.readable: [
        lambda dashboard: _first(dashboard)["fieldConfig"]["defaults"].pop("min"),
        lambda dashboard: _first(dashboard)["targets"][0].pop("legendFormat"),
        _expression("max_over_time(a{" + BOTH + "}[5m])")],
    house.connected: [_top(links=[]), _top(tags=[]), _top(graphTooltip=0), _top(annotations={"list": []})],
}


def missed(good: Json) -> Iterator[str]:
    """Rules that a broken dashboard gets past; the good one must keep them all."""
    for rule in (*linter.RULES, *house.RULES):
        for number, change in enumerate(BREAKS.get(rule, [])):
            broken = copy.deepcopy(good)
            change(broken)
            if not list(rule(broken)):
                yield f"the rule {rule.__name__} does not see fault {number}"
        if not BREAKS.get(rule):
            yield f"nothing shows that the rule {rule.__name__} sees anything"
