"""Meaning of segments and rules: names, types, operators, ranges, cycles. Light imports only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, assert_never

from smc.config.document import Document
from smc.config.facts import facts_of, watched_facts
from smc.config.metrics import catalog
from smc.config.problem import Problem, nearest
from smc.config.profile import profile_fields
from smc.config.specs.poll import Questions
from smc.config.specs.project import FieldsSpec, MetricsSpec, RfmSpec
from smc.config.specs.rule import (
    AttributeRule,
    BoughtRule,
    Comparison,
    ContactedRule,
    ControlGroupRule,
    DictionaryRule,
    InSegmentRule,
    MetricRule,
    ReachableRule,
    RfmRule,
    RowsRule,
    Rule,
    SampleCondition,
    SampleRule,
    SegmentsSpec,
    SqlRule,
    SubscribedRule,
    TagRule,
)
from smc.config.specs.watch import Row
from smc.config.values import Kind, Mistake, key_of_operator, typed
from smc.model.facts import Fact
from smc.segment.check_rows import ANY_DAY, Found, bought, contacted, dictionary, rows, watched
from smc.segment.possible import not_among, out_of_range, range_of
from smc.segment.vocabulary import Defined, unknown_channel
from smc.segment.walk import Leaf, Path, conditions, cycle


@dataclass(frozen=True, slots=True)
class Names:
    """What a rule may refer to. ``tags``: those that steps set and those declared in smc.yaml.

    ``campaigns``: numbers of steps by id of the campaign or mailing. ``brought``: objects that feeds bring. ``groups``:
    of promocodes. ``polls``: as ``Defined`` has them.
    """

    fields: FieldsSpec
    metrics: MetricsSpec
    rfm: RfmSpec
    segments: frozenset[str]
    tags: frozenset[str]
    channels: frozenset[str]
    categories: frozenset[str]
    campaigns: Mapping[str, int] = field(default_factory=dict)
    brought: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    polls: Mapping[str, Questions | None] = field(default_factory=dict)

    @property
    def defined(self) -> Defined:
        return Defined(self.campaigns, self.channels, self.categories, self.brought, self.groups, self.polls)


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Type of every field of the customer and of every metric; the facts. ``one_of``: all values that a field has."""

    fields: Mapping[str, Kind]
    metrics: Mapping[str, Kind]
    facts: Mapping[str, Fact]
    one_of: Mapping[str, Sequence[str | int]]


def check_segments(docs: Sequence[Document[SegmentsSpec]], names: Names) -> list[Problem]:
    """Every mistake in every segment: unknown names, types, cycles, a name given twice."""
    problems = [*_doubles(docs), *_cycles(docs)]
    for doc in docs:
        for name, spec in doc.spec.segments.items():
            problems += check_rule(doc, ("segments", name, "rule"), spec.rule, names)
    return problems


def check_rule(doc: Document[Any], path: Path, rule: Rule, names: Names) -> list[Problem]:
    """Every mistake in one rule; ``path`` is where the rule stands in the document."""
    fields = profile_fields(names.fields)
    kinds = _Kinds(
        {name: field.type for name, field in fields.items()},
        {name: metric.type for name, metric in catalog(names.metrics, names.fields).items()},
        facts_of(names.fields),
        {name: field.one_of for name, field in fields.items() if field.one_of},
    )
    return [
        doc.problem(place, mistake.message, mistake.remedy)
        for at, leaf in conditions(rule, path)
        for place, mistake in _mistakes(leaf, at, names, kinds)
    ]


def check_watched(doc: Document[Any], path: Path, row: Row, names: Names) -> list[Problem]:
    """Every mistake in a row that a campaign waits for; ``path`` is where the row stands in the document."""
    found = watched(row, watched_facts(names.fields), names.defined)
    return [doc.problem((*path, *place), mistake.message, mistake.remedy) for place, mistake in found]


def _doubles(docs: Sequence[Document[SegmentsSpec]]) -> Iterator[Problem]:
    first: dict[str, Document[SegmentsSpec]] = {}
    for doc in docs:
        for name in doc.spec.segments:
            if name in first:
                other = first[name].place(("segments", name))
                yield doc.problem(("segments", name), f"segment '{name}' is already defined at {other}", "Rename one.")
            first.setdefault(name, doc)


def _cycles(docs: Sequence[Document[SegmentsSpec]]) -> Iterator[Problem]:
    """One problem per cycle, at the reference that leaves its first segment."""
    edges: dict[str, list[str]] = {}
    places: dict[tuple[str, str], tuple[Document[SegmentsSpec], Path]] = {}
    for doc in docs:
        for name, spec in doc.spec.segments.items():
            for at, leaf in conditions(spec.rule, ("segments", name, "rule")):
                if isinstance(leaf, InSegmentRule):
                    edges.setdefault(name, []).append(leaf.in_segment)
                    places.setdefault((name, leaf.in_segment), (doc, (*at, "in_segment")))
    told: set[str] = set()
    for name in edges:
        way = None if name in told else cycle(edges, name)
        if way is not None:
            told.update(way)
            doc, at = places[way[0], way[1]]
            yield doc.problem(at, f"segments refer to each other in a circle: {' → '.join(way)}", "Break the circle.")


