"""What makes a customer enter: per trigger one SELECT of (customer_key, occurrence, happened_on).

| trigger                 | occurrence (what makes an entry unique beside campaign and customer) |
|-------------------------|----------------------------------------------------------------------|
| entered_segment         | the day he entered the segment                                       |
| anniversary             | its year; of last_receipt its day                                    |
| days_since_last_receipt | the day of the last receipt                                          |
| registered              | the word 'registered': once for ever                                 |
| receipt                 | the receipt's id; with `first` the word 'first'                      |
| date, mailing           | the date in the YAML                                                 |

What may be corrected later (a birth date, which receipt was the first) is not part of an occurrence, so that a
correction greets nobody twice.

Every SELECT looks at the days ``since`` to ``until``, both included, so that missed nights are caught up.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Sequence
from datetime import date, timedelta
from typing import assert_never

from sqlglot import exp

from smc.config.specs.campaign import (
    Anniversary,
    AnniversaryOf,
    CampaignSpec,
    DaysSinceLastReceipt,
    EnteredSegment,
    MailingSpec,
    OnDate,
    Receipt,
    ReceiptTrigger,
    Registered,
    Trigger,
)
from smc.warehouse import sql

FEBRUARY = 2
LEAP_DAY = 29

_DATES = {
    "birth_date": "c.birth_date",
    "registered_at": "cast(c.registered_at as date)",
    "first_receipt": "m.first_receipt",
    "last_receipt": "m.last_receipt",
}


def hits(spec: CampaignSpec | MailingSpec, since: date, until: date) -> exp.Expr:
    """The SELECT of a campaign's or mailing's trigger for the days ``since`` to ``until``."""
    if isinstance(spec, MailingSpec):
        return _on_date(spec.send_on, spec.audience, spec.exclude, since, until)
    return _of_trigger(spec.trigger, since, until)


def fixed_day(spec: CampaignSpec | MailingSpec) -> date | None:
    """The one day on which a mailing or a date trigger draws its audience; None for triggers that happen every day."""
    if isinstance(spec, MailingSpec):
        return spec.send_on
    return spec.trigger.date.on if isinstance(spec.trigger, OnDate) else None


def _of_trigger(trigger: Trigger, since: date, until: date) -> exp.Expr:
    match trigger:
        case EnteredSegment(entered_segment=segment):
            query = _entered(segment, since, until)
        case Anniversary(anniversary=of):
            query = _anniversary(of, since, until)
        case DaysSinceLastReceipt(days_since_last_receipt=days):
            query = _days_since(days, since, until)
        case Registered(registered=after):
            query = _registered(after.days, since, until)
        case Receipt(receipt=wanted):
            query = _receipt(wanted, since, until)
        case OnDate(date=on):
            query = _on_date(on.on, on.segment, (), since, until)
        case _:
            assert_never(trigger)
    return query


def _entered(segment: str, since: date, until: date) -> exp.Expr:
    return sql(
        """
        select customer_key, cast(entered_on as varchar) as occurrence, entered_on as happened_on
        from segment_member
        where segment = $segment and entered_on between $since and $until and not initial and left_on is null
        """,
        segment=segment, since=since, until=until,
    )  # fmt: skip


def _anniversary(of: AnniversaryOf, since: date, until: date) -> exp.Expr:
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
        select c.customer_key, cast({occurrence} as varchar) as occurrence, d.day as happened_on
        from customer as c left join customer_metric as m on m.customer_key = c.customer_key
        join $days as d on d.month_no = month({_DATES[of.of]}) and d.day_no = day({_DATES[of.of]})
        where year(d.anniversary) > year({_DATES[of.of]})
        """,
        days=_union(days),
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


def _days_since(days: int, since: date, until: date) -> exp.Expr:
    return sql(
        """
        select customer_key, cast(last_receipt as varchar) as occurrence, last_receipt + $days as happened_on
        from customer_metric
        where last_receipt between $first and $last
        """,
        days=days, first=since - timedelta(days=days), last=until - timedelta(days=days),
    )  # fmt: skip


def _registered(days: int, since: date, until: date) -> exp.Expr:
    return sql(
        """
        select customer_key, 'registered' as occurrence, cast(registered_at as date) + $days as happened_on
        from customer
        where cast(registered_at as date) between $first and $last
        """,
        days=days, first=since - timedelta(days=days), last=until - timedelta(days=days),
    )  # fmt: skip


def _receipt(wanted: ReceiptTrigger, since: date, until: date) -> exp.Expr:
    conditions = sql("r.status = 'paid' and r.day between $since and $until", since=since, until=until)
    if wanted.total_at_least is not None:
        conditions = sql("$before and r.total >= $least", before=conditions, least=wanted.total_at_least)
    if wanted.first:
        conditions = sql("$before and r.day = m.first_receipt and r.nth = 1", before=conditions)
    return sql(
        """
        select r.customer_key, case when $first then 'first' else i.receipt_id end as occurrence, r.day as happened_on
        from (
            select *, row_number() over (partition by customer_key, day order by purchased_at, receipt_key) as nth
            from receipt where status = 'paid' and customer_key is not null and day between $since and $until
        ) as r
        join receipt_ident as i on i.receipt_key = r.receipt_key
        left join customer_metric as m on m.customer_key = r.customer_key
        where $conditions
        """,
        since=since, until=until, conditions=conditions, first=wanted.first,
    )  # fmt: skip


def _on_date(on: date, audience: str, exclude: Sequence[str], since: date, until: date) -> exp.Expr:
    return sql(
        """
        select a.customer_key, cast($on as varchar) as occurrence, $on as happened_on
        from segment_member as a
        left join (
            select distinct customer_key from segment_member where segment in $exclude and left_on is null
        ) as x on x.customer_key = a.customer_key
        where a.segment = $audience and a.left_on is null and x.customer_key is null and $on between $since and $until
        """,
        on=on, audience=audience, exclude=list(exclude) or [""], since=since, until=until,
    )  # fmt: skip


def _union(queries: Sequence[exp.Expr]) -> exp.Expr:
    whole = queries[0]
    for query in queries[1:]:
        whole = exp.union(whole, query, distinct=False)
    return whole
