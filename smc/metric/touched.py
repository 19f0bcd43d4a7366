"""Whose figures can differ from the stored ones: the customers that a night computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlglot import exp

from smc.metric.aged import find_aged
from smc.metric.aggregate import Column, known_day, last_day, within
from smc.metric.columns import ACTIVITY
from smc.metric.dimension import keep_dimensions, links_of, moved_by
from smc.metric.figures import has_rows
from smc.metric.scope import ACTIVE, AGED, ANEW, TOUCHED
from smc.metric.window import DayRange, moved
from smc.model.facts import Fact
from smc.model.metrics import Window
from smc.warehouse import DuckDBEngine, Warehouse, any_of, sql, statement, union

_RECEIPTS = ("receipts", "lines")
_WRITTEN = {
    "messages": "select customer_key from message where planned_on >= $last or left_on >= $last",
    "entries": "select customer_key from entry where entered_on >= $last or exited_on >= $last",
    "steps": """
        select e.customer_key from step_log as s join entry as e on e.entry_key = s.entry_key where s.done_on >= $last
    """,
}
"""Facts that smc writes behind the metrics of a day: whose rows are new since then. States that the outbox reports are
noted when they are read, and the built-in metrics look at no other messages."""


def find_touched(
    warehouse: Warehouse,
    columns: Sequence[Column],
    facts: Mapping[str, Fact],
    last: date,
    as_of: date,
    *,
    filled: Sequence[Column] = (),
) -> int:
    """Leave the keys in the temporary table ``metric_touched``; how many they are.

    They are those whose rows changed (the import and the stages note them), those with a row that came into view or
    entered or left a window between ``last`` and ``as_of``, and those whose rows refer to what has moved. The columns
    in ``filled`` touch nobody: they are new, and written for everyone by themselves.

    ``metric_anew``, ``metric_aged`` and ``metric_active`` say what is to be worked out for them: all of their receipts,
    only what windows over these left behind, and the figures over facts.
    """
    keep_products(warehouse)
    dimensions = keep_dimensions(warehouse, links_of(columns, facts))
    standing = [column for column in columns if column not in filled]
    links = links_of(standing, facts)
    engine = DuckDBEngine(warehouse)
    engine.materialise(ANEW, sql(statement("smc.metric", "touched"), moved=any_of(_in_view(last, as_of))))
    find_aged(warehouse, last, as_of)
    over_receipts = moved(last, as_of, _windows(standing, _RECEIPTS))[1:]
    active = [
        *_aging(over_receipts),
        *_by_day(warehouse, standing, facts, last, as_of),
        *_by_writing(standing, last, as_of),
        *(moved_by(link, facts[link.fact]) for link in sorted(links, key=repr) if link.dimension in dimensions),
    ]
    engine.materialise(ACTIVE, _once([sql(f"select customer_key from {ANEW}"), *active]))
    engine.materialise(TOUCHED, _once([sql(f"select customer_key from {table}") for table in (ACTIVE, AGED)]))
    warehouse.run("drop table metric_changed_product")
    warehouse.run("drop table if exists metric_moved")
    return int(warehouse.value(f"select count(*) from {TOUCHED}"))


def _once(selects: Sequence[exp.Expr]) -> exp.Expr:
    """Each customer once."""
    return sql("select distinct customer_key from $whole as whole", whole=union(selects))


def _in_view(last: date, as_of: date) -> list[exp.Expr]:
    """Days that have come since then."""
    return [_between((last, as_of))] if as_of > last else []


def _aging(ranges: Sequence[DayRange]) -> Iterator[exp.Expr]:
    """Customers with a receipt on one of the days."""
    if ranges:
        days = any_of([_between(one) for one in ranges])
        yield sql("select customer_key from receipt where customer_key is not null and $days", days=days)


def keep_products(warehouse: Warehouse) -> None:
    """Leave the products that moved in ``metric_changed_product``, and remember the catalogue as it is now."""
    engine = DuckDBEngine(warehouse)
    engine.materialise("metric_product_now", sql(statement("smc.metric", "products")))
    engine.materialise("metric_changed_product", sql(statement("smc.metric", "changed_products")))
    if warehouse.value("select count(*) from metric_changed_product"):
        warehouse.run("delete from metric_product")
        warehouse.run("insert into metric_product select product_key, brand, categories from metric_product_now")
    warehouse.run("drop table metric_product_now")


def remember_all(warehouse: Warehouse, columns: Sequence[Column], facts: Mapping[str, Fact]) -> None:
    """After everyone was computed: what was read beside the facts is known as it is now."""
    keep_products(warehouse)
    keep_dimensions(warehouse, links_of(columns, facts))
    warehouse.run("drop table metric_changed_product")
    warehouse.run("drop table if exists metric_moved")


def _by_day(
    warehouse: Warehouse, columns: Sequence[Column], facts: Mapping[str, Fact], last: date, as_of: date
) -> Iterator[exp.Select]:
    for over in sorted({column.aggregate.over for column in columns} - set(_RECEIPTS)):
        fact = facts[over]
        windows = _windows(columns, (over,))
        ranges = moved(last_day(fact, last), last_day(fact, as_of), windows - {"month"})
        ranges += moved(last, as_of, windows & {"month"})[1:]
        if ranges and known_day(fact) is not None and has_rows(warehouse, fact):
            yield within(fact, ranges)


def _by_writing(columns: Sequence[Column], last: date, as_of: date) -> Iterator[exp.Expr]:
    """New rows of a day count from the next day on; only a stay can end on the day without being new."""
    own = {column.aggregate.over for column in columns if column not in ACTIVITY}
    for over in sorted(own & _WRITTEN.keys()):
        if as_of > last or over == "entries":
            yield sql(_WRITTEN[over], last=last)


def _windows(columns: Sequence[Column], over: Sequence[str]) -> set[Window]:
    return {column.aggregate.window for column in columns if column.aggregate.over in over} - {None}


def _between(days: DayRange) -> exp.Expr:
    return sql("(day > $after and day <= $until)", after=days[0], until=days[1])
