"""RFM for people: matrices, cells, their history, who went where, and why one customer has his scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from smc.config.problem import nearest
from smc.config.specs.project import RfmSpec
from smc.errors import UsageError
from smc.warehouse import Warehouse, statement
from smc.warehouse.rfm import MEASURES, PAIRS, Bounds, Measure, Seen, Span, newest, see, spans

Kind = Literal["rf", "rm", "fm"]
Row = dict[str, Any]
_COMPUTE = "Run 'smc compute' or 'smc run nightly' first."


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """Customers with two scores. ``share`` and ``revenue_share``: of those the matrix is about; revenue of 365 days."""

    first: int
    second: int
    customers: int
    share: float | None
    revenue_365d: Decimal
    revenue_share: float | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """25 cells, the best first score first. ``bounds`` says what each score means."""

    as_of: date
    measures: tuple[Measure, Measure]
    cells: tuple[MatrixCell, ...]
    bounds: Bounds

    def span(self, measure: Measure, score: int) -> Span | None:
        return self.bounds.get(measure, {}).get(score)


@dataclass(frozen=True, slots=True)
class Part:
    """One measure of a customer: days, receipts or money, the score it gives, and the values that give this score."""

    measure: Measure
    value: Decimal | None
    score: int | None
    span: Span | None


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a customer has his scores. ``changed``: today's data give other scores than those that were computed then."""

    customer_id: str
    as_of: date
    period: int
    last_receipt: date | None
    parts: tuple[Part, ...]
    cell: str | None
    changed: bool
    stays: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """Customers by cell before and after, of the last computed days of two months."""

    from_day: date
    to_day: date
    rows: tuple[Row, ...]


def day_of(warehouse: Warehouse, as_of: date | None) -> Seen:
    """The computed day that is meant; ``UsageError`` when there is none up to ``as_of``."""
    found = newest(warehouse, as_of or date.max)
    if found is None:
        when = f" up to {as_of}" if as_of else ""
        raise UsageError(f"no RFM scores have been computed{when}", remedy=_COMPUTE)
    return found


def matrix(warehouse: Warehouse, kind: Kind, *, as_of: date | None = None, segment: str | None = None) -> Matrix:
    """The matrix of two measures on the last computed day up to ``as_of``: of all with scores, or of a segment.

    Raises ``UsageError`` when nothing was computed by then, or the segment was not yet.
    """
    seen = _seen(warehouse, as_of, segment)
    rows = {
        (row["first"], row["second"]): row
        for row in warehouse.records(statement("smc.warehouse", "rfm_matrix"))
        if row["matrix"] == kind
    }
    total = sum(row["customers"] for row in rows.values())
    nobody: Row = {"customers": 0, "share": 0.0 if total else None, "revenue_365d": Decimal(0)}
    nobody["revenue_share"] = nobody["share"]
    cells = (
        MatrixCell(first, second, *(rows.get((first, second), nobody)[name] for name in nobody))
        for first in range(5, 0, -1)
        for second in range(1, 6)
    )
    return Matrix(seen.as_of, PAIRS[kind], tuple(cells), spans(warehouse, seen))


def cells(
    warehouse: Warehouse, rfm: RfmSpec, *, as_of: date | None = None, segment: str | None = None
) -> tuple[date, tuple[Row, ...]]:
    """The day, and size, shares and average receipt of each cell of ``rfm.yaml`` in its order; then of others.

    ``cell`` is None for scores that no cell names.
    """
    seen = _seen(warehouse, as_of, segment)
    rows = {row["cell"]: row for row in warehouse.records(statement("smc.warehouse", "rfm_cells"))}
    zero = 0.0 if rows else None
    nobody: Row = {
        "customers": 0, "share": zero, "revenue_365d": Decimal(0), "revenue_share": zero, "average_receipt": None,
    }  # fmt: skip
    names = [*rfm.cells, *(cell for cell in rows if cell not in rfm.cells)]
    return seen.as_of, tuple({**nobody, **rows.get(cell, {}), "cell": cell} for cell in names)


def history(warehouse: Warehouse, *, as_of: date | None = None) -> tuple[Row, ...]:
    """Rows of month, as_of (its last computed day), cell, customers and share; the newest month first."""
    rows = warehouse.records(statement("smc.warehouse", "rfm_history"), as_of=as_of or date.max)
    if not rows:
        day_of(warehouse, as_of)
    return tuple(rows)


def months(warehouse: Warehouse, as_of: date | None = None) -> dict[date, date]:
    """The last computed day of each month of the history, by the first day of the month, in order."""
    return dict(warehouse.rows(statement("smc.warehouse", "rfm_months"), as_of=as_of or date.max))


