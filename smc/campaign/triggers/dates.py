"""Where the dates are that triggers look at: fields of smc's objects and of fields.yaml, and what metrics know."""

from __future__ import annotations

from datetime import date, timedelta

from sqlglot import exp

from smc.campaign.dated import METRIC_DATES
from smc.model.objects import OBJECTS
from smc.warehouse import name, sql

_A_WHILE = timedelta(days=2)
"""Longer than a day and the distance of any two zones."""
_FIRST_ORDER = """
    select t.customer_key, min(t.day) as day0
    from customer_order as t
    where t.counted and t.customer_key is not null
    group by t.customer_key
"""


def day_in(item: str, field: str) -> exp.Expr:
    """The local day that a date or datetime field holds, read from alias ``t``; null where there is none.

    A custom field is kept as text in canonical form.
    """
    known = OBJECTS[item].field(field)
    if known is None:
        return sql("cast(try_cast(t.custom[$field] as timestamptz) as date)", field=field)
    return sql("cast($column as date)", column=exp.column(known.column, table="t"))


def near(column: str, first: date, last: date) -> exp.Expr:
    """Whether an instant may lie on one of the days, whatever the zone: quick to see, where its local day is slow."""
    return sql(
        "$at >= cast($low as timestamptz) and $at < cast($high as timestamptz)",
        at=exp.column(column), low=first - _A_WHILE, high=last + _A_WHILE,
    )  # fmt: skip


def of_customers(of: str) -> exp.Expr:
    """SELECT of customer_key and day0, the day that is meant by ``of``, for those who have one."""
    if of == "first_order":
        return sql(_FIRST_ORDER)
    table = METRIC_DATES.get(of)
    day = sql("$column", column=exp.column(of, table="t")) if table else day_in("customer", of)
    return sql(
        "select t.customer_key, $day as day0 from $source as t where $day is not null",
        day=day, source=name(table or "customer"),
    )  # fmt: skip
