"""Compute everything anew beside the stored figures and compare the two row for row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from smc.config.specs.metric import MetricsSpec
from smc.config.specs.project import FieldsSpec, RfmSpec
from smc.errors import UsageError
from smc.metric.compute import TABLES, compute, compute_within
from smc.warehouse import Warehouse, any_of, name, sql
from smc.warehouse.marts import marts_ready

_COMPARED = (*TABLES, "rfm")
_SHOWN = 20
_BEFORE = "verify_{}"


@dataclass(frozen=True, slots=True)
class Difference:
    """A customer whose stored row is not that of a full computation. No ``columns``: only one of the two has a row."""

    table: str
    customer_id: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        what = ", ".join(self.columns) if self.columns else "only one of the two has a row"
        return f"{self.table}, customer {self.customer_id}: {what}"


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """``compared`` rows were compared, ``differing`` of them differ; ``first``: some of these, ids and columns only."""

    compared: int
    differing: int
    first: tuple[Difference, ...]


def verify(
    warehouse: Warehouse, *, metrics: MetricsSpec, rfm: RfmSpec, fields: FieldsSpec, as_of: date
) -> VerifyResult:
    """Bring the stored figures to ``as_of`` as a night does, then compare them with a full computation.

    The full one is undone: the stored figures stay as the night has made them, also where they differ.
    Raises ``UsageError`` for a day before theirs, which a night computes in full: there is nothing to compare then.
    """
    stored = warehouse.value("select as_of from watermark where name = 'metric'")
    if stored is not None and as_of < stored:
        raise UsageError(
            f"the stored figures are of {stored}; those of {as_of} would be computed in full, and nothing compared",
            remedy=f"Leave --as-of out, or give {stored} or a later day.",
        )
    compute(warehouse, metrics=metrics, rfm=rfm, fields=fields, as_of=as_of)
    warehouse.run("begin")
    try:
        for table in _COMPARED:
            warehouse.run(f"create or replace temp table {_BEFORE.format(table)} as select * from {table}")
        with marts_ready(warehouse, fields):
            compute_within(warehouse, metrics=metrics, rfm=rfm, fields=fields, as_of=as_of, full=True)
        return _compared(warehouse)
    finally:
        warehouse.run("rollback")


def _compared(warehouse: Warehouse) -> VerifyResult:
    compared = differing = 0
    first: list[Difference] = []
    for table in _COMPARED:
        compared += warehouse.value(f"select count(*) from {table}")
        rows = _differing(warehouse, table)
        differing += warehouse.value(sql("select count(*) from $rows as d", rows=rows))
        first += _examples(warehouse, table, rows)
    return VerifyResult(compared, differing, tuple(first[:_SHOWN]))


def _differing(warehouse: Warehouse, table: str) -> exp.Select:
    """Keys with the names of the columns that differ; none for a row that only one side has."""
    columns = [row[0] for row in warehouse.rows(f"select column_name from (describe {table})")]
    pairs = [(exp.column(name(column), table="o"), exp.column(name(column), table="n")) for column in columns]
    unequal = [sql("$before is distinct from $now", before=before, now=now) for before, now in pairs]
    named = exp.array(*(
        sql("case when $differs then $column end", differs=differs, column=column)
        for differs, column in zip(unequal[1:], columns[1:], strict=True)
    ))  # fmt: skip
    query = exp.select("coalesce(o.customer_key, n.customer_key) as customer_key", exp.alias_(named, "columns"))
    query = query.select("o.customer_key is null or n.customer_key is null as alone")
    query = query.from_(f"{_BEFORE.format(table)} as o")
    query = query.join(f"{table} as n", on="n.customer_key = o.customer_key", join_type="full")
    return query.where(any_of(unequal))


def _examples(warehouse: Warehouse, table: str, rows: exp.Select) -> Iterator[Difference]:
    query = sql(
        f"""
        select i.customer_id, d.columns, d.alone
        from $rows as d
        join customer_ident as i on i.customer_key = d.customer_key
        order by i.customer_id
        limit {_SHOWN}
        """,
        rows=rows,
    )
    for customer_id, columns, alone in warehouse.rows(query):
        yield Difference(table, customer_id, () if alone else tuple(column for column in columns if column))
