"""A rule as written → a tree of atoms: operands typed, relative dates fixed to a day, names replaced by keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, assert_never

from smc.config.metrics import catalog
from smc.config.profile import ProfileField, profile_fields
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rule import (
    AllRule,
    AnyRule,
    AttributeRule,
    BoughtCondition,
    BoughtRule,
    Comparison,
    InSegmentRule,
    MetricRule,
    NotRule,
    Range,
    RfmCondition,
    RfmRule,
    Rule,
    SampleCondition,
    SampleRule,
    SegmentSpec,
    SubscribedCondition,
    SubscribedRule,
    TagRule,
)
from smc.errors import UsageError
from smc.model.metrics import Metric
from smc.segment.atoms import (
    Atom,
    BoughtLines,
    BoughtReceipts,
    Bounds,
    Compare,
    Every,
    Holds,
    MemberOf,
    Node,
    Operator,
    Opposite,
    Permission,
    Sample,
    Some,
    Tagged,
    segments_of,
)
from smc.segment.names import Known, look_up
from smc.segment.values import Kind, Mistake, Value, typed
from smc.segment.walk import cycle
from smc.warehouse import Warehouse

_POSITIVE: dict[str, tuple[Operator, bool]] = {
    "equals": ("in", True),
    "not_equals": ("in", False),
    "in_": ("in", True),
    "not_in": ("in", False),
    "less": ("less", True),
    "at_most": ("at_most", True),
    "more": ("more", True),
    "at_least": ("at_least", True),
    "between": ("between", True),
    "contains": ("contains", True),
    "starts_with": ("starts_with", True),
}
"""Each operator as one of an atom and whether the atom must hold; what is false here is the exact opposite."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule is resolved against."""

    fields: Mapping[str, ProfileField]
    metrics: Mapping[str, Metric]
    known: Known
    as_of: date


@dataclass(frozen=True, slots=True)
class Resolved:
    """Trees by segment and by key of a rule, in an order in which every segment comes after those it asks for."""

    segments: Mapping[str, Node]
    rules: Mapping[str, Node]
    scope: Scope


def resolve(
    warehouse: Warehouse,
    *,
    segments: Mapping[str, SegmentSpec],
    rules: Mapping[str, Rule],
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
) -> Resolved:
    """Raises ``RunError`` for names unknown to the warehouse, ``UsageError`` for what validation would refuse."""
    figures = catalog(metrics)
    spoken = {f"segment '{name}'": spec.rule for name, spec in segments.items()}
    spoken |= {f"filter {key[:12]} of a campaign": rule for key, rule in rules.items()}
    scope = Scope(profile_fields(fields), figures, look_up(warehouse, spoken, figures), as_of)
    trees = {name: _tree(f"segment '{name}'", spec.rule, scope) for name, spec in segments.items()}
    filters = {key: _tree(f"filter {key[:12]} of a campaign", rule, scope) for key, rule in rules.items()}
    return Resolved(_ordered(trees, filters), filters, scope)


def _tree(owner: str, rule: Rule, scope: Scope) -> Node:
    try:
        return node_of(rule, scope)
    except Mistake as mistake:
        raise UsageError(mistake.message, where=owner, remedy=mistake.remedy) from None


def _ordered(trees: Mapping[str, Node], filters: Mapping[str, Node]) -> dict[str, Node]:
    edges = {name: list(segments_of(node)) for name, node in {**filters, **trees}.items()}
    for name, targets in edges.items():
        if missing := [target for target in targets if target not in trees]:
            raise UsageError(f"there is no segment '{missing[0]}'", where=name, remedy="Run smc validate.")
        if way := cycle(edges, name):
            raise UsageError(f"segments refer to each other in a circle: {' → '.join(way)}", remedy="Break the circle.")
    ordered: dict[str, Node] = {}
    waiting = dict(trees)
    while waiting:
        ready = {name: node for name, node in waiting.items() if all(used in ordered for used in edges[name])}
        ordered |= ready
        waiting = {name: node for name, node in waiting.items() if name not in ready}
    return ordered


