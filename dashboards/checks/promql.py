"""Walks through parsed PromQL."""

from collections.abc import Iterator
from typing import Any

import promql_parser
from promql_parser import Call, MatrixSelector, VectorSelector

PARTS = ("expr", "lhs", "rhs", "param", "vector_selector")


def parse(expression: str) -> Any:
    """The tree; raises ValueError for what is no PromQL."""
    try:
        return promql_parser.parse(expression)
    except Exception as error:  # The parser raises types of its own.
        raise ValueError(str(error)) from error


def walk(node: Any, parents: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Every node with those above it, the nearest last."""
    yield node, parents
    below = [getattr(node, part, None) for part in PARTS]
    if isinstance(node, Call):
        below += list(node.args)
    for child in below:
        if child is not None and not isinstance(child, (str, int, float)):
            yield from walk(child, (*parents, node))


def selectors(node: Any) -> Iterator[tuple[VectorSelector, tuple[Any, ...]]]:
    """Every selector with what stands above it."""
    for found, parents in walk(node):
        if isinstance(found, VectorSelector):
            yield found, parents


def ranges(node: Any) -> Iterator[tuple[MatrixSelector, tuple[Any, ...]]]:
    """Every range selector with what stands above it."""
    for found, parents in walk(node):
        if isinstance(found, MatrixSelector):
            yield found, parents


def metric_names(expression: str) -> set[str]:
    """The metrics that an expression reads."""
    return {selector.name for selector, _ in selectors(parse(expression)) if selector.name}