def _mistakes(leaf: Leaf, path: Path, names: Names, kinds: _Kinds) -> Iterator[Found]:  # noqa: C901, PLR0912 - one arm each
    match leaf:
        case AttributeRule():
            at = (*path, "attribute")
            yield from _comparison(leaf.attribute, leaf.attribute.field, kinds.fields, at, "field")
            yield from _below(not_among(leaf.attribute, kinds.one_of.get(leaf.attribute.field, ())), path, "attribute")
        case MetricRule():
            yield from _comparison(leaf.metric, leaf.metric.name, kinds.metrics, (*path, "metric"), "name")
            yield from _below(out_of_range(leaf.metric, range_of(leaf.metric.name, names.metrics)), path, "metric")
        case RfmRule():
            if leaf.rfm.cell is not None:
                yield from _unknown(leaf.rfm.cell, names.rfm.cells, "RFM cell", (*path, "rfm", "cell"))
        case BoughtRule():
            yield from _below(bought(leaf.bought, kinds.facts), path, "bought")
        case RowsRule():
            yield from _below(rows(leaf.condition, kinds.facts, names.defined), path, leaf.key)
        case ContactedRule():
            yield from _below(
                contacted(leaf.contacted, kinds.facts, names.channels, names.categories), path, "contacted"
            )
        case SubscribedRule():
            at = (*path, "subscribed")
            yield from _unknown(leaf.subscribed.channel, names.channels, "channel", (*at, "channel"))
            yield from _unknown(leaf.subscribed.category, names.categories, "message category", (*at, "category"))
        case ReachableRule():
            yield from _reachable(leaf, path, names)
        case ControlGroupRule():
            known = {"global", *names.campaigns}
            yield from _unknown(leaf.control_group, known, "control group", (*path, "control_group"))
        case DictionaryRule():
            yield from _below(dictionary(leaf.dictionary, kinds.fields), path, "dictionary")
        case InSegmentRule():
            yield from _unknown(leaf.in_segment, names.segments, "segment", (*path, "in_segment"))
        case SampleRule():
            yield from _sample(leaf.sample, (*path, "sample", "percent"))
        case TagRule():
            yield from _tag(leaf.tag, names.tags, (*path, "tag"))
        case SqlRule():
            yield from _sql(leaf, (*path, "sql"), names)
        case _:
            assert_never(leaf)


def _below(found: Iterator[Found], path: Path, key: str) -> Iterator[Found]:
    return (((*path, key, *at), mistake) for at, mistake in found)


def _reachable(leaf: ReachableRule, path: Path, names: Names) -> Iterator[Found]:
    at = (*path, "reachable")
    if mistake := unknown_channel(leaf.reachable.channel, names.defined):
        yield (*at, "channel"), mistake
    if leaf.reachable.category is not None:
        yield from _unknown(leaf.reachable.category, names.categories, "message category", (*at, "category"))


def _sql(leaf: SqlRule, path: Path, names: Names) -> Iterator[Found]:
    from smc.segment.fence_trial import sound

    try:
        sound(leaf.sql, names.fields, names.metrics, ANY_DAY)
    except Mistake as mistake:
        yield path, mistake


def _unknown(name: str, known: Collection[str], what: str, path: Path) -> Iterator[Found]:
    if name not in known:
        yield path, Mistake(f"there is no {what} '{name}'", nearest(name, known))


def _tag(tag: str, known: Collection[str], path: Path) -> Iterator[Found]:
    if tag not in known:
        remedy = f"{nearest(tag, known)} A tag that an import brings is declared in smc.yaml under 'tags'."
        yield path, Mistake(f"there is no tag '{tag}'", remedy)


def _comparison(comparison: Comparison, name: str, kinds: Mapping[str, Kind], path: Path, key: str) -> Iterator[Found]:
    what = "field of a customer" if key == "field" else "metric"
    if name not in kinds:
        yield from _unknown(name, kinds, what, (*path, key))
        return
    try:
        typed(kinds[name], comparison, ANY_DAY)
    except Mistake as mistake:
        at: Path = (*path, key_of_operator(comparison.operator))
        yield (at if mistake.part is None else (*at, mistake.part)), mistake


def _sample(condition: SampleCondition, path: Path) -> Iterator[Found]:
    if condition.percent == 0:
        yield path, Mistake("a sample of 0 percent has nobody in it", "Give a share from 0.01% to 100%.")
    elif condition.percent * 100 != (condition.percent * 100).to_integral_value():
        rounded = condition.percent.quantize(Decimal("0.01"))
        yield path, Mistake("a share has at most two decimals", f"Write {rounded}%.")
