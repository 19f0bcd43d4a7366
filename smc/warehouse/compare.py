"""A value that is read, compared with constants: operators as SQL in the subset that other engines read alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlglot import exp

from smc.config.positive import Operator
from smc.config.values import Value
from smc.warehouse.compose import all_of, any_of, sql

_SIGNS = {"less": "<", "at_most": "<=", "more": ">", "at_least": ">="}


def test_of(  # noqa: PLR0911 - one arm for each operator
    read: exp.Expr, operator: Operator, values: Sequence[Value], *, time: bool
) -> exp.Expr:
    """The comparison, null when there is no value (but ``empty``, which is then true). ``time``: an instant is read."""
    match operator:
        case "empty":
            return sql("$read is null", read=read)
        case "between":
            low, high = values
            return all_of([_ordered(">=", read, low, time=time), _ordered("<=", read, high, time=time)])
        case "in":
            # days and times need their own comparison each
            if not values or any(isinstance(value, date) for value in values):
                return any_of([_ordered("=", read, value, time=time) for value in values])
            return exp.In(this=exp.paren(read), expressions=[literal(value) for value in values])
        case "less" | "at_most" | "more" | "at_least":
            return _ordered(_SIGNS[operator], read, values[0], time=time)
        case "anniversary":
            return _anniversary(_local_day(read) if time else read, values)
        case _:
            return sql(f"{operator}(lower($read), lower($v))", read=read, v=literal(values[0]))


def _ordered(sign: str, read: exp.Expr, value: Value, *, time: bool) -> exp.Expr:
    """A time against a day is compared by its local day."""
    left = _local_day(read) if time and not isinstance(value, datetime) else read
    return sql(f"$left {sign} $right", left=left, right=literal(value))


def _local_day(read: exp.Expr) -> exp.Expr:
    return sql("cast($read as date)", read=read)


def _anniversary(day: exp.Expr, values: Sequence[Value]) -> exp.Expr:
    """``values``: year, first and last month * 100 + day of each range."""
    parts = [
        sql("year($day) < $year and month($day) * 100 + day($day) between $low and $high",
            day=day, year=year, low=low, high=high)
        for year, low, high in zip(values[::3], values[1::3], values[2::3], strict=True)
    ]  # fmt: skip
    return any_of(parts)


def literal(value: Value) -> exp.Expr:
    if isinstance(value, datetime):
        return sql("cast($v as timestamptz)", v=value.isoformat(sep=" "))
    if isinstance(value, bool | str | date):
        return sql("$v", v=value)
    return number(value)


def number(value: Decimal | int) -> exp.Expr:
    """A number with all its digits; never in the notation of a floating point number."""
    return sql(format(value, "f"))
