"""Tables with many rows per customer as data, so that metrics and conditions read all of them in one way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from smc.model.fact import (
    BRAND,
    CATEGORY,
    CONTEXT,
    DAY,
    PRODUCT,
    PRODUCT_NAME,
    STORE,
    STORES,
    Fact,
    FactField,
    FactType,
    OwnField,
    OwnMart,
    own,
    system,
)  # fmt: skip
from smc.model.facts_done import (
    BONUSES,
    CARDS,
    CONTAINERS,
    ENTRIES,
    EVENTS,
    MESSAGES,
    POLL_ANSWERS,
    PROMOCODES,
    REACTED,
    SENT,
    STATES,
    STEPS,
    WEB_EVENTS,
)  # fmt: skip
from smc.model.objects import OBJECTS

__all__ = ["CONTEXT", "SENT", "STATES", "Fact", "FactField", "FactType", "OwnField", "OwnMart", "facts"]

SHORT = {"category": "category_id", "product": "product_id", "store": "store_id"}
"""Short names of fields, for any fact that has the long one."""
LINES = {"receipts": "lines", "orders": "order_lines"}
"""Facts whose rows have lines, and the fact of these."""
OF_LINES = ("product_id", "category_id", "brand", "product_name")
"""Fields of lines that can be named over receipts and orders."""
TOTAL = "total"
"""A field of receipts and orders that can be named over their lines."""
FACT_OF = {
    "receipt": "receipts", "receipt_line": "lines", "order": "orders", "order_line": "order_lines",
    "promocode": "promocodes", "card": "cards", "container": "containers", "bonus_balance": "bonuses",
}  # fmt: skip
"""Objects whose rows are rows of customers, and have fields of the shop that conditions and metrics read."""
NAMED = {"product": ("p", PRODUCT), "store": ("s", STORE), "category": ("k", CATEGORY)}
"""What rows name, and its join: fields of the shop that it has are ``product_NAME`` and so on over these rows."""
_SORTED = ("lines", "order_lines")
"""Facts whose rows have a category of their own; it is joined only where categories have fields of the shop."""


def facts(
    custom: Mapping[str, Sequence[OwnField]],
    marts: Sequence[OwnMart] = (),
    codes: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Fact]:
    """Every fact of a project by name; a mart that is named like a fact of smc is left out.

    ``custom``: its own fields by object (``receipt_line``, ``order``, …). ``codes``: those of the statuses of
    orders, by field of order.
    """
    listed = codes or {}
    found = (
        _receipts(custom), _lines(custom), _orders(custom, listed), _order_lines(custom, listed), EVENTS, WEB_EVENTS,
        MESSAGES, REACTED, _more(PROMOCODES, custom.get("promocode", ())), _more(CARDS, custom.get("card", ())),
        _more(CONTAINERS, custom.get("container", ())), _more(BONUSES, custom.get("bonus_balance", ())),
        POLL_ANSWERS, ENTRIES, STEPS,
    )  # fmt: skip
    named = {fact.name: _with_named(fact, custom) for fact in found}
    return named | {mart.name: _mart(mart) for mart in marts if mart.name not in named}


@cache
def names_of_facts() -> frozenset[str]:
    """The facts of smc; no mart can have one of these names."""
    return frozenset(facts({}))


@cache
def names_over(item: str) -> frozenset[str]:
    """Every name that means something over the rows of an object, custom fields aside; empty for one without a fact."""
    if item not in FACT_OF:
        return frozenset()
    fact = facts({})[FACT_OF[item]]
    long = {*fact.names, *(OF_LINES if fact.name in LINES else ()), *((TOTAL,) if fact.name in LINES.values() else ())}
    return frozenset({*long, *(short for short, name in SHORT.items() if name in long)})


def _more(fact: Fact, fields: Sequence[OwnField]) -> Fact:
    """The fact with the shop's fields behind those of smc."""
    return replace(fact, fields=(*fact.fields, *own(fields)))


@cache
def borrowed(item: str) -> tuple[str, ...]:
    """What names of fields begin with that rows of an object have from what they name; none without a fact."""
    if item not in FACT_OF:
        return ()
    fact = facts({})[FACT_OF[item]]
    return tuple(f"{name}_" for name, (alias, join) in NAMED.items() if _names(fact, alias, join))


