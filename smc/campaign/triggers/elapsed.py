"""Triggers so many days after something that a customer has once or last done."""

from __future__ import annotations

from datetime import date, timedelta

from sqlglot import exp

from smc.campaign.triggers.dates import near, of_customers
from smc.campaign.triggers.kind import UNTIMED, Kind
from smc.config.specs.trigger import Registered
from smc.config.specs.trigger_day import DaysSince, DaysSinceLastReceipt
from smc.warehouse import sql

_ONCE = ("registered_at",)
"""What does not happen again, so that a correction of its day is no new occurrence."""


def _days_since(trigger: DaysSince, since: date, until: date) -> exp.Expr:
    return _elapsed(trigger.days_since.of, trigger.days_since.days, since, until)


def _days_since_last_receipt(trigger: DaysSinceLastReceipt, since: date, until: date) -> exp.Expr:
    return _elapsed("last_receipt", trigger.days_since_last_receipt, since, until)


def _elapsed(of: str, days: int, since: date, until: date) -> exp.Expr:
    occurrence = "$word" if of in _ONCE else "cast(f.day0 as varchar)"
    return sql(
        f"""
        select f.customer_key, {occurrence} as occurrence, f.day0 + $days as happened_on,
            cast(null as timestamptz) as happened_at,
            cast(to_json({{'date': f.day0, 'days': $days}}) as varchar) as context
        from $dates as f
        where f.day0 between $first and $last
        """,
        dates=of_customers(of), days=days, first=since - timedelta(days=days), last=until - timedelta(days=days),
        **({"word": of.removesuffix("_at")} if of in _ONCE else {}),
    )  # fmt: skip


def _registered(trigger: Registered, since: date, until: date) -> exp.Expr:
    days = trigger.registered.days
    first, last = since - timedelta(days=days), until - timedelta(days=days)
    return sql(
        f"""
        select customer_key, 'registered' as occurrence, cast(registered_at as date) + $days as happened_on, {UNTIMED}
        from customer
        where $near and cast(registered_at as date) between $first and $last
        """,
        near=near("registered_at", first, last), days=days, first=first, last=last,
    )  # fmt: skip


KINDS = (
    Kind(
        DaysSince,
        "the day that is counted from; of `registered_at` the word `registered`",
        _days_since,
    ),
    Kind(DaysSinceLastReceipt, "the day of the last receipt", _days_since_last_receipt),
    Kind(Registered, "the word `registered`: once for ever", _registered),
)
