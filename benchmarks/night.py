"""Two nights of 100,000 new receipts and 500 corrections each on a base that is computed: metrics, RFM and 50 segments.

The receipts come as the import leaves them: 5 % of them late by up to 29 days, their lines with them, the corrected
ones (half cancelled, half with another total) deleted and written anew, and everybody concerned in customer_touched.
What is compared with is the full computation of the base, in the same process. The better of the two nights counts.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

from benchmarks.base import prepare, store
from benchmarks.segments import refresh_all, specs
from benchmarks.timing import Took, best, forget_peak, peak_mb, row
from smc.config.specs.project import FieldsSpec, MetricsSpec, RfmSpec
from smc.metric.compute import compute
from smc.segment.refresh import refresh
from smc.warehouse import Warehouse

NEW, CORRECTED = 100_000, 500
_NIGHTS = 2
_VERIFIED = 1_000_000
"""Customers up to which the night's figures are compared with full ones."""

_MADE = """
create or replace temp table sale as
with made as (
    select {first} + i as i, i / {new}.0 as passed, buyer({first} + i) as c,
        case when chance({first} + i, 'late') < 0.05
            then date '{day}' - cast(1 + floor(29 * chance({first} + i, 'by')) as integer) else date '{day}' end as day
    from range({new}) t(i)
)
select i + 1 as receipt_key, i, day,
    cast(day as timestamp) + to_seconds(cast(28800 + 50000 * passed as integer)) as sold_at,
    case when chance(i, 'anonymous') < 0.03 then null else key_of_rank(c) end as customer_key,
    case when chance(i, 'status') < 0.02 then 'returned' else 'paid' end as status,
    cast(1 + least(30, tail(i, 'lines', 2.7)) as integer) as lines, c * 7 % 300 as s
from made
"""
_CORRECTED = (
    """create or replace temp table wrong as
    select * from receipt where receipt_key in (
        select 1 + cast(floor({first} * chance({first} + i, 'wrong')) as bigint) from range({corrected}) t(i))""",
    "create or replace temp table wrong_line as select l.* from receipt_line l semi join wrong using (receipt_key)",
    "delete from receipt where receipt_key in (select receipt_key from wrong)",
    "delete from receipt_line where receipt_key in (select receipt_key from wrong)",
    """insert into receipt select * replace (
        case when receipt_key % 2 = 0 then 'cancelled' else status end as status, total + 1 as total) from wrong""",
    "insert into receipt_line select * replace (counted and receipt_key % 2 = 1 as counted) from wrong_line",
    """insert into customer_touched
    select distinct customer_key from receipt where receipt_key > {first} and customer_key is not null""",
    "insert into customer_touched select distinct customer_key from wrong where customer_key is not null",
)
_DIFFER = """select count(*) from (
    (from {table} except from night_{table}) union all (from night_{table} except from {table}))"""


def run(warehouse: Warehouse, as_of: date, *, customers: int, receipts: int, seed: int) -> list[dict[str, Any]]:
    """Times in full and of a night; raises ``ValueError`` when the night's figures are not the full ones."""
    segments = specs(as_of)
    full = (
        Took.by(partial(_metrics, warehouse, as_of, full=True)),
        Took.by(partial(refresh_all, warehouse, segments, as_of, full=True)),
    )
    return nights(warehouse, as_of, full, customers=customers, receipts=receipts, seed=seed)


def nights(
    warehouse: Warehouse, as_of: date, full: tuple[Took, Took], *, customers: int, receipts: int, seed: int
) -> list[dict[str, Any]]:
    """The nights after ``as_of``, of which everything is computed and took ``full`` for metrics and for segments."""
    segments = specs(as_of)
    warehouse.run("checkpoint")
    forget_peak()
    found = []
    for number in range(1, _NIGHTS + 1):
        day = as_of + timedelta(days=number)
        bring(warehouse, day, customers * receipts + (number - 1) * NEW, customers, seed)
        found.append((
            Took.by(partial(_metrics, warehouse, day)), Took.by(partial(refresh_all, warehouse, segments, day)),
        ))  # fmt: skip
        warehouse.run("checkpoint")
    metrics, members = best(one[0] for one in found), best(one[1] for one in found)
    rows = [
        row("metrics and RFM", full[0], metrics, warehouse.value("select count(*) from customer_metric")),
        row(
            "50 segments",
            full[1],
            members,
            warehouse.value("select count(*) from segment_member where left_on is null"),
        ),
        row("the night", full[0] + full[1], metrics + members, NEW + CORRECTED),
    ]
    peak = peak_mb()
    if customers <= _VERIFIED:
        _require_as_in_full(warehouse, as_of + timedelta(days=_NIGHTS))
    return [{**one, "peak_mb": peak} for one in rows]


def bring(warehouse: Warehouse, day: date, known: int, customers: int, seed: int) -> None:
    """The new and corrected receipts of a day, on top of ``known`` ones, in one transaction."""
    holes = {"first": known, "day": day, "new": NEW, "corrected": CORRECTED}
    prepare(warehouse, customers, seed)
    with warehouse.transaction():
        store(warehouse, _MADE.format(**holes))
        for text in _CORRECTED:
            warehouse.run(text.format(**holes))


def _metrics(warehouse: Warehouse, as_of: date, *, full: bool = False) -> None:
    compute(warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=as_of, full=full)


def _require_as_in_full(warehouse: Warehouse, as_of: date) -> None:
    tables = ("customer_metric", "rfm")
    for table in tables:
        warehouse.run(f"create table night_{table} as from {table}")
    _metrics(warehouse, as_of, full=True)
    differ = {table: warehouse.value(_DIFFER.format(table=table)) for table in tables}
    if any(differ.values()):
        raise ValueError(f"rows of the night that a full computation gives otherwise: {differ}")
    refresh(
        warehouse, segments=specs(as_of - timedelta(days=_NIGHTS)), rules=(), fields=FieldsSpec(),
        metrics=MetricsSpec(), as_of=as_of, verify=True,
    )  # fmt: skip