def _names(fact: Fact, alias: str, join: str) -> bool:
    return fact.joins.get(alias) == join or (join == CATEGORY and fact.name in _SORTED)


def _with_named(fact: Fact, custom: Mapping[str, Sequence[OwnField]]) -> Fact:
    """The fact with the shop's fields of what its rows name behind all others."""
    for item, (alias, join) in NAMED.items():
        if custom.get(item) and _names(fact, alias, join):
            fields = own(custom[item], alias, f"{item}_")
            fact = replace(
                fact, fields=(*fact.fields, *fields), joins={**fact.joins, alias: join}, reads=fact.reads | {item}
            )
    return fact


def _receipts(custom: Mapping[str, Sequence[OwnField]]) -> Fact:
    return Fact(
        "receipts", "Receipts", "receipt", "receipt", "t.day",
        (
            *system(OBJECTS["receipt"], "receipt_id", needs={"receipt_id": ("ri.receipt_id", "ri")}),
            *system(OBJECTS["receipt"], "store_id", "purchased_at", "status", "total", "discount", "bonus_paid",
                     "bonus_accrued", "promocode", "source"),
            DAY, *STORES,
            *own(custom.get("receipt", ())),
        ),
        counts="t.status in ('paid', 'returned')",
        counted_once="t.status = 'paid'",
        decides=("status",),
        joins={"ri": "left join receipt_ident as ri on ri.receipt_key = t.receipt_key", "s": STORE},
        reads=frozenset({"receipt", "store"}),
        key="ri.receipt_id",
        at="t.purchased_at",
        key_needs=("ri",),
    )  # fmt: skip


def _lines(custom: Mapping[str, Sequence[OwnField]]) -> Fact:
    line, of_receipt = OBJECTS["receipt_line"], OBJECTS["receipt"]
    return Fact(
        "lines", "Lines of receipts", "line", "receipt_line", "t.day",
        (
            *system(line, "receipt_id", needs={"receipt_id": ("ri.receipt_id", "ri")}),
            *system(line, "line_no", "product_id", "quantity", "price", "amount", "discount"),
            FactField("category_id", "Category", "category", "t.category_key"), BRAND, PRODUCT_NAME,
            *system(of_receipt, "store_id", "status", "purchased_at", "promocode", needs={
                name: (f"r.{name}", "r") for name in ("store_id", "status", "purchased_at", "promocode")
            }),
            DAY,
            *own(custom.get("receipt_line", ())),
        ),
        counts="t.counted",
        counted_once="t.counted and coalesce(back.returned, 0) = 0 and t.quantity >= 0 and t.amount >= 0",
        once_needs=("back",),
        taken_back="(t.quantity < 0 or t.amount < 0) and coalesce(back.returned, 0) = 0",
        decides=("status",),
        joins={
            "p": PRODUCT,
            "ri": "left join receipt_ident as ri on ri.receipt_key = t.receipt_key",
            "r": "left join receipt as r on r.receipt_key = t.receipt_key",
            # few receipts are returned: a small join says as much as one with all of them
            "back": "left join (select receipt_key, 1 as returned from receipt where status = 'returned') as back "
                    "on back.receipt_key = t.receipt_key",
        },
        reads=frozenset({"receipt_line", "receipt", "product"}),
        key="ri.receipt_id",
        at="r.purchased_at",
        key_needs=("ri", "r"),
    )  # fmt: skip


_STATUSES = ("status", "delivery_status", "payment_status")


def _orders(custom: Mapping[str, Sequence[OwnField]], codes: Mapping[str, Sequence[str]]) -> Fact:
    without = ("order_id", "customer_id", "changed_at")
    return Fact(
        "orders", "Orders", "order", "customer_order", "t.day",
        (
            FactField("order_id", "Order id", "string", "oi.order_id", ("oi",)),
            *system(OBJECTS["order"], *(spec.name for spec in OBJECTS["order"].fields if spec.name not in without),
                     codes=codes),
            DAY, *STORES,
            *own(custom.get("order", ())),
        ),
        counts="coalesce(t.counted, false)",
        counted_once="coalesce(t.counted, false)",
        decides=_STATUSES,
        joins={"oi": "left join order_ident as oi on oi.order_key = t.order_key", "s": STORE},
        reads=frozenset({"customer_order", "store"}),
        key="oi.order_id",
        at="t.ordered_at",
        key_needs=("oi",),
    )  # fmt: skip


