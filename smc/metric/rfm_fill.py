"""The history of RFM before its first day: the ends of earlier months, computed from the receipts as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from smc.config.specs.project import RfmSpec
from smc.errors import UsageError
from smc.metric import rfm as scores
from smc.metric.window import first_of_month, since
from smc.warehouse import DuckDBEngine, Warehouse, sql, statement

_BEFORE = "metric_rfm_before"
_NOBODY = """select cast(null as bigint) as customer_key, cast(null as integer) as recency,
    cast(null as integer) as frequency, cast(null as integer) as monetary, cast(null as varchar) as cell where false"""


@dataclass(frozen=True, slots=True)
class FillResult:
    """Ends of months that were put before the history, and the rows of changes they gave."""

    months: int
    changes: int


def fill(warehouse: Warehouse, rfm: RfmSpec, *, begin: date) -> FillResult:
    """Put the ends of the months from that of ``begin`` on before the first day of the history, in one transaction.

    Scores are those of ``rfm`` and of the receipts up to each day, late ones too. Scores of the present, and days that
    are part of the history, stay as they are; a second run finds nothing to do. Changes of such days count as no
    events of customers (``redefined``). Raises ``UsageError`` when no scores have been computed yet.
    """
    first = warehouse.value("select min(as_of) from rfm_day")
    if first is None:
        raise UsageError("no RFM scores have been computed", remedy="Run 'smc compute' first.")
    days = _ends(begin, first)
    if not days:
        return FillResult(0, 0)
    engine = DuckDBEngine(warehouse)
    with warehouse.transaction():
        engine.materialise("metric_rfm_first", sql(statement("smc.warehouse", "rfm_state"), day=first))
        engine.materialise(_BEFORE, sql(_NOBODY))
        changes = sum(_fill_day(warehouse, rfm, day) for day in days)
        changed = _write(warehouse, sql("select * from metric_rfm_first"), exp.column("cell", table="n"), first)
        warehouse.run("update rfm_day set changed = $changed where as_of = $day", changed=changed, day=first)
        for table in ("metric_rfm", "metric_rfm_log", "metric_rfm_first", _BEFORE):
            warehouse.run(f"drop table if exists {table}")
    return FillResult(len(days), changes)


def _ends(begin: date, first: date) -> list[date]:
    """Last days of months, up to but without the first day of the history."""
    month, found = first_of_month(begin), []
    while (following := first_of_month(month + timedelta(days=31))) <= first:
        found.append(following - timedelta(days=1))
        month = following
    return [day for day in found if day < first]


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
    warehouse.run(statement("smc.metric", "rfm_log_forget"), as_of=day)
    return warehouse.run(statement("smc.metric", "rfm_log"), as_of=day)
