"""Tables with many rows per customer as data, so that metrics and conditions read all of them in one way.

A statement over a fact is ``select … from {fact.table} as t {joins} where t.customer_key is not null and {counts}``.
Every piece of SQL here stays in the subset that sqlglot carries to Spark. Local days and times are those of the
session's zone, which is the project's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from smc.model.objects import OBJECTS, ObjectType, Type

FactType = Literal["string", "integer", "decimal", "boolean", "date", "datetime", "product", "category", "store"]
"""``product`` and ``category`` hold integer keys of the warehouse, ``store`` the shop's id."""

CONTEXT = "context."
"""Details of an event are fields named ``context.KEY``; they are texts and there for any key."""

_TYPES: dict[Type, FactType] = {"long": "integer", "number": "decimal", "quantity": "decimal"}
_SQL_TYPE: dict[FactType, str] = {
    "integer": "bigint", "decimal": "decimal(18, 4)", "boolean": "boolean", "date": "date", "datetime": "timestamptz",
}  # fmt: skip
_KEYS: dict[str, FactType] = {"product_id": "product", "category_id": "category", "store_id": "store"}


@dataclass(frozen=True, slots=True)
class FactField:
    """``read``: SQL over ``t`` and the aliases in ``needs``, which are joins of the fact; null: there is no value."""

    name: str
    title: str
    type: FactType
    read: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field of fields.yaml, of an object or of a mart."""

    name: str
    title: str
    type: FactType


@dataclass(frozen=True, slots=True)
class OwnMart:
    """A data mart of fields.yaml; ``many`` rows per customer or one."""

    name: str
    title: str
    fields: tuple[OwnField, ...]
    many: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A table with rows of customers (``t.customer_key``, null for nobody).

    ``table`` stands behind ``from``: a name, or a query in brackets. ``reads``: tables of the warehouse behind it and
    its joins. ``day``: SQL of the local DATE by which windows cut; None for a state without a time.
    ``counts``: rows that count at all (sums take these); ``counted_once``: rows that are things to be counted, with the
    joins in ``once_needs``. ``decides``: fields about which both speak; a condition that names one of them itself asks
    for rows of any state. ``joins``: alias → text of a join with at most one row. ``touches``: table that tells that a
    customer's rows changed; None when nothing tells it. ``item``: what one row is, in words.
    ``context``: SQL of a map of details by name.
    """

    name: str
    title: str
    item: str
    table: str
    day: str | None
    fields: tuple[FactField, ...]
    counts: str = "true"
    counted_once: str = "true"
    once_needs: tuple[str, ...] = ()
    decides: tuple[str, ...] = ()
    joins: Mapping[str, str] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()
    touches: str | None = "customer_touched"
    context: str | None = None

    def field(self, name: str) -> FactField | None:
        """A field by its name, also ``context.KEY``; None when there is none."""
        if self.context is not None and name.startswith(CONTEXT) and len(name) > len(CONTEXT):
            key = name.removeprefix(CONTEXT).replace("'", "''")
            return FactField(name, f"Detail {name.removeprefix(CONTEXT)}", "string", f"{self.context}['{key}']")
        return next((found for found in self.fields if found.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields; details of events are not among them."""
        return tuple(found.name for found in self.fields)

    def joined(self, needs: Sequence[str]) -> str:
        """The joins for these aliases, in the order of the catalogue."""
        return " ".join(text for alias, text in self.joins.items() if alias in needs)


def facts(custom: Mapping[str, Sequence[OwnField]], marts: Sequence[OwnMart] = ()) -> dict[str, Fact]:
    """Every fact of a project by name. ``custom``: its own fields by object (``receipt_line``, ``order``, …)."""
    found = (
        _receipts(custom), _lines(custom), _orders(custom), _order_lines(custom), _EVENTS, _WEB_EVENTS, _MESSAGES,
        _REACTIONS, _PROMOCODES, _CARDS, _CONTAINERS, _BONUSES, _POLL_ANSWERS,
    )  # fmt: skip
    named = {fact.name: fact for fact in found}
    return named | {mart.name: _mart(mart) for mart in marts if mart.name not in named}


def _system(item: ObjectType, *names: str, needs: Mapping[str, tuple[str, str]] | None = None) -> tuple[FactField, ...]:
    """System fields of an object, those in ``names``. ``needs``: for fields not read from ``t`` SQL and alias."""
    found = []
    for name in names:
        spec = item.field(name)
        if spec is None:
            raise ValueError(f"{item.name} has no field {name}")
        read, alias = (needs or {}).get(name, (f"t.{spec.column}", ""))
        kind = _KEYS.get(name) or _TYPES.get(spec.type) or _plain(spec.type)
        found.append(FactField(name, spec.title, kind, read, (alias,) if alias else ()))
    return tuple(found)


def _plain(kind: Type) -> FactType:
    match kind:
        case "string" | "integer" | "decimal" | "boolean" | "date" | "datetime":
            return kind
        case _:
            raise ValueError(f"{kind} is no type of a field of a fact")


def _own(fields: Sequence[OwnField]) -> tuple[FactField, ...]:
    """Custom fields, kept as text in a map."""
    return tuple(FactField(spec.name, spec.title, spec.type, _cast(f"t.custom['{spec.name}']", spec.type))
                 for spec in fields)  # fmt: skip


def _cast(text: str, kind: FactType) -> str:
    return text if kind == "string" else f"try_cast({text} as {_SQL_TYPE[kind]})"


_DAY = FactField("day", "Local day", "date", "t.day")
_PRODUCT = "left join product as p on p.product_key = t.product_key"
_STORE = "left join store as s on s.store_id = t.store_id"
_BRAND = FactField("brand", "Brand", "string", "p.brand", ("p",))
_PRODUCT_NAME = FactField("product_name", "Name of the product", "string", "p.name", ("p",))
_PRODUCT_CATEGORY = FactField("category_id", "Category", "category", "p.category_key", ("p",))
_STORES = (
    FactField("store_city", "City of the store", "string", "s.city", ("s",)),
    FactField("store_region", "Region of the store", "string", "s.region", ("s",)),
)


def _receipts(custom: Mapping[str, Sequence[OwnField]]) -> Fact:
    return Fact(
        "receipts", "Receipts", "receipt", "receipt", "t.day",
        (
            *_system(OBJECTS["receipt"], "receipt_id", needs={"receipt_id": ("ri.receipt_id", "ri")}),
            *_system(OBJECTS["receipt"], "store_id", "purchased_at", "status", "total", "discount", "bonus_paid",
                     "bonus_accrued", "promocode", "source"),
            _DAY, *_STORES,
            *_own(custom.get("receipt", ())),
        ),
        counts="t.status in ('paid', 'returned')",
        counted_once="t.status = 'paid'",
        decides=("status",),
        joins={"ri": "left join receipt_ident as ri on ri.receipt_key = t.receipt_key", "s": _STORE},
        reads=frozenset({"receipt", "store"}),
    )  # fmt: skip


def _lines(custom: Mapping[str, Sequence[OwnField]]) -> Fact:
    line, of_receipt = OBJECTS["receipt_line"], OBJECTS["receipt"]
    return Fact(
        "lines", "Lines of receipts", "line", "receipt_line", "t.day",
        (
            *_system(line, "receipt_id", needs={"receipt_id": ("ri.receipt_id", "ri")}),
            *_system(line, "line_no", "product_id", "quantity", "price", "amount", "discount"),
            FactField("category_id", "Category", "category", "t.category_key"), _BRAND, _PRODUCT_NAME,
            *_system(of_receipt, "store_id", "status", "purchased_at", "promocode", needs={
                name: (f"r.{name}", "r") for name in ("store_id", "status", "purchased_at", "promocode")
            }),
            _DAY,
            *_own(custom.get("receipt_line", ())),
        ),
        counts="t.counted",
        counted_once="t.counted and coalesce(back.returned, 0) = 0",
        once_needs=("back",),
        decides=("status",),
        joins={
            "p": _PRODUCT,
            "ri": "left join receipt_ident as ri on ri.receipt_key = t.receipt_key",
            "r": "left join receipt as r on r.receipt_key = t.receipt_key",
            # few receipts are returned: a small join says as much as one with all of them
            "back": "left join (select receipt_key, 1 as returned from receipt where status = 'returned') as back "
                    "on back.receipt_key = t.receipt_key",
        },
        reads=frozenset({"receipt_line", "receipt", "product"}),
    )  # fmt: skip


_STATUSES = ("status", "delivery_status", "payment_status")


def _orders(custom: Mapping[str, Sequence[OwnField]]) -> Fact:
    return Fact(
        "orders", "Orders", "order", "customer_order", "t.day",
        (
            FactField("order_id", "Order id", "string", "oi.order_id", ("oi",)),
            *_system(OBJECTS["order"], *(spec.name for spec in OBJECTS["order"].fields if spec.name not in
                                         ("order_id", "customer_id", "changed_at"))),
            _DAY, *_STORES,
            *_own(custom.get("order", ())),
        ),
        counts="coalesce(t.counted, false)",
        counted_once="coalesce(t.counted, false)",
        decides=_STATUSES,
        joins={"oi": "left join order_ident as oi on oi.order_key = t.order_key", "s": _STORE},
        reads=frozenset({"customer_order", "store"}),
    )  # fmt: skip


def _order_lines(custom: Mapping[str, Sequence[OwnField]]) -> Fact:
    of_order = ("store_id", "ordered_at", "promocode", *_STATUSES)
    return Fact(
        "order_lines", "Lines of orders", "line of an order", "order_line", "t.day",
        (
            FactField("order_id", "Order id", "string", "oi.order_id", ("oi",)),
            *_system(OBJECTS["order_line"], "line_no", "product_id", "quantity", "price", "amount", "discount"),
            FactField("category_id", "Category", "category", "t.category_key"), _BRAND, _PRODUCT_NAME,
            *_system(OBJECTS["order"], *of_order, needs={name: (f"o.{name}", "o") for name in of_order}),
            _DAY,
            *_own(custom.get("order_line", ())),
        ),
        counts="t.counted",
        counted_once="t.counted",
        decides=_STATUSES,
        joins={
            "p": _PRODUCT,
            "oi": "left join order_ident as oi on oi.order_key = t.order_key",
            "o": "left join customer_order as o on o.order_key = t.order_key",
        },
        reads=frozenset({"order_line", "customer_order", "product"}),
    )  # fmt: skip


_EVENTS = Fact(
    "events", "Events", "event", "event", "t.day",
    (*_system(OBJECTS["event"], "event_id", "name", "occurred_at", "source"), _DAY),
    reads=frozenset({"event"}),
    context="t.context",
)  # fmt: skip

_WEB_EVENTS = Fact(
    "web_events", "Web events", "web event", "web_event", "t.day",
    (
        *_system(OBJECTS["web_event"], "event_id", "visitor", "session", "name", "occurred_at", "page", "product_id"),
        FactField("category_id", "Category of the row, else of its product", "category",
                  "coalesce(t.category_key, p.category_key)", ("p",)),
        _BRAND, _PRODUCT_NAME,
        *_system(OBJECTS["web_event"], "price", "container", "quantity", "source"), _DAY,
    ),
    joins={"p": _PRODUCT},
    reads=frozenset({"web_event", "product"}),
)  # fmt: skip

SENT = ("sent", "accepted", "delivered", "bounced", "unknown")
"""States of a message that may have reached the customer: ``sent`` and ``delivered`` of the past, the others of smc."""

_MESSAGES = Fact(
    "messages", "Messages, those of past mailings too", "message",
    """(
    select
        customer_key, campaign, kind, channel, category, template, arm, state, reason,
        cast(due_at as date) as day, due_at as sent_at
    from message
    union all
    select
        m.customer_key, m.mailing, 'past', g.channel, null, null, 'test', 'delivered', null,
        m.delivered_on, cast(m.delivered_on as timestamptz)
    from past_message as m
    left join past_mailing as g on g.mailing = m.mailing
    union all
    select
        e.customer_key, e.mailing, 'past', max(g.channel), null, null, 'test', min(e.state), null,
        min(e.day), min(e.occurred_at)
    from past_message_event as e
    left join past_message as m on m.mailing = e.mailing and m.customer_key = e.customer_key
    left join past_mailing as g on g.mailing = e.mailing
    where e.state in ('sent', 'delivered') and m.customer_key is null
    group by e.customer_key, e.mailing
)""",
    "t.day",
    (
        FactField("campaign", "Campaign or mailing", "string", "t.campaign"),
        FactField("kind", "campaign, mailing or past", "string", "t.kind"),
        FactField("channel", "Channel", "string", "t.channel"),
        FactField("category", "Message category", "string", "t.category"),
        FactField("template", "Template", "string", "t.template"),
        FactField("arm", "test or control", "string", "t.arm"),
        FactField("state", "State", "string", "t.state"),
        FactField("reason", "Why it was not sent", "string", "t.reason"),
        FactField("sent_at", "When it was due", "datetime", "t.sent_at"),
        _DAY,
    ),
    counts=f"t.state in {SENT}",
    counted_once=f"t.state in {SENT}",
    decides=("state", "reason"),
    reads=frozenset({"message", "past_message", "past_mailing", "past_message_event"}),
    touches=None,
)  # fmt: skip

REACTIONS = ("opened", "clicked", "complained", "unsubscribed", "bounced")

_REACTIONS = Fact(
    "reactions", "Reactions to messages", "reaction", "past_message_event", "t.day",
    (
        FactField("reaction", "opened, clicked, complained, unsubscribed or bounced", "string", "t.state"),
        FactField("campaign", "Campaign or mailing", "string", "t.mailing"),
        FactField("channel", "Channel", "string", "g.channel", ("g",)),
        FactField("detail", "Link that was clicked, or why it bounced", "string", "t.detail"),
        FactField("occurred_at", "When", "datetime", "t.occurred_at"),
        _DAY,
    ),
    counts=f"t.state in {REACTIONS}",
    counted_once=f"t.state in {REACTIONS}",
    joins={"g": "left join past_mailing as g on g.mailing = t.mailing"},
    reads=frozenset({"past_message_event", "past_mailing"}),
)  # fmt: skip

_PROMOCODES = Fact(
    "promocodes", "Promocodes issued and used", "promocode",
    """(
    select
        customer_key, 'issued' as happened, code, pool, status, valid_from, valid_to, uses_left,
        cast(null as date) as day
    from promocode
    union all
    select u.customer_key, 'used', u.code, u.pool, c.status, c.valid_from, c.valid_to, c.uses_left, u.used_on
    from promocode_use as u
    left join promocode as c on c.pool = u.pool and c.code = u.code
)""",
    "t.day",
    (
        FactField("happened", "issued or used", "string", "t.happened"),
        FactField("code", "Code", "string", "t.code"),
        FactField("group", "Group of codes", "string", "t.pool"),
        FactField("status", "active, used or void", "string", "t.status"),
        FactField("valid_from", "First day", "date", "t.valid_from"),
        FactField("valid_to", "Last day", "date", "t.valid_to"),
        FactField("uses_left", "How often it can still be redeemed", "integer", "t.uses_left"),
        FactField("day", "Day of use; none for a code that was issued", "date", "t.day"),
    ),
    reads=frozenset({"promocode", "promocode_use"}),
    touches=None,
)  # fmt: skip

_CARDS = Fact(
    "cards", "Loyalty cards", "card", "card", "cast(t.issued_at as date)",
    (
        *_system(OBJECTS["card"], "card_id", "status", "level", "issued_at"),
        FactField("active", "Still valid", "boolean", "coalesce(t.active, true)"),
        FactField("day", "Local day of issue", "date", "cast(t.issued_at as date)"),
    ),
    counts="coalesce(t.active, true)",
    counted_once="coalesce(t.active, true)",
    decides=("active",),
    reads=frozenset({"card"}),
    touches=None,
)  # fmt: skip

_CONTAINERS = Fact(
    "containers", "Products in carts, favourites and other lists", "product in a list", "container",
    "cast(t.added_at as date)",
    (
        *_system(OBJECTS["container"], "container", "product_id"),
        _PRODUCT_CATEGORY, _BRAND, _PRODUCT_NAME,
        *_system(OBJECTS["container"], "quantity", "price", "added_at"),
        FactField("amount", "Price times quantity; one piece where none is given", "decimal",
                  "cast(coalesce(t.quantity, 1) * t.price as decimal(18, 4))"),
        FactField("stock", "Stock of the product", "decimal", "p.stock", ("p",)),
        FactField("day", "Local day when it was put in", "date", "cast(t.added_at as date)"),
    ),
    joins={"p": _PRODUCT},
    reads=frozenset({"container", "product"}),
)  # fmt: skip

_BONUSES = Fact(
    "bonuses", "Bonus accounts", "bonus account", "bonus_balance", None,
    _system(OBJECTS["bonus_balance"], "account", "active", "pending", "expiring", "expires_on", "changed_at"),
    reads=frozenset({"bonus_balance"}),
)  # fmt: skip

_POLL_ANSWERS = Fact(
    "poll_answers", "Answers to polls", "answer", "poll_answer", "cast(t.answered_at as date)",
    (
        *_system(OBJECTS["poll_answer"], "poll", "question", "answer", "answered_at"),
        FactField("day", "Local day of the answer", "date", "cast(t.answered_at as date)"),
    ),
    reads=frozenset({"poll_answer"}),
)  # fmt: skip


def _mart(mart: OwnMart) -> Fact:
    table = f"mart_{mart.name}"
    return Fact(
        mart.name, mart.title, f"row of {mart.name}", f'"{table}"', None,
        tuple(FactField(spec.name, spec.title, spec.type, f't."{spec.name}"') for spec in mart.fields),
        reads=frozenset({table}),
    )  # fmt: skip