def node_of(rule: Rule, scope: Scope) -> Node:  # noqa: C901, PLR0911 - one arm for each kind of condition
    """The tree of one rule. Raises ``Mistake``."""
    match rule:
        case AllRule():
            return Every(tuple(node_of(part, scope) for part in rule.all))
        case AnyRule():
            return Some(tuple(node_of(part, scope) for part in rule.any))
        case NotRule():
            return Opposite(node_of(rule.not_, scope))
        case AttributeRule():
            return attribute_node(rule, scope)
        case MetricRule():
            return metric_node(rule, scope)
        case RfmRule():
            return rfm_node(rule.rfm)
        case BoughtRule():
            return bought_node(rule.bought, scope)
        case TagRule():
            return Holds(Tagged(rule.tag))
        case SubscribedRule():
            return subscribed_node(rule.subscribed)
        case InSegmentRule():
            return MemberOf(rule.in_segment)
        case SampleRule():
            return Holds(sample_atom(rule.sample))
        case _:
            assert_never(rule)


def attribute_node(rule: AttributeRule, scope: Scope) -> Node:
    name = rule.attribute.field
    if name not in scope.fields:
        raise Mistake(f"there is no field of a customer '{name}'", "Run smc validate.")
    return comparison_node("attribute", name, scope.fields[name].type, rule.attribute, scope)


def metric_node(rule: MetricRule, scope: Scope) -> Node:
    name = rule.metric.name
    if name not in scope.metrics:
        raise Mistake(f"there is no metric '{name}'", "Run smc validate.")
    return comparison_node("metric", name, scope.metrics[name].type, rule.metric, scope)


def comparison_node(
    source: Literal["attribute", "metric"], name: str, kind: Kind, comparison: Comparison, scope: Scope
) -> Node:
    """One positive atom, or its opposite."""
    values = typed(kind, comparison, scope.as_of)
    if comparison.operator == "empty":
        missing = Holds(Compare(source, name, "empty"))
        return missing if comparison.empty else Opposite(missing)
    if kind == "category":
        values = tuple(key for text in values for key in scope.known.below[scope.known.categories[str(text)]])
    operator, positive = _POSITIVE[comparison.operator]
    return _signed(Compare(source, name, operator, unique(values) if operator == "in" else values), positive=positive)


def _signed(atom: Atom, *, positive: bool) -> Node:
    return Holds(atom) if positive else Opposite(Holds(atom))


def unique(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Without repetition and in one order, so that the same list written differently is the same atom."""
    return tuple(sorted(dict.fromkeys(values), key=str))


def rfm_node(condition: RfmCondition) -> Node:
    parts: list[Node] = [
        Holds(Compare("rfm", measure, "in", unique(scores)))
        for measure in ("recency", "frequency", "monetary")
        if (scores := getattr(condition, measure)) is not None
    ]
    if condition.cell is not None:
        parts.append(Holds(Compare("rfm", "cell", "in", (condition.cell,))))
    return Every(tuple(parts))


def subscribed_node(condition: SubscribedCondition) -> Node:
    yes = Holds(Permission(condition.channel, condition.category, "yes"))
    no = Holds(Permission(condition.channel, condition.category, "no"))
    match condition.state:
        case "yes":
            return yes
        case "no":
            return no
        case "unknown":
            return Opposite(Some((yes, no)))
        case _:
            assert_never(condition.state)


def sample_atom(condition: SampleCondition) -> Sample:
    if condition.percent == 0:
        raise Mistake("a sample of 0 percent has nobody in it", "Give a share from 0.01% to 100%.")
    return Sample(condition.salt, int(condition.percent * 100))


def bought_node(condition: BoughtCondition, scope: Scope) -> Node:
    """Without category, product and brand, money and receipts come from the receipts, which are fewer than lines."""
    since = None if condition.within is None else scope.as_of - timedelta(days=condition.within - 1)
    receipts, quantity, amount = (
        bounds_of(part) for part in (condition.receipts, condition.quantity, condition.amount)
    )
    if condition.category is None and condition.product is None and condition.brand is None:
        whole = Holds(BoughtReceipts(condition.store, since, receipts, amount))
        if not quantity:
            return whole
        return Every((whole, Holds(BoughtLines(None, None, None, condition.store, since, quantity=quantity))))
    return Holds(
        BoughtLines(
            None if condition.category is None else scope.known.categories[condition.category],
            None if condition.product is None else scope.known.products[condition.product],
            condition.brand, condition.store, since, receipts, quantity, amount,
        )
    )  # fmt: skip


def bounds_of(range_: Range | None) -> Bounds:
    return Bounds() if range_ is None else Bounds(_plain(range_.at_least), _plain(range_.at_most))


def _plain(number: Decimal | None) -> Decimal | None:
    """Equal numbers as one value: 2 and 2.00 are the same bound."""
    return None if number is None else number.normalize()
