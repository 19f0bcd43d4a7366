"""A full computation of metrics and RFM against one hand-written statement for the same figures (without RFM).

The statement by hand may use 70 % of the machine's memory whatever smc is given: under a limit of 4 GB it ends with an
error at ten million customers, and there it writes more than 40 GB of temporary files even so. From some millions on it
is run for a tenth of the customers, over tables that hold these alone, and counts ten times. The peak is that of smc,
which is measured before anything is done by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.timing import Took, best, peak_mb, row
from smc.config.specs.project import MetricsSpec, RfmSpec
from smc.metric.compute import compute
from smc.warehouse import Warehouse

_ONCE = 5_000_000
"""Customers from which both run once; below it twice in turn, and the better counts: the first also reads the file."""
_TENTH = 10
_SLICED = ("receipt", "receipt_line")


def run(warehouse: Warehouse, as_of: date, memory: str = "50%") -> list[dict[str, Any]]:
    """Times of both; raises ``ValueError`` when the figures differ. The metrics of ``as_of`` stay."""
    many = warehouse.value("select count(*) from customer") > _ONCE
    times, share = (1, _TENTH) if many else (2, 1)
    smc = best(Took.by(lambda: _compute(warehouse, as_of, full=True)) for _ in range(times))
    peak = peak_mb()
    warehouse.run("set memory_limit = '70%'")
    with _sliced(warehouse, share):
        baseline = best(_by_hand(warehouse) for _ in range(times))
    warehouse.run(f"set memory_limit = '{memory}'")
    _require_equal(warehouse, share)
    customers = warehouse.value("select count(*) from customer_metric")
    warehouse.run("drop table by_hand")
    what = "all metrics and RFM" if share == 1 else "all metrics and RFM; by hand a tenth, times ten"
    return [{**row(what, baseline * share, smc, customers), "peak_mb": peak}]


@contextmanager
def _sliced(warehouse: Warehouse, share: int) -> Iterator[None]:
    """Tables with the rows of every ``share``-th customer, which stand before those of the warehouse."""
    tables = _SLICED if share > 1 else ()
    for table in tables:
        warehouse.run(
            f"create temp table {table} as select * from warehouse.main.{table} where customer_key % {share} = 0"
        )
    yield
    for table in tables:
        warehouse.run(f"drop table temp.{table}")


def _by_hand(warehouse: Warehouse) -> Took:
    by_hand = (Path(__file__).parent / "by_hand.sql").read_text(encoding="utf-8")
    warehouse.run("drop table if exists by_hand")
    return Took.by(lambda: warehouse.run(by_hand))


def _compute(warehouse: Warehouse, as_of: date, *, full: bool = False) -> None:
    compute(warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=as_of, full=full)


def _require_equal(warehouse: Warehouse, share: int) -> None:
    """All columns by hand but the medians (by hand they lose half cents) and the category (by hand its text id).

    Columns that customer_metric has from other tables than receipts and lines are not written by hand.
    """
    columns = [row[0] for row in warehouse.rows("select column_name from (describe by_hand)")]
    kept = ", ".join(name for name in columns if not name.startswith("median") and name != "favourite_category")
    whose = f"receipts > 0 and customer_key % {share} = 0"
    differ = warehouse.value(
        f"""select count(*) from (
            (select {kept} from customer_metric where {whose} except select {kept} from by_hand)
            union all (select {kept} from by_hand except select {kept} from customer_metric)
        )"""
    )
    if differ:
        raise ValueError(f"{differ} rows differ between customer_metric and by_hand")
