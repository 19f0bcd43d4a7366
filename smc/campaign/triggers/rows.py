"""Triggers by rows: receipts, orders, events, products in a list. The segment stage has found them in watch_row."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from smc.campaign.triggers.kind import Kind
from smc.campaign.triggers.polls import completed
from smc.config.specs.trigger_poll import OnPoll
from smc.config.specs.trigger_row import OnReceipt, OnWebEvent
from smc.config.specs.watch import AddedTo, Bought, Event, Order, Ordered, PromocodeUsed, Watched
from smc.warehouse import sql


def _row(trigger: Watched, since: date, until: date) -> exp.Expr:
    """Each row by itself; of those with one key, such as the answers to a poll, the first of these days."""
    return sql(
        """
        select customer_key, occurrence, happened_on, happened_at, context
        from (
            select customer_key, row_key as occurrence, day as happened_on, happened_at, context,
                row_number() over (partition by customer_key, row_key order by happened_at, day, context) as nth
            from watch_row
            where watch = $watch and day between $since and $until
        ) as keyed
        where nth = 1
        """,
        watch=trigger.row.key, since=since, until=until,
    )  # fmt: skip


def _receipt(trigger: OnReceipt, since: date, until: date) -> exp.Expr:
    """``first``: the earliest paid receipt of the day that the metrics know as that of the first receipt."""
    found = _row(trigger, since, until)
    if not trigger.receipt.first:
        return found
    return sql(
        """
        select w.customer_key, 'first' as occurrence, w.happened_on, w.happened_at, w.context
        from $found as w
        join customer_metric as m on m.customer_key = w.customer_key and m.first_receipt = w.happened_on
        join (
            select customer_key, receipt_key,
                row_number() over (partition by customer_key, day order by purchased_at, receipt_key) as nth
            from receipt where status = 'paid' and customer_key is not null and day between $since and $until
        ) as r on r.customer_key = w.customer_key and r.nth = 1
        join receipt_ident as i on i.receipt_key = r.receipt_key and i.receipt_id = w.occurrence
        """,
        found=found, since=since, until=until,
    )  # fmt: skip


def _web_event(trigger: OnWebEvent, since: date, until: date) -> exp.Expr:
    found, once_per = _row(trigger, since, until), trigger.web_event.once_per
    if once_per == "event":
        return found
    session = "json_extract_string(context, '$.session')" if once_per == "session" else "null"
    return sql(
        f"""
        select customer_key, occurrence, happened_on, happened_at, context
        from (
            select
                w.customer_key, w.occurrence, w.happened_on, w.happened_at, w.context,
                row_number() over (partition by customer_key, occurrence order by happened_at, event) as nth
            from (
                select
                    customer_key, coalesce({session}, cast(happened_on as varchar)) as occurrence,
                    occurrence as event, happened_on, happened_at, context
                from $found as every_event
            ) as w
        ) as numbered
        where nth = 1
        """,
        found=found,
    )


def _poll(trigger: OnPoll, since: date, until: date) -> exp.Expr:
    return completed(trigger, since, until) if trigger.poll.completed else _row(trigger, since, until)


KINDS = (
    Kind(OnReceipt, "the receipt's id; with `first` the word `first`", _receipt),
    Kind(Bought, "the receipt's id", _row),
    Kind(Ordered, "the order's id", _row),
    Kind(Order, "the order's id; with `becomes` also which status and its code", _row),
    Kind(Event, "the event's id", _row),
    Kind(OnWebEvent, "the session, or the day; with `once_per: event` the event's id", _web_event),
    Kind(AddedTo, "the list, the product and the day when it was put in", _row),
    Kind(OnPoll, "the poll", _poll),
    Kind(PromocodeUsed, "group, code and day", _row),
)
