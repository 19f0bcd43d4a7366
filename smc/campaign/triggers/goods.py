"""Triggers by what happens to products: prices and stocks, of those that a customer is interested in.

A customer enters once a day, with the product that changed most; ``products`` says how many there were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlglot import exp

from smc.campaign.triggers.kind import Kind
from smc.config.specs.trigger_change import BackInStock, Interest, LowStock, PriceChanged
from smc.warehouse import all_of, sql

_SOURCES = {
    "viewed": ("web_event", "t.day", "t.product_key is not null and t.day between $first and $until"),
    "bought": ("receipt_line", "t.day", "t.counted and t.quantity > 0 and t.day between $first and $until"),
    "container": ("container", "cast(t.added_at as date)", "t.container = $container"),
}
_DAY = "coalesce(cast(h.changed_at as date), h.known_on)"
_CHANGED = f"""
    select c.product_key, c.day, c.changed_at, c.before
    from (
        select h.product_key, {_DAY} as day, h.changed_at, h.before,
            row_number() over (partition by h.product_key, {_DAY} order by h.changed_at, h.before desc) as nth
        from product_change as h
        where h.kind = $kind and h.before is not null and {_DAY} between $since and $until
    ) as c
    where c.nth = 1
"""
"""The day's first change of each product: what was so before it."""
_RATIO = "cast(p.price as double) / nullif(cast(c.before as double), 0)"


def _price_changed(trigger: PriceChanged, since: date, until: date) -> exp.Expr:
    """The price of now against that before the day, so that what went up and down again is no change."""
    of = trigger.price_changed
    moved, by = sql("p.price <> c.before"), f"abs({_RATIO} - 1)"
    if of.drop is not None:
        moved = sql("p.price * 100 <= c.before * $kept", kept=Decimal(100) - of.drop)
    if of.rise is not None:
        moved = sql("p.price * 100 >= c.before * $grown", grown=Decimal(100) + of.rise)
    return _hits(
        sql(
            f"""
            select w.customer_key, c.day, c.changed_at, p.product_key, p.name, {by} as weight,
                c.before, p.price, p.stock
            from $changed as c
            join product as p on p.product_key = c.product_key and coalesce(p.active, true)
            join $interest as w on w.product_key = c.product_key and coalesce(w.day0 <= c.day, true)
            where p.price is not null and $moved
            """,
            changed=_changed("price", since, until), interest=_interest(of.of, until), moved=moved,
        ),
        "'price_before': f.before, 'price': f.price, 'stock': f.stock",
    )  # fmt: skip


def _back_in_stock(trigger: BackInStock, since: date, until: date) -> exp.Expr:
    return _hits(
        sql(
            """
            select w.customer_key, c.day, c.changed_at, p.product_key, p.name, p.stock as weight, p.price, p.stock
            from $changed as c
            join product as p on p.product_key = c.product_key and coalesce(p.active, true)
            join $interest as w on w.product_key = c.product_key and coalesce(w.day0 <= c.day, true)
            where c.before <= 0 and p.stock > 0
            """,
            changed=_changed("stock", since, until), interest=_interest(trigger.back_in_stock.of, until),
        ),
        "'price': f.price, 'stock': f.stock",
    )  # fmt: skip


def _low_stock(trigger: LowStock, since: date, until: date) -> exp.Expr:
    """The stock fell so low, or what is scarce already was put into the list."""
    of = trigger.low_stock
    return _hits(
        sql(
            """
            select g.customer_key, g.day, g.changed_at, p.product_key, p.name, -p.stock as weight, p.price, p.stock
            from (
                select w.customer_key, c.product_key, c.day, c.changed_at
                from $changed as c
                join $interest as w on w.product_key = c.product_key and coalesce(w.day0 <= c.day, true)
                where c.before > $least
                union all
                select w.customer_key, w.product_key, w.day0, cast(null as timestamptz)
                from $interest as w
                where $listed and w.day0 between $since and $until
            ) as g
            join product as p on p.product_key = g.product_key and coalesce(p.active, true)
            where p.stock > 0 and p.stock <= $least
            """,
            changed=_changed("stock", since, until), interest=_interest(of.of, until), least=of.at_most,
            listed=of.of.container is not None, since=since, until=until,
        ),
        "'price': f.price, 'stock': f.stock",
    )  # fmt: skip


def _changed(kind: str, since: date, until: date) -> exp.Expr:
    return sql(_CHANGED, kind=kind, since=since, until=until)


def _interest(of: Interest, until: date) -> exp.Expr:
    """SELECT of customer_key, product_key, and day0 since when."""
    days = of.viewed or of.bought
    kind = "container" if days is None else "viewed" if of.viewed else "bought"
    table, day, which = _SOURCES[kind]
    holes = {"container": of.container} if days is None else {"first": until - timedelta(days=days), "until": until}
    return sql(
        f"""
        select t.customer_key, t.product_key, min({day}) as day0
        from {table} as t
        where t.customer_key is not null and {which} and $among
        group by t.customer_key, t.product_key
        """,
        **holes, among=all_of([*_among(of)]),
    )  # fmt: skip


def _among(of: Interest) -> Iterator[exp.Expr]:
    """What products must be. A category is of any classifier, and named by its id or by a name that only it has; below
    it counts too."""
    yield sql("true")
    if of.product is not None:
        yield _products("k.product_id in $texts", of.product)
    if of.brand is not None:
        yield _products("p.brand in $texts", of.brand)
    if of.category is not None:
        yield _products(
            """
            k.product_key in (
                select g.product_key
                from (
                    select product_key, category_key from product
                    union all
                    select product_key, category_key from product_category
                ) as g
                join (
                    select coalesce(a.category_key, i.category_key) as category_key
                    from category_ident as i
                    left join category as c on c.category_key = i.category_key
                    left join category_ancestor as a on a.ancestor_key = i.category_key
                    where i.category_id in $texts
                        or (
                            c.name in (select n.name from category as n group by n.name having count(*) = 1)
                            and c.name in $texts
                            and c.name not in (select o.category_id from category_ident as o)
                        )
                ) as b on b.category_key = g.category_key
            )
            """,
            of.category,
        )


def _products(which: str, texts: Sequence[str]) -> exp.Expr:
    found = sql(
        """
        select k.product_key
        from product_ident as k
        left join product as p on p.product_key = k.product_key
        where $which
        """,
        which=sql(which, texts=list(texts)),
    )
    return sql("t.product_key in ($found)", found=found)


def _hits(pairs: exp.Expr, context: str) -> exp.Expr:
    """Of the products of a customer and day the weightiest, among equals that with the lowest key."""
    return sql(
        f"""
        select f.customer_key, cast(f.day as varchar) as occurrence, f.day as happened_on, f.changed_at as happened_at,
            cast(to_json({{
                'product_id': i.product_id, 'product': f.name, {context}, 'products': f.products
            }}) as varchar) as context
        from (
            select g.*,
                row_number() over (partition by g.customer_key, g.day order by g.weight desc, g.product_key) as nth,
                count(*) over (partition by g.customer_key, g.day) as products
            from $pairs as g
        ) as f
        join product_ident as i on i.product_key = f.product_key
        where f.nth = 1
        """,
        pairs=pairs,
    )


_ONE_A_DAY = "the day on which it changed, one a day"
KINDS = (
    Kind(PriceChanged, _ONE_A_DAY, _price_changed),
    Kind(LowStock, _ONE_A_DAY, _low_stock),
    Kind(BackInStock, _ONE_A_DAY, _back_in_stock),
)
