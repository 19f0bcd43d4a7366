"""Customers of whom nothing is new: a window only left days behind. What lay there is taken off their figures.

Their rows of customer_metric are not worked out from all they ever bought: sums and counts of a window lose what it
left behind, and only its median and its first day are found again. All that is not of a window stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache

from sqlglot import exp

from smc.metric.scope import AGED, ANEW
from smc.metric.window import DayRange, moved, since
from smc.model.metrics import WINDOW_DAYS
from smc.warehouse import DuckDBEngine, Warehouse, any_of, name, sql, statement

_ROWS = "metric_aged_row"
_RECEIPTS, _VISITS, _LINES = "metric_gone_receipts", "metric_gone_visits", "metric_gone_lines"
_OF_RECEIPTS = {
    "receipts": "count(*) filter (where paid and {gone})",
    "revenue": "coalesce(sum(total) filter (where {gone}), 0)",
    "discount": "coalesce(sum(discount) filter (where {gone}), 0)",
    "bonus_paid": "coalesce(sum(bonus_paid) filter (where {gone}), 0)",
    "bonus_accrued": "coalesce(sum(bonus_accrued) filter (where {gone}), 0)",
    "promocodes_used": "count(*) filter (where paid and coded and {gone})",
}
_OF_VISITS = {"visits": "count(*) filter (where {gone})"}
_OF_LINES = {
    "items": "coalesce(sum(quantity) filter (where {gone}), 0)",
    "lines_amount": "coalesce(sum(amount) filter (where {gone}), 0)",
}
_MONEY, _QUANTITY, _MEDIAN = "decimal(18, 2)", "decimal(18, 3)", "median_receipt"
_FOUND = {_MEDIAN: _QUANTITY, "first_receipt": "date"}
"""What nothing can be taken off, with its types."""
_TYPES = {
    **dict.fromkeys(("revenue", "discount", "bonus_paid", "bonus_accrued", "lines_amount"), _MONEY),
    "items": _QUANTITY,
}


def left_behind(last: date, as_of: date) -> dict[str, DayRange]:
    """The days after the first up to the second that each stored window lost between ``last`` and ``as_of``, by its
    suffix; of ``month`` the month before, when another one has begun."""
    if as_of == last:
        return {}
    found = {suffix: (since(last, days), since(as_of, days)) for days, suffix in WINDOW_DAYS.items()}
    for months in moved(last, as_of, ["month"])[1:]:
        found["month"] = months
    return found


def find_aged(warehouse: Warehouse, last: date, as_of: date) -> None:
    """Leave in ``metric_aged`` who has a receipt on a day that a stored window lost, and is not computed anew.

    Of figures that were too large nothing can be taken off: who has one joins ``metric_anew``.
    """
    ranges = left_behind(last, as_of)
    lost = any_of([_between(days) for days in ranges.values()])
    DuckDBEngine(warehouse).materialise(AGED, sql(statement("smc.metric", "aged"), lost=lost))
    suffixes = [f"_{suffix}" for suffix in ranges]
    sums = [sql("$sum is null", sum=name(part + suffix)) for suffix in suffixes for part in _TYPES]
    medians = [
        sql("$median is null and $paid > 0", median=name(_MEDIAN + suffix), paid=name("receipts" + suffix))
        for suffix in suffixes
    ]
    warehouse.run(sql(statement("smc.metric", "aged_anew"), lost=any_of([*sums, *medians])))
    warehouse.run(f"delete from {AGED} where customer_key in (select customer_key from {ANEW})")


def take_off(warehouse: Warehouse, last: date, as_of: date) -> None:
    """Leave the new rows of those in ``metric_aged`` in a table of their own, for ``put_back``."""
    engine, ranges = DuckDBEngine(warehouse), left_behind(last, as_of)
    if not ranges:
        warehouse.run(f"create or replace temp table {_ROWS} as select * from customer_metric limit 0")
        return
    flags = {suffix: days for suffix, days in ranges.items() if suffix != "month"}
    for table, text, parts in (
        (_RECEIPTS, "gone_receipts", _OF_RECEIPTS),
        (_VISITS, "gone_visits", _OF_VISITS),
        (_LINES, "gone_lines", _OF_LINES),
    ):
        engine.materialise(table, _gone(text, parts, flags))
    for suffix in flags:
        engine.materialise(_rest(suffix), _found(suffix, as_of))
    columns = [row[0] for row in warehouse.rows("select column_name from (describe customer_metric)")]
    engine.materialise(_ROWS, _rows(tuple(columns), tuple(flags), month="month" in ranges))
    for table in (_RECEIPTS, _VISITS, _LINES, *(_rest(suffix) for suffix in flags)):
        warehouse.run(f"drop table {table}")


def put_back(warehouse: Warehouse) -> int:
    """Insert the rows that ``take_off`` left, in the place of those that are gone; how many."""
    rows = warehouse.run(f"insert into customer_metric by name select * from {_ROWS}")
    warehouse.run(f"drop table {_ROWS}")
    return rows


def _between(days: DayRange) -> exp.Expr:
    return sql("(day > $after and day <= $until)", after=days[0], until=days[1])


def _gone(text: str, parts: Mapping[str, str], ranges: Mapping[str, DayRange]) -> exp.Expr:
    """What lay on the days that each window lost, per customer."""
    query = sql(statement("smc.metric", text), lost=any_of([_between(days) for days in ranges.values()]))
    if not isinstance(query, exp.Select):
        raise TypeError(type(query).__name__)
    for suffix, days in ranges.items():
        for part, figure in parts.items():
            value = sql(figure.replace("{gone}", "$gone"), gone=_between(days))
            query.select(exp.alias_(value, f"{part}_{suffix}"), copy=False)
    return query


def _rest(suffix: str) -> str:
    return f"metric_rest_{suffix}"


def _found(suffix: str, as_of: date) -> exp.Expr:
    """The median and the first day of the window, of those whose window lost a paid receipt."""
    days = next(days for days, named in WINDOW_DAYS.items() if named == suffix)
    return sql(
        statement("smc.metric", "aged_rest"),
        lost=name(f"receipts_{suffix}"), since=since(as_of, days), as_of=as_of,
    )  # fmt: skip


@cache
def _rows(columns: tuple[str, ...], flags: tuple[str, ...], *, month: bool) -> exp.Expr:
    """Rows as they are, with other figures of the windows. No day stands in it, so it is put together once."""
    news = dict(_less(flags)) | (dict(_empty()) if month else {})
    query = sql(statement("smc.metric", "aged_rows"))
    if not isinstance(query, exp.Select):
        raise TypeError(type(query).__name__)
    for suffix in flags:
        on = f"d_{suffix}.customer_key = m.customer_key"
        query = query.join(f"{_rest(suffix)} as d_{suffix}", on=on, join_type="left")
    values = (sql(news.get(column, f"m.{column}")) for column in columns)
    return query.select(
        *(exp.alias_(value, column) for value, column in zip(values, columns, strict=True)), append=False
    )


def _less(flags: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Columns with their new values."""
    for suffix in flags:
        for alias, parts in (("r", _OF_RECEIPTS), ("v", _OF_VISITS), ("l", _OF_LINES)):
            for part in parts:
                value = f"m.{part}_{suffix} - coalesce({alias}.{part}_{suffix}, 0)"
                kind = _TYPES.get(part)
                yield f"{part}_{suffix}", value if kind is None else f"try_cast({value} as {kind})"
        same = f"coalesce(r.receipts_{suffix}, 0) = 0"
        for part in _FOUND:
            yield f"{part}_{suffix}", f"case when {same} then m.{part}_{suffix} else d_{suffix}.{part} end"


def _empty() -> Iterator[tuple[str, str]]:
    """A month that has begun has nothing of those who bought nothing in it."""
    for part in (*_OF_RECEIPTS, *_OF_VISITS, *_OF_LINES):
        yield f"{part}_month", f"cast(0 as {_TYPES.get(part, 'bigint')})"
    for part, kind in _FOUND.items():
        yield f"{part}_month", f"cast(null as {kind})"