def _order_lines(custom: Mapping[str, Sequence[OwnField]], codes: Mapping[str, Sequence[str]]) -> Fact:
    of_order = ("store_id", "ordered_at", "promocode", *_STATUSES)
    return Fact(
        "order_lines", "Lines of orders", "line of an order", "order_line", "t.day",
        (
            FactField("order_id", "Order id", "string", "oi.order_id", ("oi",)),
            *system(OBJECTS["order_line"], "line_no", "product_id", "quantity", "price", "amount", "discount"),
            FactField("category_id", "Category", "category", "t.category_key"), BRAND, PRODUCT_NAME,
            *system(OBJECTS["order"], *of_order, needs={name: (f"o.{name}", "o") for name in of_order}, codes=codes),
            DAY,
            *own(custom.get("order_line", ())),
        ),
        counts="t.counted",
        counted_once="t.counted",
        decides=_STATUSES,
        joins={
            "p": PRODUCT,
            "oi": "left join order_ident as oi on oi.order_key = t.order_key",
            "o": "left join customer_order as o on o.order_key = t.order_key",
        },
        reads=frozenset({"order_line", "customer_order", "product"}),
        key="oi.order_id",
        at="o.ordered_at",
        key_needs=("oi", "o"),
    )  # fmt: skip


def order_changes(custom: Mapping[str, Sequence[OwnField]], codes: Mapping[str, Sequence[str]]) -> Fact:
    """Changes of the statuses of orders, with the order as it is now. Campaigns alone read it.

    ``status_becomes``, ``status_was``, …: the codes of one of the three statuses, nothing in changes of another.
    """
    without = ("order_id", "customer_id", "changed_at")
    names = [spec.name for spec in OBJECTS["order"].fields if spec.name not in without]
    of_order = {name: (f"o.{spec.column}", "o") for name in names if (spec := OBJECTS["order"].field(name))}
    kinds = (("status", "general"), ("delivery", "delivery"), ("payment", "payment"))
    return Fact(
        "order_changes", "Changes of orders", "change of an order",
        """(
    select
        l.order_key, o.customer_key, l.kind, l.status, l.before, l.changed_at,
        coalesce(cast(l.changed_at as date), l.known_on) as day
    from order_status_log as l
    join customer_order as o on o.order_key = l.order_key
    where l.before is null or l.before <> l.status
)""",
        "t.day",
        (
            FactField("order_id", "Order id", "string", "oi.order_id", ("oi",)),
            FactField("changed", "Which status changed", "string", "t.kind", one_of=tuple(kind for _, kind in kinds)),
            FactField("becomes", "Code that it got", "string", "t.status"),
            FactField("before", "Code that it had", "string", "t.before"),
            FactField("changed_at", "When it changed", "datetime", "t.changed_at"),
            *(
                FactField(f"{name}_{word}", f"Code of the {kind} status", "string",
                          f"case when t.kind = '{kind}' then t.{column} end", (),
                          tuple(codes.get(name if name == "status" else f"{name}_status", ())), shown=False)
                for name, kind in kinds
                for word, column in (("becomes", "status"), ("was", "before"))
            ),
            *system(OBJECTS["order"], *names, needs=of_order, codes=codes),
            DAY,
            *own(custom.get("order", ()), "o"),
        ),
        joins={
            "oi": "left join order_ident as oi on oi.order_key = t.order_key",
            "o": "left join customer_order as o on o.order_key = t.order_key",
        },
        reads=frozenset({"customer_order"}),
        key="oi.order_id || ' ' || t.kind || ' ' || t.status",
        at="t.changed_at",
        key_needs=("oi",),
    )  # fmt: skip


def _mart(mart: OwnMart) -> Fact:
    table = f"mart_{mart.name}"
    return Fact(
        mart.name, mart.title, f"row of {mart.name}", f'"{table}"', None,
        tuple(FactField(spec.name, spec.title, spec.type, f't."{spec.name}"') for spec in mart.fields),
        reads=frozenset({table}),
    )  # fmt: skip
