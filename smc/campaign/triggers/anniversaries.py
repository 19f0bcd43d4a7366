"""Triggers on the day of a date, every year."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

from sqlglot import exp

from smc.campaign.triggers.kind import UNTIMED, Kind, union
from smc.config.specs.trigger import Anniversary
from smc.warehouse import sql

FEBRUARY = 2
LEAP_DAY = 29

_DATES = {
    "birth_date": "c.birth_date",
    "registered_at": "cast(c.registered_at as date)",
    "first_receipt": "m.first_receipt",
    "last_receipt": "m.last_receipt",
}


def _anniversary(trigger: Anniversary, since: date, until: date) -> exp.Expr:
    of = trigger.anniversary
    days = [
        sql(
            "select $day as day, $anniversary as anniversary, $month as month_no, $day_no as day_no",
            day=day, anniversary=anniversary, month=month, day_no=number,
        )
        for day, anniversary, month, number in calendar(since, until, of.offset)
    ]  # fmt: skip
    occurrence = "d.anniversary" if of.of == "last_receipt" else "year(d.anniversary)"
    return sql(
        f"""
        select c.customer_key, cast({occurrence} as varchar) as occurrence, d.day as happened_on, {UNTIMED}
        from customer as c left join customer_metric as m on m.customer_key = c.customer_key
        join $days as d on d.month_no = month({_DATES[of.of]}) and d.day_no = day({_DATES[of.of]})
        where year(d.anniversary) > year({_DATES[of.of]})
        """,
        days=union(days),
    )


def calendar(since: date, until: date, offset: int) -> list[tuple[date, date, int, int]]:
    """(day to act, anniversary, month, day of month) for every day.

    February 29 has its turn on the 28th of a common year.
    """
    found = []
    for day in (since + timedelta(days=step) for step in range((until - since).days + 1)):
        anniversary = day - timedelta(days=offset)
        found.append((day, anniversary, anniversary.month, anniversary.day))
        last = (anniversary.month, anniversary.day) == (FEBRUARY, LEAP_DAY - 1)
        if last and not isleap(anniversary.year):
            found.append((day, anniversary, FEBRUARY, LEAP_DAY))
    return found


KINDS = (Kind(Anniversary, "its year; of `last_receipt` its day", _anniversary),)
