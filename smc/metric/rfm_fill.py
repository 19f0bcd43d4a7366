"""Ends of months that the history of RFM does not have, computed from the receipts as they are now.

They lie before its first day, or in a gap between two of its days. The scores of every day that is known stay as they
are; only what became different on the next known day is written anew, as if the ends had been computed in their time.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from sqlglot import exp

from smc.config.specs.project import RfmSpec
from smc.errors import UsageError
from smc.metric import rfm as scores
from smc.metric.window import first_of_month, since
from smc.warehouse import DuckDBEngine, Warehouse, sql, statement

_BEFORE, _AFTER = "metric_rfm_before", "metric_rfm_after"
_NOBODY = """select cast(null as bigint) as customer_key, cast(null as integer) as recency,
    cast(null as integer) as frequency, cast(null as integer) as monetary, cast(null as varchar) as cell where false"""


@dataclass(frozen=True, slots=True)
class FillResult:
    """Ends of months that were put into the history, and the rows of changes they gave."""

    months: int
    changes: int


@dataclass(frozen=True, slots=True)
class _Gap:
    """Ends of months between two neighbours of the history; ``before`` None: there is no earlier day."""

    before: date | None
    days: tuple[date, ...]
    after: date


def fill(warehouse: Warehouse, rfm: RfmSpec, *, begin: date) -> FillResult:
    """Put the ends of the months from that of ``begin`` on into the history, up to its last day, in one transaction.

    Months before the first paid receipt of a customer are left out, for nobody has scores in them. Scores of filled
    days are those of ``rfm`` and of the receipts up to each day, late ones too. Scores of the present, and of days that
    are part of the history, stay as they are; a second run finds nothing to do. Changes of filled days count as no
    events of customers (``redefined``). Raises ``UsageError`` when no scores have been computed yet.
    """
    known = [row[0] for row in warehouse.rows("select as_of from rfm_day order by as_of")]
    if not known:
        raise UsageError("no RFM scores have been computed", remedy="Run 'smc compute' first.")
    paid = "select min(day) from receipt where customer_key is not null and status = 'paid'"
    first = warehouse.value(paid)
    gaps = list(_gaps(known, _ends(max(begin, first), known[-1]))) if first else []
    if not gaps:
        return FillResult(0, 0)
    with warehouse.transaction():
        changes = sum(_fill_gap(warehouse, rfm, gap) for gap in gaps)
        for table in ("metric_rfm", "metric_rfm_log", _AFTER, _BEFORE):
            warehouse.run(f"drop table if exists {table}")
    return FillResult(sum(len(gap.days) for gap in gaps), changes)


def _ends(begin: date, last: date) -> Iterator[date]:
    """Last days of months, up to but without the last day of the history."""
    month = first_of_month(begin)
    while (following := first_of_month(month + timedelta(days=31))) <= last:
        yield following - timedelta(days=1)
        month = following


def _gaps(known: Sequence[date], ends: Iterable[date]) -> Iterator[_Gap]:
    """The ends that are not known, by the known days between which they lie; ``known`` is in order."""
    missing = sorted(set(ends) - set(known))
    for place, days in groupby(missing, key=lambda day: bisect(known, day)):
        yield _Gap(known[place - 1] if place else None, tuple(days), known[place])


def _fill_gap(warehouse: Warehouse, rfm: RfmSpec, gap: _Gap) -> int:
    """The rows of changes on the days of the gap; those of the day after it are written anew."""
    engine = DuckDBEngine(warehouse)
    engine.materialise(_AFTER, _state(gap.after))
    engine.materialise(_BEFORE, _state(gap.before) if gap.before else sql(_NOBODY))
    changes = sum(_fill_day(warehouse, rfm, day) for day in gap.days)
    changed = _write(warehouse, sql(f"select * from {_AFTER}"), exp.column("cell", table="n"), gap.after)
    warehouse.run(
        "update rfm_day set changed = $changed, redefined = redefined or definition <> $filled where as_of = $day",
        changed=changed, filled=scores.meaning(rfm), day=gap.after,
    )  # fmt: skip
    return changes


def _state(day: date) -> exp.Expr:
    """Scores as they were on a day of the history."""
    return sql(statement("smc.warehouse", "rfm_state"), day=day)


def _fill_day(warehouse: Warehouse, rfm: RfmSpec, day: date) -> int:
    engine = DuckDBEngine(warehouse)
    values = sql(statement("smc.metric", "rfm_scanned"), as_of=day, since=since(day, rfm.period))
    engine.materialise("metric_rfm", values)
    scores.bound(warehouse, day, replay=False)
    scored, cell = scores.scored(warehouse, day, replay=False), scores.cell_of(rfm)
    changed = _write(warehouse, scored, cell, day)
    engine.materialise(_BEFORE, sql("select n.*, $cell as cell from $scored as n", cell=cell, scored=scored))
    warehouse.run(
        "insert into rfm_day select $day, $period, count(*), $changed, $definition, true from metric_rfm_before",
        day=day, period=rfm.period, changed=changed, definition=scores.meaning(rfm),
    )  # fmt: skip
    return changed


def _write(warehouse: Warehouse, state: exp.Expr, cell: exp.Expr, day: date) -> int:
    """Write what is other in ``state`` than on the day before; the number of rows."""
    DuckDBEngine(warehouse).materialise("metric_rfm_log", scores.moved(state, cell, _BEFORE))
    warehouse.run("delete from rfm_change where as_of = $day", day=day)
    return warehouse.run(statement("smc.metric", "rfm_log"), as_of=day)
