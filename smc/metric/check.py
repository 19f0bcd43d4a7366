"""Meaning of ``metrics.yaml`` and ``rfm.yaml``: names, expressions, fields, cells. Light imports only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import assert_never

from smc.config.document import Document
from smc.config.expression import ExpressionError, names, parse
from smc.config.metrics import KINDS, NUMBERS, catalog
from smc.config.problem import Problem, nearest
from smc.config.specs.project import (
    AggregateMetric,
    ExpressionMetric,
    MetricSpec,
    MetricsSpec,
    PenetrationMetric,
    RfmCell,
    RfmSpec,
)
from smc.model.metrics import BY_NAME
from smc.model.objects import CUSTOMER

_TAKEN = frozenset({"customer_key", *(field.name for field in CUSTOMER.fields)})
_NUMBERS = ("integer", "decimal")


def check_metrics(doc: Document[MetricsSpec]) -> list[Problem]:
    """Every mistake of meaning: taken names, fields that do not fit, expressions, cycles."""
    uses = {name: _uses(spec) for name, spec in doc.spec.metrics.items()}
    found = (problem for name, spec in doc.spec.metrics.items() for problem in _metric(doc, name, spec, uses))
    return sorted(found)


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


def _metric(
    doc: Document[MetricsSpec], name: str, spec: MetricSpec, uses: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    if name in BY_NAME:
        remedy = f"It is: {BY_NAME[name].definition}. Choose another name."
        yield doc.problem(("metrics", name), f"'{name}' is a built-in metric.", remedy)
    elif name in _TAKEN:
        yield doc.problem(("metrics", name), f"'{name}' is a field of the customer.", "Choose another name.")
    match spec:
        case AggregateMetric():
            yield from _aggregate(doc, name, spec)
        case PenetrationMetric():
            pass
        case ExpressionMetric():
            yield from _expression(doc, name, spec, uses)
        case _:
            assert_never(spec)


def _aggregate(doc: Document[MetricsSpec], name: str, spec: AggregateMetric) -> Iterator[Problem]:
    if spec.where is not None and spec.where.amount is not None and spec.over == "receipts":
        message = "A receipt has no amount; its lines have."
        yield doc.problem(("metrics", name, "where", "amount"), message, "Write total, or over: lines.")
    if spec.aggregate == "count":
        if spec.field is not None:
            remedy = "Leave field out, or write aggregate: distinct."
            yield doc.problem(("metrics", name, "field"), f"count counts {spec.over}, not a field.", remedy)
        return
    fields = (KINDS if spec.aggregate == "distinct" else NUMBERS)[spec.over]
    if spec.field is None:
        message = f"{spec.aggregate} needs a field of the {spec.over}."
        yield doc.problem(("metrics", name, "aggregate"), message, f"Add field, one of: {', '.join(fields)}.")
    elif spec.field not in fields:
        message = f"{spec.aggregate} over {spec.over} has no field '{spec.field}'."
        yield doc.problem(("metrics", name, "field"), message, nearest(spec.field, fields))


def _expression(
    doc: Document[MetricsSpec], name: str, spec: ExpressionMetric, uses: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    path = ("metrics", name, "expression")
    try:
        parse(spec.expression)
    except ExpressionError as error:
        yield doc.problem(path, f"{str(error)[0].upper()}{str(error)[1:]}.", error.remedy)
        return
    known = catalog(doc.spec)
    for used in dict.fromkeys(uses[name]):
        if used not in known:
            yield doc.problem(path, f"There is no metric '{used}'.", nearest(used, known))
        elif known[used].type not in _NUMBERS:
            kind = known[used].type
            yield doc.problem(path, f"'{used}' is a {kind}, not a number.", "Use metrics that are numbers.")
    if cycle := _cycle(name, uses):
        remedy = "Write one of them without the others."
        yield doc.problem(path, f"The metric refers to itself: {' → '.join(cycle)}.", remedy)


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
