"""Triggers on the day that stands in a field: of a customer, an order, a receipt, a bonus account."""

from __future__ import annotations

from datetime import date, timedelta

from sqlglot import exp

from smc.campaign.triggers.dates import day_in
from smc.campaign.triggers.kind import Kind
from smc.config.specs.trigger_day import BonusesExpire, Credited, OnDateOf
from smc.warehouse import sql

_DAY = timedelta(days=1)
_FROM = {
    "customer": "customer as t",
    "order": "customer_order as t join order_ident as i on i.order_key = t.order_key and t.counted",
    "receipt": "receipt as t join receipt_ident as i on i.receipt_key = t.receipt_key and t.status = 'paid'",
}
_OCCURRENCE = {"customer": "substring(cast(f.day0 as varchar), 1, 7)", "order": "f.id", "receipt": "f.id"}
_CONTEXT = {
    "customer": "'date': f.day0",
    "order": "'date': f.day0, 'order_id': f.id, 'total': f.total",
    "receipt": "'date': f.day0, 'receipt_id': f.id, 'total': f.total",
}


def _on_date_of(trigger: OnDateOf, since: date, until: date) -> exp.Expr:
    of = trigger.on_date_of
    offset = timedelta(days=of.offset)
    own = "" if of.object == "customer" else f", i.{of.object}_id as id, t.total"
    return sql(
        f"""
        select f.customer_key, {_OCCURRENCE[of.object]} as occurrence, f.day0 + $offset as happened_on,
            cast(null as timestamptz) as happened_at,
            cast(to_json({{{_CONTEXT[of.object]}}}) as varchar) as context
        from (
            select t.customer_key, $day as day0{own} from {_FROM[of.object]}
            where t.customer_key is not null and $day between $first and $last
        ) as f
        """,
        day=day_in(of.object, of.field), offset=of.offset, first=since - offset, last=until - offset,
    )  # fmt: skip


def _bonuses_expire(trigger: BonusesExpire, since: date, until: date) -> exp.Expr:
    """Accounts of a customer that expire on one day are one occurrence."""
    of = trigger.bonuses_expire
    ahead = timedelta(days=of.days)
    account = sql("b.account = $account", account=of.account) if of.account else exp.true()
    enough = sql("f.amount >= $least", least=of.at_least) if of.at_least is not None else sql("f.amount > 0")
    return sql(
        """
        select f.customer_key, cast(f.expires_on as varchar) as occurrence, f.expires_on - $days as happened_on,
            cast(null as timestamptz) as happened_at,
            cast(to_json({'amount': f.amount, 'expires_on': f.expires_on, 'days': $days}) as varchar) as context
        from (
            select b.customer_key, b.expires_on, sum(b.expiring) as amount
            from bonus_balance as b
            where b.expires_on between $first and $last and $account
            group by b.customer_key, b.expires_on
        ) as f
        where $enough
        """,
        days=of.days, first=since + ahead, last=until + ahead, account=account, enough=enough,
    )  # fmt: skip


def _credited(trigger: Credited, since: date, until: date) -> exp.Expr:
    """What campaigns gave is found on the next day: a second run of a night must not see what the first one gave."""
    of = trigger.credited
    enough = sql("f.amount >= $least", least=of.at_least) if of.at_least is not None else sql("f.amount > 0")
    return sql(
        """
        select f.customer_key, cast(f.day as varchar) as occurrence, f.day as happened_on,
            cast(null as timestamptz) as happened_at,
            cast(to_json({'kind': $kind, 'amount': f.amount}) as varchar) as context
        from (
            select b.customer_key, b.day, sum(b.amount) as amount
            from (
                select customer_key, day, bonus_accrued as amount
                from receipt
                where $by_receipts and status = 'paid' and customer_key is not null and bonus_accrued > 0
                    and day between $since and $until
                union all
                select customer_key, accrued_on + 1, amount
                from accrual
                where kind = $kind and accrued_on between $first and $last
            ) as b
            group by b.customer_key, b.day
        ) as f
        where $enough
        """,
        kind=of.kind, by_receipts=of.kind == "bonuses", since=since, until=until, first=since - _DAY, last=until - _DAY,
        enough=enough,
    )  # fmt: skip


KINDS = (
    Kind(OnDateOf, "the order's or receipt's id; of a customer the month of the date", _on_date_of),
    Kind(BonusesExpire, "the day on which they expire", _bonuses_expire),
    Kind(Credited, "the day, one a day", _credited),
)
