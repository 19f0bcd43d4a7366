"""What a fact is: a table with many rows per customer, its fields, and how they are read.

A statement over a fact is ``select … from {fact.table} as t {joins} where t.customer_key is not null and {counts}``.
Every piece of SQL here stays in the subset that sqlglot carries to Spark. Local days and times are those of the
session's zone, which is the project's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from smc.model.objects import ObjectType, Type

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
    """``read``: SQL over ``t`` and the aliases in ``needs``, which are joins of the fact; null: there is no value.

    ``one_of``: every text that can stand there, where that is known. ``shown``: it tells something that other fields do
    not.
    """

    name: str
    title: str
    type: FactType
    read: str
    needs: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    shown: bool = True


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
    joins in ``once_needs``. ``taken_back``: rows that take back a part of something, which are in sums and are no
    things, whatever state is asked for (over ``once_needs`` too). ``decides``: fields about which both speak; a
    condition that names one of them itself asks for rows of any state. ``joins``: alias → text of a join with at most
    one row. ``touches``: table that tells that a customer's rows changed; None when nothing tells it. ``item``: what
    one row is, in words.
    ``context``: SQL of a map of details by name. ``later``: the rows of a day are written after the metrics and
    segments of that day, so they count from the next day on (or a night that runs twice would see its own traces).
    ``key``: SQL of a text that tells a row apart from others of the customer for ever, whatever is corrected in it;
    rows that are one thing to a campaign have the same. Without it rows cannot be waited for. ``at``: SQL of the
    instant, null where only a day is known. ``key_needs``: joins of both.
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
    taken_back: str = "false"
    decides: tuple[str, ...] = ()
    joins: Mapping[str, str] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()
    touches: str | None = "customer_touched"
    context: str | None = None
    later: bool = False
    key: str | None = None
    at: str = "cast(null as timestamptz)"
    key_needs: tuple[str, ...] = ()

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


def system(
    item: ObjectType,
    *names: str,
    needs: Mapping[str, tuple[str, str]] | None = None,
    codes: Mapping[str, Sequence[str]] | None = None,
) -> tuple[FactField, ...]:
    """System fields of an object, those in ``names``. ``needs``: for fields not read from ``t`` SQL and alias."""
    found = []
    for name in names:
        spec = item.field(name)
        if spec is None:
            raise ValueError(f"{item.name} has no field {name}")
        read, alias = (needs or {}).get(name, (f"t.{spec.column}", ""))
        kind = _KEYS.get(name) or _TYPES.get(spec.type) or _plain(spec.type)
        one_of = (codes or {}).get(name, spec.one_of)
        found.append(FactField(name, spec.title, kind, read, (alias,) if alias else (), tuple(one_of)))
    return tuple(found)


def _plain(kind: Type) -> FactType:
    match kind:
        case "string" | "integer" | "decimal" | "boolean" | "date" | "datetime":
            return kind
        case _:
            raise ValueError(f"{kind} is no type of a field of a fact")


def own(fields: Sequence[OwnField], alias: str = "", before: str = "") -> tuple[FactField, ...]:
    """Custom fields, kept as text in a map; of the row itself, or of a join. ``before``: how their names begin."""
    return tuple(
        FactField(
            f"{before}{spec.name}", spec.title, spec.type, _cast(f"{alias or 't'}.custom['{spec.name}']", spec.type),
            (alias,) if alias else (),
        )
        for spec in fields
    )  # fmt: skip


def detail_as(field: FactField, kind: FactType) -> FactField:
    """A detail of an event, which is text, read as another type: what is none has no value. Others as they are."""
    if kind == "string" or not field.name.startswith(CONTEXT):
        return field
    return replace(field, type=kind, read=_cast(field.read, kind))


def _cast(text: str, kind: FactType) -> str:
    return text if kind == "string" else f"try_cast({text} as {_SQL_TYPE[kind]})"


DAY = FactField("day", "Local day", "date", "t.day")
PRODUCT = "left join product as p on p.product_key = t.product_key"
CATEGORY = "left join category as k on k.category_key = t.category_key"
STORE = "left join store as s on s.store_id = t.store_id"
BRAND = FactField("brand", "Brand", "string", "p.brand", ("p",))
PRODUCT_NAME = FactField("product_name", "Name of the product", "string", "p.name", ("p",))
PRODUCT_CATEGORY = FactField("category_id", "Category", "category", "p.category_key", ("p",))
STORES = (
    FactField("store_city", "City of the store", "string", "s.city", ("s",)),
    FactField("store_region", "Region of the store", "string", "s.region", ("s",)),
)
