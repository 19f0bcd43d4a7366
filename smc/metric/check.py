"""Meaning of ``metrics.yaml`` and ``rfm.yaml``: names, expressions, fields, cells. Light imports only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import assert_never

from smc.config.document import Document
from smc.config.expression import ExpressionError, inexact, names, parse
from smc.config.facts import facts_of
from smc.config.metrics import catalog, field_names, find_field, find_operand, given_as, takes
from smc.config.problem import Problem, nearest
from smc.config.specs.metric import AggregateMetric, ExpressionMetric, MetricSpec, MetricsSpec, PenetrationMetric
from smc.config.specs.project import FieldsSpec, RfmCell, RfmSpec
from smc.metric.check_test import mistakes_of
from smc.model.facts import Fact
from smc.model.metrics import BY_NAME, Metric
from smc.model.objects import CUSTOMER

_TAKEN = frozenset({"customer_key", *(field.name for field in CUSTOMER.fields)})
_NUMBERS = ("integer", "decimal")
_LARGEST = 2000
"""Metrics that an expression may name in all, those within the metrics that it names counted too."""
_DEEPEST = 20
"""Brackets within brackets that its SQL may have; more than twice as many cannot be read."""


def check_metrics(doc: Document[MetricsSpec], fields: FieldsSpec | None = None) -> list[Problem]:
    """Every mistake of meaning: taken names, fields and tests that do not fit, expressions, cycles.

    Without ``fields``, which could not be read, metrics over what may be a data mart are not looked at.
    """
    spec = doc.spec
    uses = {name: _uses(metric) for name, metric in spec.metrics.items()}
    known = fields or FieldsSpec()
    file = _File(doc, facts_of(known), catalog(spec, known), uses, marts_known=fields is not None)
    return sorted(problem for name, metric in spec.metrics.items() for problem in file.metric(name, metric))


def check_rfm(doc: Document[RfmSpec]) -> list[Problem]:
    """Cells that can never match, because they leave no score or because cells above them take all of theirs."""
    problems = []
    taken: dict[tuple[int, int, int], str] = {}
    for name, cell in doc.spec.cells.items():
        scores = _scores(cell)
        if all(score in taken for score in scores):
            problems.append(_never(doc, name, cell, [other for score, other in taken.items() if score in scores]))
        taken = dict.fromkeys(scores, name) | taken
    return sorted(problems)


def _never(doc: Document[RfmSpec], name: str, cell: RfmCell, others: list[str]) -> Problem:
    for measure in ("recency", "frequency", "monetary"):
        if not getattr(cell, measure):
            remedy = "Leave the key out to match every score."
            return doc.problem(("cells", name, measure), f"Cell '{name}' lists no score of {measure}.", remedy)
    above = ", ".join(f"'{other}'" for other in doc.spec.cells if other in others)
    remedy = f"Put it above {above}, or give it other scores."
    return doc.problem(("cells", name), f"Cell '{name}' can never match: what it wants goes to {above}.", remedy)


def _scores(cell: RfmCell) -> set[tuple[int, int, int]]:
    return set(product(cell.recency, cell.frequency, cell.monetary))


@dataclass(frozen=True, slots=True)
class _File:
    """What the metrics of one file are checked against."""

    doc: Document[MetricsSpec]
    facts: Mapping[str, Fact]
    known: Mapping[str, Metric]
    uses: Mapping[str, tuple[str, ...]]
    marts_known: bool

    def metric(self, name: str, spec: MetricSpec) -> Iterator[Problem]:
        if name in BY_NAME:
            remedy = f"It is: {BY_NAME[name].definition}. Choose another name."
            yield self.doc.problem(("metrics", name), f"'{name}' is a built-in metric.", remedy)
        elif name in _TAKEN:
            yield self.doc.problem(("metrics", name), f"'{name}' is a field of the customer.", "Choose another name.")
        match spec:
            case AggregateMetric():
                yield from self._aggregate(name, spec)
            case PenetrationMetric():
                pass
            case ExpressionMetric():
                yield from self._expression(name, spec)
            case _:
                assert_never(spec)

    def _aggregate(self, name: str, spec: AggregateMetric) -> Iterator[Problem]:
        path = ("metrics", name)
        fact = self.facts.get(spec.over)
        if fact is None:
            if self.marts_known:
                message = f"There is nothing named '{spec.over}' to compute over."
                yield self.doc.problem((*path, "over"), message, nearest(spec.over, self.facts))
            return
        if spec.window is not None and fact.day is None:
            message = f"{fact.title} have no time, so they cannot be cut by a window."
            yield self.doc.problem((*path, "window"), message, "Leave window out.")
        yield from self._field(name, spec)
        for key, given in spec.where.items():
            found = find_field(self.facts, spec.over, key)
            if found is None:
                yield self._no_field((*path, "where", key), spec.over, key)
            else:
                for mistake in mistakes_of(given_as(found.field, given), given):
                    yield self.doc.problem((*path, "where", key, *mistake.path), mistake.message, mistake.remedy)

    def _no_field(self, path: tuple[str, ...], over: str, key: str) -> Problem:
        if key == "amount" and over == "receipts":
            return self.doc.problem(path, "A receipt has no amount; its lines have.", "Write total, or over: lines.")
        return self.doc.problem(path, f"{over} have no field '{key}'.", nearest(key, field_names(self.facts, over)))

    def _field(self, name: str, spec: AggregateMetric) -> Iterator[Problem]:
        path = ("metrics", name, "field")
        if spec.aggregate == "count":
            if spec.field is not None:
                remedy = "Leave field out, or write aggregate: distinct."
                yield self.doc.problem(path, f"count counts {spec.over}, not a field.", remedy)
            return
        fact = self.facts[spec.over]
        fit = [
            one for one in field_names(self.facts, spec.over)
            if (found := find_field(self.facts, spec.over, one)) and found.fact is fact
            and takes(spec.aggregate, found.field.type)
        ]  # fmt: skip
        if spec.field is None:
            message = f"{spec.aggregate} needs a field of the {spec.over}."
            yield self.doc.problem(("metrics", name, "aggregate"), message, f"Add field, one of: {', '.join(fit)}.")
            return
        found = find_operand(self.facts, spec.over, spec.field, spec.aggregate)
        if found is None or found.fact is not fact or not takes(spec.aggregate, found.field.type):
            message = f"{spec.aggregate} over {spec.over} has no field '{spec.field}'."
            yield self.doc.problem(path, message, nearest(spec.field, fit))

    def _expression(self, name: str, spec: ExpressionMetric) -> Iterator[Problem]:
        path = ("metrics", name, "expression")
        try:
            parse(spec.expression)
        except ExpressionError as error:
            yield self.doc.problem(path, f"{str(error)[0].upper()}{str(error)[1:]}.", error.remedy)
            return
        for used in dict.fromkeys(self.uses[name]):
            if used not in self.known:
                yield self.doc.problem(path, f"There is no metric '{used}'.", nearest(used, self.known))
            elif self.known[used].type not in _NUMBERS:
                kind = self.known[used].type
                yield self.doc.problem(path, f"'{used}' is a {kind}, not a number.", "Use metrics that are numbers.")
        if cycle := _cycle(name, self.uses):
            remedy = "Write one of them without the others."
            yield self.doc.problem(path, f"The metric refers to itself: {' → '.join(cycle)}.", remedy)
        elif self._size(name, {}) > _LARGEST or _depth(self.known[name].read) > _DEEPEST:
            message = "The expression is too large or nested too deeply with all the expressions in it."
            yield self.doc.problem(path, message, "Name metrics that are stored, or fewer expressions.")

    def _size(self, name: str, done: dict[str, int]) -> int:
        """How many names there are when every expression stands in the place of its name, as SQL has it."""
        spec = self.doc.spec.metrics.get(name)
        if not isinstance(spec, ExpressionMetric) or name in BY_NAME:
            return 1
        if name not in done:
            times = 2 if inexact(parse(spec.expression)) else 1
            done[name] = times * (1 + sum(self._size(used, done) for used in self.uses[name]))
        return done[name]


def _depth(text: str) -> int:
    """How deeply brackets are nested in SQL text."""
    deepest = depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest


def _uses(spec: MetricSpec) -> tuple[str, ...]:
    """The metrics that a metric names; none when its expression cannot be read, which is told elsewhere."""
    if not isinstance(spec, ExpressionMetric):
        return ()
    try:
        return tuple(names(parse(spec.expression)))
    except ExpressionError:
        return ()


def _cycle(start: str, uses: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The shortest way from a metric back to itself; empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for used in uses.get(way[-1], ()):
            if used == start:
                return (*way, start)
            if used not in seen:
                seen.add(used)
                ways.append((*way, used))
    return ()
