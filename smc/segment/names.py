"""What rules name in the warehouse: goods, stores, past mailings, polls, dictionaries. Unknown ones stop it all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from smc.config.specs.rule import BoughtRule, MetricRule, ReachableRule, RowsRule, Rule
from smc.config.specs.watch import Row
from smc.config.values import Mistake
from smc.errors import UsageError
from smc.model.fact import BRAND
from smc.model.facts import Fact
from smc.model.metrics import Metric
from smc.segment.dictionaries import look_up_codes
from smc.segment.rows import Asked, asked_of, asked_where, fact_of
from smc.segment.vocabulary import ALWAYS, EXACT, Defined
from smc.segment.walk import Leaf, conditions
from smc.warehouse import Warehouse, statement
from smc.warehouse.names import Kind, Name, find

_GOODS: tuple[Kind, ...] = ("category", "main category", "product", "brand", "store")
_KINDS: Mapping[str, Kind] = {"category": "category", "product": "product", "store": "store"}
_OF_METRIC: Mapping[str, Kind] = {
    "favourite_category": "main category", "favourite_brand": "brand", "favourite_store": "store",
}  # fmt: skip
_OF_FIELD: Mapping[tuple[str, str], Kind] = {
    ("messages", "campaign"): "campaign or mailing",
    ("reactions", "campaign"): "campaign or mailing",
    ("messages", "channel"): "channel",
    ("reactions", "channel"): "channel",
    ("promocodes", "group"): "promocode group",
    ("poll_answers", "poll"): "poll",
}
"""Fields of facts whose texts only the warehouse knows, those of other systems among them."""


@dataclass(frozen=True, slots=True)
class Known:
    """Keys of the categories and products that rules name, by the text of the rule.

    ``below``: for each of these categories the keys of itself and everything below it. ``codes``: those of the items of
    dictionaries, by the text of the condition. ``placed``: categories in which products have a further place.
    """

    categories: Mapping[str, int]
    products: Mapping[str, int]
    below: Mapping[int, tuple[int, ...]]
    codes: Mapping[str, tuple[str, ...]]
    placed: frozenset[int] = frozenset()


def look_up(
    warehouse: Warehouse,
    rules: Mapping[str, Rule],
    metrics: Mapping[str, Metric],
    facts: Mapping[str, Fact],
    as_of: date,
    *,
    defined: Defined | None = None,
) -> Known:
    """Keys of everything that the rules name. ``rules``: by the words that stand for the rule in an error. ``defined``:
    names of the project's files; None leaves names that have no key as they are.

    Raises ``RunError`` that lists every unknown or ambiguous name with the rules that use it.
    """
    used: dict[Name, list[str]] = {}
    for owner, rule in rules.items():
        for name in _names(owner, rule, metrics, facts):
            used.setdefault(name, []).append(owner)
    return _found(warehouse, used, look_up_codes(warehouse, rules, as_of), defined)


def look_up_rows(
    warehouse: Warehouse, rows: Iterable[Row], facts: Mapping[str, Fact], *, defined: Defined | None = None
) -> Known:
    """Keys of everything that rows name for which campaigns wait. ``defined`` and errors as of ``look_up``."""
    names = {name for row in rows for name in _tested(asked_of(row), fact_of(row, facts))}
    used = {name: ["a row that a campaign waits for"] for name in sorted(names)}
    return _found(warehouse, used, {}, defined)


def _found(
    warehouse: Warehouse,
    used: Mapping[Name, list[str]],
    codes: Mapping[str, tuple[str, ...]],
    defined: Defined | None,
) -> Known:
    if defined is None:
        used = {name: owners for name, owners in used.items() if name[0] in _GOODS}
    found = find(warehouse, used, owners="rules", given={} if defined is None else _given(defined))
    below = _below(warehouse, list(found.categories.values()))
    return Known(found.categories, found.products, below, codes, found.placed)


def _given(defined: Defined) -> dict[Kind, Collection[str]]:
    return {
        "campaign or mailing": defined.campaigns,
        "channel": ALWAYS | {*defined.channels},
        "promocode group": defined.groups,
        "poll": defined.polls,
    }


def _below(warehouse: Warehouse, keys: list[int]) -> dict[int, tuple[int, ...]]:
    below = {key: {key} for key in keys}
    if keys:
        for ancestor, key in warehouse.rows(statement("smc.segment", "categories_below"), keys=keys):
            below[ancestor].add(key)
    return {key: tuple(sorted(found)) for key, found in below.items()}


def _names(owner: str, rule: Rule, metrics: Mapping[str, Metric], facts: Mapping[str, Fact]) -> Iterator[Name]:
    try:
        for _, leaf in conditions(rule):
            yield from dict.fromkeys(_names_of(leaf, metrics, facts))
    except Mistake as mistake:
        raise UsageError(mistake.message, where=owner, remedy=mistake.remedy) from None


def _names_of(leaf: Leaf, metrics: Mapping[str, Metric], facts: Mapping[str, Fact]) -> Iterator[Name]:
    match leaf:
        case BoughtRule(bought=bought):
            for goods in (bought, *(bought.same_receipt or ())):
                for kind in _GOODS:
                    text = getattr(goods, kind, None)
                    if text is not None:
                        yield kind, text
                yield from _tested(asked_where(goods.line), facts["lines"])
        case RowsRule(condition=condition):
            yield from _tested(asked_of(condition), fact_of(condition, facts))
        case MetricRule(metric=comparison) if comparison.operator in EXACT:
            metric = metrics.get(comparison.name)
            named = _OF_METRIC.get(comparison.name) or _KINDS.get(metric.type if metric is not None else "")
            if named is not None:
                yield from ((named, str(text)) for text in _texts(comparison.operand))
        case ReachableRule(reachable=reachable):
            yield "channel", reachable.channel
        case _:
            return


def _tested(tests: Iterable[Asked], fact: Fact) -> Iterator[Name]:
    """Names among the values of fields; a text that is searched for is no name."""
    for asked in tests:
        field = fact.field(asked.field)
        if field is None or asked.operator not in EXACT:
            continue
        kind = "brand" if field == BRAND else _KINDS.get(field.type) or _OF_FIELD.get((fact.name, field.name))
        if kind is not None:
            yield from ((kind, str(text)) for text in _texts(asked.operand))


def _texts(operand: object) -> tuple[object, ...]:
    return operand if isinstance(operand, tuple) else (operand,)
