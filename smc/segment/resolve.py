"""A rule as written → a tree of atoms: operands typed, relative dates fixed to a day, names replaced by keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, assert_never

from smc.config.facts import facts_of
from smc.config.metrics import catalog
from smc.config.positive import POSITIVE
from smc.config.profile import profile_fields
from smc.config.specs.project import CategorySettings, FieldsSpec, MetricsSpec
from smc.config.specs.rule import (
    AllRule,
    AnyRule,
    AttributeRule,
    BoughtRule,
    Comparison,
    ContactedRule,
    ControlGroupRule,
    DictionaryRule,
    InSegmentRule,
    MetricRule,
    NotRule,
    ReachableCondition,
    ReachableRule,
    RfmCondition,
    RfmRule,
    RowsRule,
    Rule,
    SampleCondition,
    SampleRule,
    SegmentSpec,
    SqlRule,
    SubscribedCondition,
    SubscribedRule,
    TagRule,
)
from smc.config.values import Kind, Mistake, typed
from smc.errors import UsageError
from smc.segment.atoms import (
    Addressed,
    Atom,
    Compare,
    Controlled,
    Every,
    Holds,
    MemberOf,
    Node,
    Opposite,
    Permission,
    Sample,
    Some,
    Sql,
    Tagged,
    segments_of,
)
from smc.segment.dictionaries import key_of
from smc.segment.fence_trial import sound
from smc.segment.names import look_up
from smc.segment.resolve_rows import bought_node, contacted_atom, rows_atom
from smc.segment.scope import Scope, unique
from smc.segment.vocabulary import Defined
from smc.segment.walk import cycle
from smc.warehouse import Warehouse

__all__ = ["Resolved", "Scope", "node_of", "resolve"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """Trees by segment and by key of a rule, in an order in which every segment comes after those it asks for.

    ``words``: what each rule is called in errors.
    """

    segments: Mapping[str, Node]
    rules: Mapping[str, Node]
    scope: Scope
    words: Mapping[str, str] = field(default_factory=dict)


def resolve(
    warehouse: Warehouse,
    *,
    segments: Mapping[str, SegmentSpec],
    rules: Mapping[str, Rule],
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
    categories: Mapping[str, CategorySettings] | None = None,
    defined: Defined | None = None,
    words: Mapping[str, str] | None = None,
    past: bool = False,
) -> Resolved:
    """``categories``: message categories of the project, which say what permission ``reachable`` needs. ``defined``:
    what the project's files name; without it names of mailings, channels, polls and groups of promocodes are not looked
    up. ``words``: what a rule is called in errors, by its key; by default a filter of a campaign. ``past``: permissions
    as they were on that day, and not as they are now.

    Raises ``RunError`` for names unknown to the warehouse, ``UsageError`` for what validation would refuse.
    """
    figures = catalog(metrics, fields)
    spoken = {f"segment '{name}'": spec.rule for name, spec in segments.items()}
    called = {key: (words or {}).get(key, f"filter {key[:12]} of a campaign") for key in rules}
    spoken |= {called[key]: rule for key, rule in rules.items()}
    facts = facts_of(fields)
    known = look_up(warehouse, spoken, figures, facts, as_of, defined=defined)
    scope = Scope(fields, metrics, profile_fields(fields), figures, facts, known, categories or {}, as_of, past)
    trees = {name: _tree(f"segment '{name}'", spec.rule, scope) for name, spec in segments.items()}
    filters = {key: _tree(called[key], rule, scope) for key, rule in rules.items()}
    return Resolved(_ordered(trees, filters), filters, scope, called)


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


def node_of(rule: Rule, scope: Scope) -> Node:  # noqa: C901, PLR0911, PLR0912 - one arm for each kind of condition
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
        case RowsRule():
            return Holds(rows_atom(rule.condition, scope))
        case ContactedRule():
            return Holds(contacted_atom(rule.contacted, scope))
        case TagRule():
            return Holds(Tagged(rule.tag))
        case SubscribedRule():
            return subscribed_node(rule.subscribed, scope)
        case ReachableRule():
            return reachable_node(rule.reachable, scope)
        case ControlGroupRule():
            return Holds(Controlled(rule.control_group))
        case DictionaryRule():
            codes = scope.known.codes[key_of(rule.dictionary)]
            return Holds(Compare("attribute", rule.dictionary.field, "in", codes))
        case InSegmentRule():
            return MemberOf(rule.in_segment)
        case SampleRule():
            return Holds(sample_atom(rule.sample))
        case SqlRule():
            found = sound(rule.sql, scope.specs, scope.metric_specs, scope.as_of)
            return Holds(Sql(found.query, found.tables, found.joins))
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
        return _signed(Compare(source, name, "empty"), positive=bool(comparison.empty))
    if kind == "category":
        values = tuple(key for text in values for key in scope.known.below[scope.known.categories[str(text)]])
    operator, positive = POSITIVE[comparison.operator]
    return _signed(Compare(source, name, operator, unique(values) if operator == "in" else values), positive=positive)


def _signed(atom: Atom, *, positive: bool) -> Node:
    return Holds(atom) if positive else Opposite(Holds(atom))


def rfm_node(condition: RfmCondition) -> Node:
    parts: list[Node] = [
        Holds(Compare("rfm", measure, "in", unique(scores)))
        for measure in ("recency", "frequency", "monetary")
        if (scores := getattr(condition, measure)) is not None
    ]
    if condition.cell is not None:
        parts.append(Holds(Compare("rfm", "cell", "in", (condition.cell,))))
    return Every(tuple(parts))


def subscribed_node(condition: SubscribedCondition, scope: Scope) -> Node:
    yes = Holds(Permission(condition.channel, condition.category, "yes", scope.past))
    no = Holds(Permission(condition.channel, condition.category, "no", scope.past))
    match condition.state:
        case "yes":
            return yes
        case "no":
            return no
        case "unknown":
            return Opposite(Some((yes, no)))
        case _:
            assert_never(condition.state)


def reachable_node(condition: ReachableCondition, scope: Scope) -> Node:
    """An address, and the permission that the category needs in this channel."""
    address = Holds(Addressed(condition.channel))
    if condition.category is None:
        return address
    if condition.category not in scope.categories:
        raise Mistake(f"there is no message category '{condition.category}'", "Run smc validate.")
    match scope.categories[condition.category].needs(condition.channel):
        case "required":
            return Every((address, Holds(Permission(condition.channel, condition.category, "yes", scope.past))))
        case "not_refused":
            refused = Permission(condition.channel, condition.category, "no", scope.past)
            return Every((address, Opposite(Holds(refused))))
        case "none":
            return address
        case consent:
            assert_never(consent)


def sample_atom(condition: SampleCondition) -> Sample:
    if condition.percent == 0:
        raise Mistake("a sample of 0 percent has nobody in it", "Give a share from 0.01% to 100%.")
    return Sample(condition.salt, int(condition.percent * 100))
