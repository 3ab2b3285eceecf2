"""Reads dashboards into the SDK's types and writes them again: what is lost on the way is misspelt."""

import json
from collections.abc import Iterator
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from documents import Json


def _differences(before: Any, after: Any, path: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        # What is not there gets its default, which is no loss.
        for key in before:
            yield from _differences(before.get(key), after.get(key), f"{path}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (left, right) in enumerate(zip(before, after)):
            yield from _differences(left, right, f"{path}[{index}]")
    elif before != after:
        yield f"{path}: {before!r} becomes {after!r}"


def losses(dashboard: Json) -> Iterator[str]:
    """What the types do not know."""
    register_default_plugins()
    typed = Dashboard.from_json(json.loads(json.dumps(dashboard)))
    yield from _differences(dashboard, json.loads(JSONEncoder().encode(typed)), "dashboard")
