"""What rules are evaluated against when nothing is to be stored, and the parts of a rule as columns of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from smc.config.specs.project import CategorySettings, FieldsSpec, MetricsSpec
from smc.config.specs.rule import AllRule, AnyRule, InSegmentRule, NotRule, Rule, SegmentSpec
from smc.segment.atoms import Every, MemberOf, Node, Opposite, Some
from smc.segment.evaluate import Evaluation, evaluation
from smc.segment.ready import require_figures
from smc.segment.resolve import Resolved, node_of, resolve
from smc.segment.vocabulary import Defined
from smc.segment.walk import conditions
from smc.segment.words import words_of
from smc.warehouse import Warehouse, statement

THE_RULE = "the rule"


@dataclass(frozen=True, slots=True)
class Part:
    """A node of a rule as it is written: ``all``, ``any``, ``not`` or a condition.

    ``key`` is its output in ``Outline.trees``. ``upto``: of a part of an ``all``, the output that is true when this
    part and every one before it hold. ``node`` is what a condition became.
    """

    key: str
    words: str
    node: Node | None = None
    upto: str | None = None
    parts: tuple[Part, ...] = ()

    def every(self) -> Iterator[Part]:
        """The part itself and all below it, from top to bottom."""
        yield self
        for part in self.parts:
            yield from part.every()


@dataclass(frozen=True, slots=True)
class Ground:
    """Specs, data and day. ``as_of`` must be the day of the figures when a rule reads metrics or RFM. ``defined``: as
    ``smc.segment.resolve`` takes it."""

    warehouse: Warehouse
    segments: Mapping[str, SegmentSpec]
    fields: FieldsSpec
    metrics: MetricsSpec
    as_of: date
    categories: Mapping[str, CategorySettings] = field(default_factory=dict)
    defined: Defined | None = None

    @property
    def past(self) -> bool:
        """Whether a later day has been computed already."""
        last = self.warehouse.value(statement("smc.segment", "watermark"), name="segment")
        return isinstance(last, date) and self.as_of < last

    def rule_of(self, asked: Rule | str) -> Rule:
        """A rule, or that of a segment by its name."""
        return self.segments[asked].rule if isinstance(asked, str) else asked

    def resolved(self, asked: Rule | str) -> Resolved:
        """One rule, ``THE_RULE``, and the segments it needs, and nothing else."""
        rule = InSegmentRule(in_segment=asked) if isinstance(asked, str) else asked
        return resolve(
            self.warehouse, segments=_needed(rule, self.segments), rules={THE_RULE: rule},
            fields=self.fields, metrics=self.metrics, as_of=self.as_of, categories=self.categories,
            defined=self.defined, words={THE_RULE: THE_RULE}, past=self.past,
        )  # fmt: skip

    def evaluation(self, resolved: Resolved) -> Evaluation:
        """How the trees are evaluated. Raises ``RunError`` when the figures they read are not of ``as_of``."""
        found = evaluation(resolved)
        require_figures(self.warehouse, found, self.as_of)
        return found


class Outline:
    """Rules taken apart: each part becomes a tree of its own, and reads those of the parts below it."""

    def __init__(self, resolved: Resolved) -> None:
        self._resolved = resolved
        self.trees: dict[str, Node] = {}

    def whole(self) -> Resolved:
        """The segments that are needed and every part, to be evaluated at once."""
        return replace(self._resolved, segments={**self._resolved.segments, **self.trees}, rules={})

    def part(self, rule: Rule) -> Part:
        """The rule with all below it. A part asks for columns of its parts, so nothing is computed twice."""
        below = tuple(self.part(one) for one in parts_of(rule))
        keys = tuple(MemberOf(one.key) for one in below)
        match rule:
            case AllRule():
                steps = (self._add(Every(keys[: size + 1])) if size else below[0].key for size in range(len(keys)))
                below = tuple(replace(one, upto=step) for one, step in zip(below, steps, strict=True))
                return Part(self._add(Every(keys)), "all", parts=below)
            case AnyRule():
                return Part(self._add(Some(keys)), "any", parts=below)
            case NotRule():
                return Part(self._add(Opposite(keys[0])), "not", parts=below)
            case _:
                node = node_of(rule, self._resolved.scope)
                return Part(self._add(node), words_of(rule), node)

    def _add(self, node: Node) -> str:
        key = f"part {len(self.trees)}"
        self.trees[key] = node
        return key


def parts_of(rule: Rule) -> tuple[Rule, ...]:
    """The rules that are nested in one; none in a condition."""
    match rule:
        case AllRule():
            return rule.all
        case AnyRule():
            return rule.any
        case NotRule():
            return (rule.not_,)
        case _:
            return ()


def _needed(rule: Rule, segments: Mapping[str, SegmentSpec]) -> dict[str, SegmentSpec]:
    needed: dict[str, SegmentSpec] = {}
    waiting = [rule]
    while waiting:
        for _, leaf in conditions(waiting.pop()):
            if isinstance(leaf, InSegmentRule) and leaf.in_segment in segments and leaf.in_segment not in needed:
                needed[leaf.in_segment] = segments[leaf.in_segment]
                waiting.append(segments[leaf.in_segment].rule)
    return needed
