"""Tables of the warehouse as arrays, and arrays as tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from smc.metric.predict.fitting import Floats
from smc.metric.predict.purchases import Frequencies
from smc.metric.predict.spend import Values
from smc.warehouse import DuckDBEngine, Warehouse, name, sql, statement, text_of
from smc.warehouse.connection import translated

ROOM = "smc.metric.predict"
MOST_CELLS = 150_000
"""Rows that a frequency table may have. Above them the days of recency and age are put together, 7, 14, 28 or 91."""
WIDTHS = (7, 14, 28, 91)
EXACT_PARTS = 1_000_000_000
CELL_PARTS = 100
"""Mean values of visits that differ by less than a hundredth of themselves are one cell when customers are many."""


def arrays(warehouse: Warehouse, query: Any, /, **params: object) -> dict[str, Floats]:
    """The columns of a query as doubles by name, for results of millions of rows."""
    text = query if isinstance(query, str) else text_of(query)
    with translated(warehouse.path):
        found = warehouse.connection.execute(text, params or None).fetchnumpy()
    return {column: np.asarray(values, dtype=np.float64) for column, values in found.items()}


def append(warehouse: Warehouse, table: str, columns: Mapping[str, Floats]) -> None:
    """Append rows given by columns to a table with the same columns."""
    with translated(warehouse.path):
        warehouse.connection.register("predict_arrays", dict(columns))
        try:
            warehouse.run(sql("insert into $table by name select * from predict_arrays", table=name(table)))
        finally:
            warehouse.connection.unregister("predict_arrays")


def history(warehouse: Warehouse, *, until: date, cut: date, since: date) -> None:
    """Leave what is known of each customer in the temporary table ``predict_history``."""
    query = sql(statement(ROOM, "history"), until=until, cut=cut, since=since)
    DuckDBEngine(warehouse).materialise("predict_history", query)


def first_days(warehouse: Warehouse, known: str) -> None:
    """Leave money of first days in ``predict_first``, for the customers of ``known`` who came again."""
    query = sql(statement(ROOM, "first_day"), known=name(known))
    DuckDBEngine(warehouse).materialise("predict_first", query)


def frequencies(warehouse: Warehouse, until: date, *, cut: bool = False) -> tuple[Frequencies, Floats, int]:
    """The frequency table of ``predict_history``, visits after ``until`` in its rows, and days of a cell."""
    suffix = "_cut" if cut else ""
    visits, last = name(f"visits{suffix}"), name("last_cut" if cut else "last_receipt")
    query = sql(statement(ROOM, "frequency"), until=until, visits=visits, last=last)
    DuckDBEngine(warehouse).materialise("predict_frequency", query)
    width, table = 1, "predict_frequency"
    for wider in WIDTHS:
        if warehouse.value(f"select count(*) from {table}") <= MOST_CELLS:
            break
        width, table = wider, "predict_coarser"
        DuckDBEngine(warehouse).materialise(table, sql(statement(ROOM, "coarser"), width=width))
    text = (
        f"select x, recency, age, cast(customers as double) as customers, cast(later as double) as later from {table}"
    )
    found = arrays(warehouse, text + " order by x, recency, age")
    known = Frequencies(found["x"], found["recency"] / 7, found["age"] / 7, found["customers"])
    return known, found["later"], width


def values(warehouse: Warehouse, customers: int) -> Values:
    """Number and worth of repeat visits in ``predict_history``; ``predict_first`` must be of it too."""
    parts = EXACT_PARTS if customers <= MOST_CELLS else CELL_PARTS
    found = arrays(warehouse, sql(statement(ROOM, "spend"), parts=parts))
    return Values(found["x"], found["mean"], found["customers"])


def drop(warehouse: Warehouse) -> None:
    """Take the temporary tables away."""
    for part in ("history", "first", "frequency", "coarser", "pace"):
        warehouse.run(f"drop table if exists predict_{part}")
