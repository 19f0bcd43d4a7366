"""What rules name in the warehouse: categories, products, brands, stores. Unknown ones stop the refresh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smc.config.specs.rule import BoughtRule, MetricRule, Rule
from smc.model.metrics import Metric
from smc.segment.walk import Leaf, conditions
from smc.warehouse import Warehouse, statement
from smc.warehouse.names import KINDS, Name, find


@dataclass(frozen=True, slots=True)
class Known:
    """Keys of the categories and products that rules name, by the text of the rule.

    ``below``: for each of these categories the keys of itself and everything below it.
    """

    categories: Mapping[str, int]
    products: Mapping[str, int]
    below: Mapping[int, tuple[int, ...]]


def look_up(warehouse: Warehouse, rules: Mapping[str, Rule], metrics: Mapping[str, Metric]) -> Known:
    """Keys of everything that the rules name. ``rules``: by the words that stand for the rule in an error.

    Raises ``RunError`` that lists every unknown or ambiguous name with the rules that use it.
    """
    used: dict[Name, list[str]] = {}
    for owner, rule in rules.items():
        for name in _names(rule, metrics):
            used.setdefault(name, []).append(owner)
    found = find(warehouse, used, owners="rules")
    return Known(found.categories, found.products, _below(warehouse, list(found.categories.values())))


def _below(warehouse: Warehouse, keys: list[int]) -> dict[int, tuple[int, ...]]:
    below = {key: {key} for key in keys}
    if keys:
        for ancestor, key in warehouse.rows(statement("smc.segment", "categories_below"), keys=keys):
            below[ancestor].add(key)
    return {key: tuple(sorted(found)) for key, found in below.items()}


def _names(rule: Rule, metrics: Mapping[str, Metric]) -> Iterator[Name]:
    for _, leaf in conditions(rule):
        yield from dict.fromkeys(_names_of(leaf, metrics))


def _names_of(leaf: Leaf, metrics: Mapping[str, Metric]) -> Iterator[Name]:
    match leaf:
        case BoughtRule(bought=bought):
            for kind in KINDS:
                text = getattr(bought, kind)
                if text is not None:
                    yield kind, text
        case MetricRule(metric=comparison) if comparison.operator != "empty":
            metric = metrics.get(comparison.name)
            if metric is not None and metric.type == "category":
                operand = comparison.operand
                yield from (("category", str(text)) for text in (operand if isinstance(operand, tuple) else (operand,)))
        case _:
            return
