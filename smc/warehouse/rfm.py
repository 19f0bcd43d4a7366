"""RFM scores as they are looked at: on which day, of whom, what each score means. For commands and reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from sqlglot import exp

from smc.warehouse.compose import sql
from smc.warehouse.connection import Warehouse
from smc.warehouse.engine import DuckDBEngine
from smc.warehouse.statements import statement

Measure = Literal["recency", "frequency", "monetary"]
MEASURES: tuple[Measure, ...] = ("recency", "frequency", "monetary")
PAIRS: Mapping[str, tuple[Measure, Measure]] = {
    "rf": ("recency", "frequency"),
    "rm": ("recency", "monetary"),
    "fm": ("frequency", "monetary"),
}
"""The measures of each matrix, rows before columns."""
SPENT = 365
"""Days of the revenue that is shown beside scores, whatever the period of RFM is."""

_STEP: Mapping[Measure, Decimal] = {"recency": Decimal(1), "frequency": Decimal(1), "monetary": Decimal("0.01")}


@dataclass(frozen=True, slots=True)
class Seen:
    """A computed day. ``present``: its scores stand in ``rfm``; ``replay``: they are not those of the history."""

    as_of: date
    present: bool
    replay: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Values that give a score, both ends in it; ``None`` is open: days, receipts or money."""

    low: Decimal | None
    high: Decimal | None


Bounds = Mapping[Measure, Mapping[int, Span | None]]
"""What each score of each measure means; ``None`` where equal values left a score to nobody."""


def newest(warehouse: Warehouse, as_of: date) -> Seen | None:
    """The last day up to ``as_of`` for which there are scores; ``None`` when there is none."""
    present: date | None = warehouse.value(
        "select as_of from watermark where name in ('rfm_scores', 'rfm') order by name = 'rfm_scores' desc limit 1"
    )
    history: date | None = warehouse.value("select max(as_of) from rfm_day where as_of <= $day", day=as_of)
    if present is not None and present <= as_of and (history is None or present >= history):
        return _present(warehouse, present)
    if history is None:
        return None
    return _present(warehouse, history) if present == history else Seen(history, present=False)


def present(warehouse: Warehouse) -> Seen | None:
    """The day whose scores stand in ``rfm``, whichever it is."""
    return newest(warehouse, date.max)


def see(warehouse: Warehouse, seen: Seen | None, segment: str | None = None) -> None:
    """Leave the temporary tables ``rfm_seen`` and ``rfm_seen_bound``, both empty when nothing was computed.

    ``rfm_seen`` has a row for each customer with scores: customer_key, recency, frequency, monetary, cell, and revenue
    and receipts of 365 days. With ``segment``, only those who were members on that day.
    """
    query = _scores(seen)
    if segment is not None and seen is not None:
        text = """select s.* from $scores as s where s.customer_key in (
            select m.customer_key from segment_member as m
            where m.segment = $segment and m.entered_on <= $day and (m.left_on is null or m.left_on > $day))"""
        query = sql(text, scores=query, segment=segment, day=seen.as_of)
    engine = DuckDBEngine(warehouse)
    engine.materialise("rfm_seen", query)
    text = "select as_of, measure, score, bound from rfm_boundary where as_of = $day and replay = $replay"
    day = seen.as_of if seen else date.min
    engine.materialise("rfm_seen_bound", sql(text, day=day, replay=seen.replay if seen else False))


def spans(warehouse: Warehouse, seen: Seen) -> Bounds:
    """What each score meant on the day. Where all values were equal, everybody has score 1, without bounds."""
    text = "select measure, score, bound from rfm_boundary where as_of = $day and replay = $replay"
    rows = warehouse.rows(text, day=seen.as_of, replay=seen.replay)
    steps = {
        measure: {score: bound.quantize(_STEP[measure]) for name, score, bound in rows if name == measure}
        for measure in MEASURES
    }
    return {
        measure: {score: _span(measure, score, bounds) for score in range(1, 6)} for measure, bounds in steps.items()
    }


def _span(measure: Measure, score: int, steps: Mapping[int, Decimal]) -> Span | None:
    """A score begins at its boundary and ends before the next higher one; without a boundary nobody gets it."""
    begin = steps.get(score)
    after = next((steps[higher] for higher in range(score + 1, 6) if higher in steps), None)
    if (begin is None and score > 1) or (begin is not None and begin == after):
        return None
    step = _STEP[measure]
    if measure == "recency":
        return Span(Decimal(0) if after is None else after + step, begin)
    return Span(begin, None if after is None else after - step)


def _present(warehouse: Warehouse, as_of: date) -> Seen:
    last: date | None = warehouse.value("select max(as_of) from rfm_day")
    return Seen(as_of, present=True, replay=last is not None and as_of < last)


def _scores(seen: Seen | None) -> exp.Expr:
    if seen is None:
        return sql("select * from $every as e where false", every=sql(statement("smc.warehouse", "rfm_seen")))
    if seen.present:
        return sql(statement("smc.warehouse", "rfm_seen"))
    since = seen.as_of - timedelta(days=SPENT)
    return sql(statement("smc.warehouse", "rfm_seen_then"), day=seen.as_of, since=since)
