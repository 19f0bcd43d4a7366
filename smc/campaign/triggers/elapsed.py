"""Triggers so many days after something that a customer has once or last done."""

from __future__ import annotations

from datetime import date, timedelta

from sqlglot import exp

from smc.campaign.triggers.kind import UNTIMED, Kind
from smc.config.specs.trigger import DaysSinceLastReceipt, Registered
from smc.warehouse import sql


def _days_since(trigger: DaysSinceLastReceipt, since: date, until: date) -> exp.Expr:
    days = trigger.days_since_last_receipt
    return sql(
        f"""
        select customer_key, cast(last_receipt as varchar) as occurrence, last_receipt + $days as happened_on, {UNTIMED}
        from customer_metric
        where last_receipt between $first and $last
        """,
        days=days, first=since - timedelta(days=days), last=until - timedelta(days=days),
    )  # fmt: skip


def _registered(trigger: Registered, since: date, until: date) -> exp.Expr:
    days = trigger.registered.days
    return sql(
        f"""
        select customer_key, 'registered' as occurrence, cast(registered_at as date) + $days as happened_on, {UNTIMED}
        from customer
        where cast(registered_at as date) between $first and $last
        """,
        days=days, first=since - timedelta(days=days), last=until - timedelta(days=days),
    )  # fmt: skip


KINDS = (
    Kind(DaysSinceLastReceipt, "the day of the last receipt", _days_since),
    Kind(Registered, "the word `registered`: once for ever", _registered),
)
