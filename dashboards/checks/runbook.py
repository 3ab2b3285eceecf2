"""Tries what RUNBOOK.md tells operators to type: every query, and every command of skepctl that only looks."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator

from documents import FOLDER
from stage import PROGRAM, Stage

SKEPCTL = PROGRAM.with_name("skepctl")

EMPTY_IS_FINE = ("> 0", "== 0", "deriv(", "predict_linear(")
"""Queries that look for what is not there on a good day, or need more time than a check has."""


def _blocks(kind: str) -> Iterator[str]:
    text = (FOLDER / "RUNBOOK.md").read_text()
    for block in re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()


def query_faults(stage: Stage) -> Iterator[str]:
    """Queries that fail or give nothing."""
    for query in _blocks("promql"):
        if not stage.has_group and "skep_cgroup" in query:
            continue
        found = stage.get("query", query=query)["result"]
        if not found and not any(part in query for part in EMPTY_IS_FINE):
            yield f"no data for {query}"


def command_faults(stage: Stage) -> Iterator[str]:
    """Commands of skepctl that fail."""
    environment = os.environ | {"SKEP_SOCKET": stage.introspection}
    for command in sorted(set(_blocks("sh"))):
        words = shlex.split(command)
        if words[0] != "skepctl":
            continue
        result = subprocess.run([str(SKEPCTL), *words[1:]], env=environment, capture_output=True, text=True, timeout=30)
        if result.returncode:
            yield f"{command}: status {result.returncode}, {result.stderr.strip()}"
