"""The figures of customer_metric: over receipts and their lines, which are read once each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache

from sqlglot import exp

from smc.metric.scope import Scope
from smc.metric.window import first_of_month, since
from smc.model.metrics import RECEIPT_METRICS, WINDOW_DAYS
from smc.warehouse import DuckDBEngine, Warehouse, name, sql, statement, text_of, union

READS = ("receipt_line", "receipt")
_PARTS = ("receipts", "visits", "lines")
_FAVOURITES = {
    "category": ("count_lines", "category"),
    "brand": ("count_lines", "brand"),
    "store": ("count_receipts", "store_id"),
    "weekday": ("count_receipts", "(date_diff('day', date '1970-01-05', day) % 7 + 7) % 7 + 1"),
    "hour": ("count_receipts", "hour"),
}
"""What is counted per customer, and over what. Weekdays are 1 Monday to 7 Sunday, counted from a Monday: engines number
the days of the week differently."""
_PLACES = ("category", "brand")
_TEXTS = (
    *(f"{what}_places" for what in _PLACES), "slice_receipts", "slice_lines", *_PARTS, "count_lines", "count_receipts",
    "favourite", "store",
)  # fmt: skip
SUMS = tuple(
    f"{figure}{suffix}"
    for suffix in ("", "_30d", "_90d", "_365d", "_month")
    for figure in ("revenue", "median_receipt", "items", "lines_amount", "discount", "bonus_paid", "bonus_accrued")
)
"""Columns that are null where the figure is too large; a median also where there is no receipt."""


def meaning() -> str:
    """The texts on which the figures depend."""
    return "\n".join([*(statement("smc.metric", text) for text in _TEXTS), repr(_FAVOURITES)])


def prepare(warehouse: Warehouse) -> None:
    """Leave what all parts need: categories and brands by their place in order."""
    for what in _PLACES:
        DuckDBEngine(warehouse).materialise(f"metric_{what}", sql(statement("smc.metric", f"{what}_places")))


def write_receipt_figures(warehouse: Warehouse, as_of: date, scope: Scope, only: Collection[str] | None = None) -> int:
    """Insert the rows of the customers in scope, who have none; the number of rows.

    ``only``: favourites that are not among these columns stay empty.
    """
    engine = DuckDBEngine(warehouse)
    within = scope.of("t")
    engine.materialise("metric_receipt", sql(statement("smc.metric", "slice_receipts"), as_of=as_of, scope=within))
    engine.materialise("metric_line", sql(statement("smc.metric", "slice_lines"), as_of=as_of, scope=within))
    days = {f"since_{window}": since(as_of, window) for window in WINDOW_DAYS} | {"month": first_of_month(as_of)}
    for part in _PARTS:
        engine.materialise(f"metric_{part}", sql(statement("smc.metric", part), **days))
    for what, (text, value) in _FAVOURITES.items():
        if only is not None and f"favourite_{what}" not in only:
            warehouse.run(f"create or replace temp table metric_favourite_{what} (customer_key bigint, value integer)")
            continue
        engine.materialise("metric_count", sql(statement("smc.metric", text), value=sql(value)))
        engine.materialise(f"metric_favourite_{what}", sql(statement("smc.metric", "favourite")))
    return warehouse.run(statement("smc.metric", "store"))


def clear(warehouse: Warehouse) -> None:
    """Drop what lies around after the last part."""
    made = ("receipt", "line", "count", *_PARTS, *(f"favourite_{what}" for what in _FAVOURITES), *_PLACES)
    for table in made:
        warehouse.run(sql("drop table if exists $table", table=name(f"metric_{table}")))


def lost(warehouse: Warehouse, written: Sequence[str] = ()) -> dict[str, int]:
    """How many customers have no value because it was too large or divided by zero, by metric.

    ``written``: tables of customers whose rows have just been written, behind all others; none is everyone.
    """
    query, holes = _lost_counts(), dict[str, int]()
    if written:
        keys = union([sql(f"select customer_key from {table}") for table in written])
        first = warehouse.value(
            sql("select min(rowid) from customer_metric where customer_key in ($keys)", keys=keys)
        )  # fmt: skip
        if first is None:
            return {}
        query, holes = f"{query} where m.rowid >= $first", {"first": first}
    found = warehouse.records(query, **holes)[0]
    return {column: count for column, count in found.items() if count}


@cache
def _lost_counts() -> str:
    """The same for every day, so it is put together once."""
    query = exp.select().from_("customer_metric as m")
    for column in SUMS:
        there = sql("$column is null", column=exp.column(column, table="m"))
        if column.startswith("median"):
            paid = exp.column(column.replace("median_receipt", "receipts"), table="m")
            there = exp.and_(there, sql("$paid > 0", paid=paid))
        query.select(exp.alias_(sql("count(*) filter (where $there)", there=there), column), copy=False)
    for metric in RECEIPT_METRICS:
        if metric.ratio is not None:
            above, below = (sql(part) for part in metric.ratio)
            there = sql("$above <> 0 and $below = 0", above=above, below=below)
            query.select(exp.alias_(sql("count(*) filter (where $there)", there=there), metric.name), copy=False)
    return text_of(query)
