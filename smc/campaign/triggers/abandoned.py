"""Triggers by what was begun and not followed by a purchase: carts and views."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlglot import exp

from smc.campaign.triggers.kind import Kind
from smc.config.specs.trigger_row import AbandonedCart, AbandonedView, days_of, minutes_of
from smc.warehouse import sql

_PURCHASES = {
    "bought": """select customer_key, purchased_at as done_at from receipt
        where status = 'paid' and customer_key is not null and day >= $first""",
    "ordered": """select customer_key, ordered_at as done_at from customer_order
        where counted and customer_key is not null and day >= $first""",
}


def _cart(trigger: AbandonedCart, since: date, until: date) -> exp.Expr:
    """The product that was put in last stands for the cart as it is."""
    last = sql(
        """
        select customer_key, row_key as occurrence, happened_at, context,
            row_number() over (partition by customer_key order by happened_at desc, row_key) as nth
        from watch_row
        where watch = $watch and happened_at is not null
        """,
        watch=trigger.row.key,
    )
    told = trigger.abandoned_cart
    return _left(last, told.after, told.unless, since, until)


def _view(trigger: AbandonedView, since: date, until: date) -> exp.Expr:
    """The last view of the session; where no session is known, of the day."""
    last = sql(
        """
        select customer_key, occurrence, happened_at, context,
            row_number() over (partition by customer_key, occurrence order by happened_at desc, row_key) as nth
        from (
            select customer_key, row_key, happened_at, context,
                coalesce(json_extract_string(context, '$.session'), cast(day as varchar)) as occurrence
            from watch_row
            where watch = $watch
        ) as seen
        """,
        watch=trigger.row.key,
    )
    told = trigger.abandoned_view
    return _left(last, told.after, told.unless, since, until)


def _left(last: exp.Expr, after: str, unless: Collection[str], since: date, until: date) -> exp.Expr:
    """What was left so long ago, without a purchase behind it. The day is that on which the time is over."""
    minutes, first = minutes_of(after), since - timedelta(days=days_of(after))
    found = f"""
        select w.customer_key, w.occurrence, w.happened_on, w.happened_at, w.context
        from (
            select *, cast(happened_at + interval '{minutes}' minute as date) as happened_on
            from $last as newest where nth = 1
        ) as w
    """
    joined = "".join(
        f" left join (select customer_key, max(done_at) as done_at from ({_PURCHASES[name]}) as p"
        f" group by customer_key) as {name} on {name}.customer_key = w.customer_key and {name}.done_at > w.happened_at"
        for name in unless
    )
    without = "".join(f" and {name}.customer_key is null" for name in unless)
    where = f" where w.happened_on between $since and $until{without}"
    holes: dict[str, date] = {"first": first} if unless else {}
    return sql(f"{found}{joined}{where}", last=last, since=since, until=until, **holes)


def _cart_delay(trigger: AbandonedCart) -> int:
    return minutes_of(trigger.abandoned_cart.after)


def _view_delay(trigger: AbandonedView) -> int:
    return minutes_of(trigger.abandoned_view.after)


KINDS = (
    Kind(
        AbandonedCart,
        "the list, the product that was put in last, and the day of that, later than at his last entry",
        _cart,
        _cart_delay,
        newer=True,
    ),
    Kind(AbandonedView, "the session; without one the day", _view, _view_delay),
)
