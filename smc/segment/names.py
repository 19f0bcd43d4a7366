"""What rules name in the warehouse: categories, products, brands, stores. Unknown ones stop the refresh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from smc.config.specs.rule import BoughtRule, MetricRule, Rule
from smc.errors import RunError
from smc.model.metrics import Metric
from smc.segment.walk import Leaf, conditions
from smc.warehouse import Warehouse, statement

Kind = Literal["category", "product", "brand", "store"]
Name = tuple[Kind, str]

_KINDS: tuple[Kind, ...] = ("category", "product", "brand", "store")
_HERE = "smc.segment"


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
    texts = {kind: [text for named, text in used if named == kind] for kind in _KINDS}
    by_id, by_name = _categories(warehouse, texts["category"])
    products = {text: key for key, text in _rows(warehouse, "known_products", texts["product"])}
    single = {text: next(iter(found.values())) for text, found in by_name.items() if len(found) == 1}
    known: dict[Kind, set[str]] = {
        "category": {*by_id, *single},
        "product": {*products},
        "brand": {row[0] for row in _rows(warehouse, "known_brands", texts["brand"])},
        "store": {row[0] for row in _rows(warehouse, "known_stores", texts["store"])},
    }
    unknown = [name for name in used if name[1] not in known[name[0]]]
    if unknown:
        ambiguous = {text: list(found) for text, found in by_name.items() if len(found) > 1}
        raise _error(warehouse, unknown, used, ambiguous)
    categories = {**single, **by_id}
    return Known(categories, products, _below(warehouse, list(categories.values())))


def _below(warehouse: Warehouse, keys: list[int]) -> dict[int, tuple[int, ...]]:
    below = {key: {key} for key in keys}
    if keys:
        for ancestor, key in warehouse.rows(statement(_HERE, "categories_below"), keys=keys):
            below[ancestor].add(key)
    return {key: tuple(sorted(found)) for key, found in below.items()}


def _names(rule: Rule, metrics: Mapping[str, Metric]) -> Iterator[Name]:
    for _, leaf in conditions(rule):
        yield from dict.fromkeys(_names_of(leaf, metrics))


def _names_of(leaf: Leaf, metrics: Mapping[str, Metric]) -> Iterator[Name]:
    match leaf:
        case BoughtRule(bought=bought):
            for kind in _KINDS:
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


def _categories(warehouse: Warehouse, texts: list[str]) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Keys by id, and by name with the id of each; an id wins over the same text as a name."""
    by_id: dict[str, int] = {}
    by_name: dict[str, dict[str, int]] = {}
    for key, category_id, name in _rows(warehouse, "known_categories", texts):
        if category_id in texts:
            by_id[category_id] = key
        if name in texts:
            by_name.setdefault(name, {})[category_id] = key
    return by_id, by_name


def _rows(warehouse: Warehouse, query: str, texts: list[str]) -> list[tuple[Any, ...]]:
    return warehouse.rows(statement(_HERE, query), texts=texts) if texts else []


def _error(
    warehouse: Warehouse, unknown: list[Name], used: Mapping[Name, list[str]], ambiguous: Mapping[str, list[str]]
) -> RunError:
    texts: dict[str, list[str]] = {}
    for kind, text in warehouse.rows(statement(_HERE, "all_names")):
        texts.setdefault(kind, []).append(text)
    lines = [
        f"{owner}: {_why(name, texts.get(name[0], []), ambiguous)}"
        for name in unknown
        for owner in dict.fromkeys(used[name])
    ]
    return RunError(
        "rules name what the warehouse does not know; nothing was changed\n  " + "\n  ".join(sorted(lines)),
        remedy="Correct the names, or import the catalogue first.",
    )


def _why(name: Name, known: list[str], ambiguous: Mapping[str, list[str]]) -> str:
    kind, text = name
    if kind == "category" and text in ambiguous:
        return f"several categories are named '{text}'; give one of the ids {', '.join(ambiguous[text])}"
    folded: dict[str, str] = {}
    for candidate in sorted(known):
        folded.setdefault(candidate.casefold(), candidate)
    close = get_close_matches(text.casefold(), folded, n=3, cutoff=0.6)
    hint = f"; nearest: {', '.join(repr(folded[item]) for item in close)}" if close else ""
    return f"unknown {kind} '{text}'{hint}"