def migration(warehouse: Warehouse, *, begin: date | None = None, end: date | None = None) -> Migration:
    """Who was in which cell at the end of month ``begin`` and of ``end``; by default of the last two months.

    Rows are from_cell, to_cell, customers, share (of those who were in from_cell), where ``(new)`` had no scores,
    ``(gone)`` has none any more and ``(none)`` has scores that no cell names. Raises ``UsageError`` for a month without
    a computed day, and when ``begin`` does not come before ``end``.
    """
    known = months(warehouse)
    if end is None:
        end = max(known, default=None)
    if begin is None and end is not None:
        begin = max((month for month in known if month < end), default=None)
    if begin is None or end is None:
        raise UsageError(
            "a migration needs two months with computed scores",
            remedy="Compute the end of an earlier month with 'smc rfm fill', or wait for the next month.",
        )
    from_day, to_day = _month_end(known, begin), _month_end(known, end)
    if from_day >= to_day:
        raise UsageError(f"{begin:%Y-%m} does not come before {end:%Y-%m}", remedy="Give the earlier month as --from.")
    rows = warehouse.records(statement("smc.warehouse", "rfm_migration"), from_day=from_day, to_day=to_day)
    return Migration(from_day, to_day, tuple(rows))


def explain(warehouse: Warehouse, customer_id: str, rfm: RfmSpec, *, as_of: date | None = None) -> Explained:
    """Values, boundaries, scores and cell of one customer on the last computed day up to ``as_of``, and his stays.

    The values are those of the data as they are now. Raises ``UsageError`` for an id never seen.
    """
    key = warehouse.value("select customer_key from customer_ident where customer_id = $id", id=customer_id)
    if key is None:
        raise UsageError(f"no customer has the id '{customer_id}'", remedy="Ids are text: 00123 is not 123.")
    seen = day_of(warehouse, as_of)
    period = warehouse.value("select period from rfm_day where as_of = $day", day=seen.as_of)
    if period is None or seen.replay:
        period = rfm.period
    values = _values(warehouse, key, seen.as_of, period)
    scored = _scored(warehouse, key, seen)
    bounds = spans(warehouse, seen)
    parts = tuple(_part(measure, values, scored, bounds) for measure in MEASURES)
    stays = warehouse.records(statement("smc.warehouse", "rfm_stays"), key=key, day=seen.as_of)
    cell = scored["cell"] if scored else None
    changed = any(not _fits(part) for part in parts)
    return Explained(customer_id, seen.as_of, period, values.get("last_receipt"), parts, cell, changed, tuple(stays))


def _seen(warehouse: Warehouse, as_of: date | None, segment: str | None) -> Seen:
    seen = day_of(warehouse, as_of)
    if segment is not None:
        _require_members(warehouse, segment, seen.as_of)
    see(warehouse, seen, segment)
    return seen


def _require_members(warehouse: Warehouse, segment: str, as_of: date) -> None:
    """Members must be known for the day: nobody is a wrong answer for a segment that nobody had asked for yet."""
    computed = [row[0] for row in warehouse.rows("select substr(name, 9) from watermark where name like 'segment:%'")]
    if segment not in computed:
        raise UsageError(f"segment '{segment}' has not been computed", remedy=nearest(segment, computed))
    first = warehouse.value("select min(entered_on) from segment_member where segment = $s", s=segment)
    if first is not None and first > as_of:
        raise UsageError(
            f"the members of segment '{segment}' are known from {first} on, not on {as_of}",
            remedy=f"Use --as-of {first} or a later day.",
        )


def _month_end(known: Mapping[date, date], month: date) -> date:
    if month not in known:
        there = ", ".join(f"{one:%Y-%m}" for one in known)
        raise UsageError(f"no RFM scores were computed in {month:%Y-%m}", remedy=f"There are: {there or 'none'}.")
    return known[month]


def _values(warehouse: Warehouse, key: int, as_of: date, period: int) -> Row:
    since = as_of - timedelta(days=period)
    rows = warehouse.records(statement("smc.warehouse", "rfm_one"), key=key, day=as_of, since=since)
    return rows[0] if rows else {}


def _scored(warehouse: Warehouse, key: int, seen: Seen) -> Row:
    """Scores and cell as they were stored; empty without scores."""
    if seen.present:
        rows = warehouse.records("select * from rfm where customer_key = $key", key=key)
    else:
        rows = warehouse.records(statement("smc.warehouse", "rfm_stays"), key=key, day=seen.as_of)[:1]
    return rows[0] if rows and rows[0]["recency"] is not None else {}


def _part(measure: Measure, values: Row, scored: Row, bounds: Bounds) -> Part:
    score = scored.get(measure)
    value = values.get(measure)
    span = bounds.get(measure, {}).get(score) if score else None
    return Part(measure, None if value is None else Decimal(value), score, span)


def _fits(part: Part) -> bool:
    if part.value is None or part.span is None:
        return part.value is None and part.score is None
    low, high = part.span.low, part.span.high
    return (low is None or part.value >= low) and (high is None or part.value <= high)
