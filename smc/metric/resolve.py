"""What metrics name in the warehouse, so that a wrong name stops the computation instead of giving zero to everyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from smc.config.metrics import Found, find_field
from smc.metric.aggregate import Column
from smc.model.facts import Fact
from smc.model.metrics import Test
from smc.warehouse import Warehouse
from smc.warehouse.names import Found as Names
from smc.warehouse.names import Kind, Name, find, known_kinds

_NAMING = ("equals", "not_equals", "in_", "not_in")
_KINDS: Mapping[str, Kind] = {"category": "category", "product": "product", "store": "store"}
_GOODS = ("receipts", "lines", "orders", "order_lines", "web_events", "containers")
"""Facts whose brands are those of the catalogue."""


def resolve(
    warehouse: Warehouse, metrics: Mapping[str, tuple[Column, ...]], facts: Mapping[str, Fact]
) -> dict[str, tuple[Column, ...]]:
    """The columns with every category by its id; in ``metrics`` it may also stand by a name that only it has.

    Raises ``RunError`` that lists unknown and ambiguous names with their metrics. Names of a kind of which the
    warehouse has nothing yet stay as they are: there is nothing to compute.
    """
    there = known_kinds(warehouse)
    used: dict[Name, list[str]] = {}
    for metric, group in metrics.items():
        for name in _names(group, facts):
            if name[0] in there:
                used.setdefault(name, []).append(f"metric '{metric}'")
    names = find(warehouse, used, owners="metrics")
    return {metric: tuple(_with_ids(column, names, facts) for column in group) for metric, group in metrics.items()}


def _names(group: tuple[Column, ...], facts: Mapping[str, Fact]) -> Iterator[Name]:
    for column in group:
        for test in column.aggregate.where:
            kind = _kind(find_field(facts, column.aggregate.over, test.field))
            if kind is not None and test.operator in _NAMING:
                yield from ((kind, str(text)) for text in test.values)


def _kind(found: Found | None) -> Kind | None:
    if found is None:
        return None
    if found.field.name == "brand" and found.fact.name in _GOODS:
        return "brand"
    return _KINDS.get(found.field.type)


def _with_ids(column: Column, names: Names, facts: Mapping[str, Fact]) -> Column:
    def known(test: Test) -> Test:
        if _kind(find_field(facts, column.aggregate.over, test.field)) != "category":
            return test
        texts = [str(value) for value in test.values]
        placed = any(names.categories.get(text) in names.placed for text in texts)
        return replace(test, values=tuple(names.category_ids.get(text, text) for text in texts), placed=placed)

    where = tuple(known(test) for test in column.aggregate.where)
    return replace(column, aggregate=replace(column.aggregate, where=where))
