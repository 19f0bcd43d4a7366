"""Triggers by receipts."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from smc.campaign.triggers.kind import Kind
from smc.config.specs.trigger import Receipt
from smc.warehouse import sql


def _receipt(trigger: Receipt, since: date, until: date) -> exp.Expr:
    wanted = trigger.receipt
    conditions = sql("r.status = 'paid' and r.day between $since and $until", since=since, until=until)
    if wanted.total_at_least is not None:
        conditions = sql("$before and r.total >= $least", before=conditions, least=wanted.total_at_least)
    if wanted.first:
        conditions = sql("$before and r.day = m.first_receipt and r.nth = 1", before=conditions)
    return sql(
        """
        select r.customer_key, case when $first then 'first' else i.receipt_id end as occurrence, r.day as happened_on,
            r.purchased_at as happened_at, cast(null as varchar) as context
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


KINDS = (Kind(Receipt, "the receipt's id; with `first` the word `first`", _receipt),)
