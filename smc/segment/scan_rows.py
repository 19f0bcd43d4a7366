"""Scans of facts: every condition on rows of one fact is computed in one pass over its table.

Each row is held against every set of tests once; what it counts for is a small number: 0 not at all, 1 in sums, 2 as a
thing that is counted too. Then one aggregate per figure and customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlglot import exp

from smc.config.values import Kind
from smc.model.facts import Fact
from smc.segment.atoms import Bounds, FieldTest, FigureKind, Measure, Rows
from smc.segment.bits import flag_words, named, since_any, within
from smc.segment.operators import field_test, joined, needs_of, read_field
from smc.warehouse import all_of, any_of, sql
from smc.warehouse.compare import number


@dataclass(frozen=True, slots=True)
class _Slice:
    """Rows that several conditions ask for alike."""

    tests: tuple[FieldTest, ...]
    since: date | None
    until: date | None
    undated: bool
    decided: bool


_Value = tuple[str, Kind]
"""A field as it is read for a figure."""

_Column = tuple[int, FigureKind, _Value | None]
"""A figure: of which slice, what, and of which field."""

_TEXTS: dict[FigureKind, str] = {
    "count": "sum(case when $c = 2 then 1 else 0 end)",
    "sum": "coalesce(sum(case when $c >= 1 then $v end), 0)",
    "min": "min(case when $c = 2 then $v end)",
    "max": "max(case when $c = 2 then $v end)",
    "avg": "sum(case when $c = 2 and $v is not null then 1 else 0 end)",
    "distinct": "count(distinct case when $c = 2 then $v end)",
}
"""An average is held as a sum and a number, so that nothing is rounded."""


def rows_scan(atoms: Sequence[Rows], fact: Fact) -> exp.Expr:
    """Bits of the customers who have a row of the fact that counts for any of the atoms."""
    slices = tuple(dict.fromkeys(_slice(atom) for atom in atoms))
    columns = tuple(dict.fromkeys(column for atom in atoms for column in _columns(atom, slices)))
    values = tuple(dict.fromkeys(value for _, _, value in columns if value is not None))
    counts = [exp.column(f"c{index}") for index in range(len(slices))]
    figures = [_figure(column, index, values) for index, column in enumerate(columns)]
    figure = exp.select("customer_key", *figures).from_(_picked(fact, slices, values).subquery("picked"))
    figure = figure.where(any_of([sql("$c > 0", c=count) for count in counts])).group_by("customer_key")
    flags = [all_of([_reached(measure, _slice(atom), slices, columns) for measure in atom.measures]) for atom in atoms]
    return exp.select("customer_key").select(*flag_words(flags), copy=False).from_("figure").with_("figure", as_=figure)


def without_rows(atom: Rows) -> bool:
    """Whether a customer without any row that counts meets the bounds."""
    return all(
        measure.figure not in ("min", "max", "avg") and _includes(measure.bounds, Decimal(0))
        for measure in atom.measures
    )


def _includes(bounds: Bounds, value: Decimal) -> bool:
    return (bounds.low is None or bounds.low <= value) and (bounds.high is None or value <= bounds.high)


def _slice(atom: Rows) -> _Slice:
    return _Slice(atom.tests, atom.since, atom.until, atom.undated, atom.decided)


def _columns(atom: Rows, slices: Sequence[_Slice]) -> list[_Column]:
    at = slices.index(_slice(atom))
    found: list[_Column] = []
    for measure in atom.measures:
        value = None if measure.field is None else (measure.field, measure.kind)
        found.append((at, measure.figure, value))
        if measure.figure == "avg":
            found.append((at, "sum", value))
    return found


def _picked(fact: Fact, slices: Sequence[_Slice], values: Sequence[_Value]) -> exp.Select:
    """Rows of days that count, with what each counts for, and the values that figures need."""
    tests = [test for one in slices for test in one.tests]
    needs = {*needs_of(fact, [*(test.field for test in tests), *(name for name, _ in values)])}
    if not all(one.decided for one in slices):
        needs |= {*fact.once_needs}
    query = exp.select("t.customer_key")
    query = query.select(*(named(_counted(fact, one), f"c{at}") for at, one in enumerate(slices)), copy=False)
    query = query.select(*(named(read_field(fact, *value), f"v{at}") for at, value in enumerate(values)), copy=False)
    source = sql(f"select 1 as x from {fact.table} as t {joined(fact, needs, tests)}")
    for part in ("from_", "joins"):
        query.set(part, source.args.get(part))
    return query.where(sql("t.customer_key is not null"), *_day_bounds(fact, slices))


def _day_bounds(fact: Fact, slices: Sequence[_Slice]) -> list[exp.Expr]:
    """What prunes: no slice sees a day before the first or after the last of all."""
    if fact.day is None:
        return []
    first = since_any(fact.day, [one.since for one in slices])
    last = max(one.until for one in slices if one.until is not None)
    undated = any(one.undated for one in slices)
    upto = f"({fact.day} <= $v or {fact.day} is null)" if undated else f"{fact.day} <= $v"
    return [first, sql(upto, v=last)]


def _counted(fact: Fact, one: _Slice) -> exp.Expr:
    """2: a thing that is counted, 1: only in sums, 0: not asked for."""
    inside = all_of([*_days(fact, one), *(field_test(test, fact) for test in one.tests)])
    if one.decided or fact.counts == fact.counted_once:
        counts = exp.true() if one.decided else sql(fact.counts)
        return sql("case when $inside and $counts then 2 else 0 end", inside=inside, counts=counts)
    text = "case when not ($inside and $counts) then 0 when $once then 2 else 1 end"
    return sql(text, inside=inside, counts=sql(fact.counts), once=sql(fact.counted_once))


def _days(fact: Fact, one: _Slice) -> list[exp.Expr]:
    if fact.day is None:
        return []
    low = [] if one.since is None else [sql(f"coalesce({fact.day} >= $v, false)", v=one.since)]
    return [*low, sql(f"coalesce({fact.day} <= $v, $undated)", v=one.until, undated=one.undated)]


def _figure(column: _Column, index: int, values: Sequence[_Value]) -> exp.Expr:
    at, figure, value = column
    holes: dict[str, exp.Expr] = {"c": exp.column(f"c{at}")}
    if value is not None:
        holes["v"] = exp.column(f"v{values.index(value)}")
    return named(sql(_TEXTS[figure], **holes), f"f{index}")


def _reached(measure: Measure, one: _Slice, slices: Sequence[_Slice], columns: Sequence[_Column]) -> exp.Expr:
    """Whether the figure is within its bounds, never null."""
    at = slices.index(one)
    value = None if measure.field is None else (measure.field, measure.kind)
    found = exp.column(f"f{columns.index((at, measure.figure, value))}")
    if measure.figure in ("min", "max"):
        return sql("coalesce($held, false)", held=all_of(within(found, measure.bounds)))
    if measure.figure != "avg":
        return all_of(within(found, measure.bounds))
    total = exp.column(f"f{columns.index((at, 'sum', value))}")
    held = [sql("$n > 0", n=found)]
    if measure.bounds.low is not None:
        held.append(sql("$sum >= $v * $n", sum=total, v=number(measure.bounds.low), n=found))
    if measure.bounds.high is not None:
        held.append(sql("$sum <= $v * $n", sum=total, v=number(measure.bounds.high), n=found))
    return all_of(held)
