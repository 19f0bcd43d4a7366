"""Triggers on the day on which a date comes round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from smc.campaign.triggers.dates import of_customers
from smc.campaign.triggers.kind import Kind
from smc.config.specs.trigger_day import Anniversary, AnniversaryOf, Every
from smc.warehouse import sql, union

_LONGEST_MONTH = 31
_MONTHS = "(year(d.anniversary) - year(f.day0)) * 12 + month(d.anniversary) - month(f.day0)"
_DAYS = "date_diff('day', cast(f.day0 as date), cast(d.anniversary as date))"


@dataclass(frozen=True, slots=True)
class Round:
    """``nth`` counts anniversaries as SQL, by years, months or days; ``meets`` finds dates whose day it is.

    ``occurrence`` is what a correction of the date by some days leaves as it is.
    """

    nth: str
    step: int
    meets: str
    occurrence: str


def _anniversary(trigger: Anniversary, since: date, until: date) -> exp.Expr:
    of = trigger.anniversary
    rounds = _round(of.every)
    occurrence = "cast(d.anniversary as varchar)" if of.of.startswith("last_") else rounds.occurrence
    return sql(
        f"""
        select f.customer_key, {occurrence} as occurrence, d.day as happened_on,
            cast(null as timestamptz) as happened_at,
            cast(to_json({{'date': f.day0, 'anniversary': d.anniversary, 'nth': {rounds.nth}}}) as varchar) as context
        from $dates as f
        join $days as d on {rounds.meets}
        where {rounds.nth} > 0 and ({rounds.nth}) % $step = 0
        """,
        dates=of_customers(of.of), days=_days(of, since, until), step=rounds.step,
    )  # fmt: skip


def _round(every: Every) -> Round:
    if every.years is not None:
        nth = "(year(d.anniversary) - year(f.day0))"
        meets = "d.month_no = month(f.day0) and d.day_no = day(f.day0)"
        return Round(nth, every.years, meets, "cast(year(d.anniversary) as varchar)")
    if every.months is not None:
        month = "substring(cast(d.anniversary as varchar), 1, 7)"
        return Round(f"({_MONTHS})", every.months, "d.day_no = day(f.day0)", month)
    days = every.days or 1
    return Round(_DAYS, days, "d.anniversary > f.day0", f"cast({_DAYS} as varchar)")


def _days(of: AnniversaryOf, since: date, until: date) -> exp.Expr:
    if of.every.days is not None:
        days = [(day, day - timedelta(days=of.offset), 0, 0) for day in _each(since, until)]
    else:
        days = calendar(since, until, of.offset)
    return union([
        sql(
            "select $day as day, $anniversary as anniversary, $month as month_no, $day_no as day_no",
            day=day, anniversary=anniversary, month=month, day_no=number,
        )
        for day, anniversary, month, number in days
    ])  # fmt: skip


def _each(since: date, until: date) -> list[date]:
    return [since + timedelta(days=step) for step in range((until - since).days + 1)]


def calendar(since: date, until: date, offset: int) -> list[tuple[date, date, int, int]]:
    """(day to act, anniversary, its month, day of the month of the date) for every day.

    The last day of a month has the turn of those that the month does not have.
    """
    found = []
    for day in _each(since, until):
        anniversary = day - timedelta(days=offset)
        last = (anniversary + timedelta(days=1)).month != anniversary.month
        numbers = range(anniversary.day, (_LONGEST_MONTH if last else anniversary.day) + 1)
        found += [(day, anniversary, anniversary.month, number) for number in numbers]
    return found


KINDS = (
    Kind(
        Anniversary,
        "its year; with `months` its month, with `days` its number; of `last_receipt` its day",
        _anniversary,
    ),
)
