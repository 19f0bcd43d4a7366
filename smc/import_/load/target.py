"""How the fields of an object lie in its table: everything that the load must know of an object, as data.

SQL pieces speak of ``i`` (a row of the file by the names of the table's columns) and ``o`` (the row of the table as it
was, where there is one); ``$as_of`` and ``$feed`` stand for the day of the run and the name of the feed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from smc.config.specs.feed import DefaultStep, Mapped
from smc.import_.read.reading import Reading, quoted
from smc.model.objects import OBJECTS, Field, ObjectType

FIELDS_AT = "fields_at"
"""The column with the times of single fields of objects whose rows carry their time: see clock.py."""

_LINE = {"customer_key": "r.customer_key", "day": "r.day", "category_key": "p.category_key"}
_DERIVED = {
    "product": {"price_at": "null", "stock_at": "null", FIELDS_AT: "null"},
    "contact_point": {FIELDS_AT: "null"},
    "bonus_balance": {FIELDS_AT: "null"},
    "receipt": {"day": "i.day"},
    "receipt_line": {**_LINE, "counted": "coalesce(r.status <> 'cancelled', false)"},
    "order": dict.fromkeys(("status_at", "delivery_at", "payment_at", FIELDS_AT, "day", "counted"), "null"),
    "order_line": {**_LINE, "counted": "coalesce(r.counted, false)"},
    "event": {"day": "i.day"},
    "web_event": {"customer_key": "null", "day": "i.day"},
    "past_message_event": {"day": "i.day"},
    "tag_member": {"added_on": "cast($as_of as date)", "source": "$feed"},
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A column whose value other columns of the row decide too.

    ``value``: SQL over ``$value``, what the feed and the row before say, and over ``$COLUMN`` of the row as it will be.
    ``before``: what the row before says by itself, as if nothing else had decided.
    """

    value: str
    before: str


_JUDGED = {
    ("receipt", "status"): Judged(
        value="case when $value = 'paid' and ($total < 0 or $return_of_key is not null) then 'returned' "
        "else $value end",
        before="case when o.status = 'returned' and (o.total < 0 or o.return_of_key is not null) then 'paid' "
        "else o.status end",
    ),
}


@dataclass(frozen=True, slots=True)
class Carried:
    """What rows repeat of the row they belong to: ``columns`` of the table of object ``item``, as ``r``."""

    item: str
    table: str
    columns: tuple[str, ...]


_CARRIED = {
    "receipt_line": Carried("receipt", "receipt", ("customer_key", "day", "status")),
    "order_line": Carried("order", "customer_order", ("customer_key", "day", "counted")),
}
_PRODUCT = " left join product p on p.product_key = i.product_key"
_STAYS = {
    "tag_member": ("added_on", "source"),
    "order": ("day", "counted"),
}
_DAY_OF = {
    "receipt": "purchased_at", "event": "occurred_at", "web_event": "occurred_at", "past_message_event": "occurred_at",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """An object as a table. ``fed``: how the feed maps its fields, with what goes without saying."""

    item: ObjectType
    fed: Mapping[str, Mapped] = field(default_factory=dict)

    @property
    def table(self) -> str:
        return self.item.table or self.item.name

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that make a row of the table the same row."""
        return tuple(column_of(self.field(name)) for name in self.item.key)

    @property
    def row_fields(self) -> tuple[str, ...]:
        """Fields that make a row of a file the same row; where rows carry their time, a file may bring the history."""
        time = self.item.time
        return self.item.key if time is None or time not in self.fed else (*self.item.key, time)

    @property
    def many(self) -> bool:
        """Whether a file may bring several rows of one key, told apart by their time."""
        return len(self.row_fields) > len(self.item.key)

    @property
    def final(self) -> tuple[str, str] | None:
        """Field and value that win over other rows of a file with the same row fields: a "no" is never lost."""
        return self.item.final

    @property
    def logged(self) -> bool:
        """Every row goes to a log beside the table, and the table holds the newest one: see permissions.py."""
        return self.item.log is not None

    @property
    def group(self) -> tuple[str, ...]:
        """Key fields that name a list: a file of mode replace is whole for the lists it names, not for the object."""
        return self.item.group

    @property
    def active(self) -> str | None:
        """The boolean column that says whether a row is still in use; mode snapshot needs one."""
        return next((one.name for one in self.item.fields if one.name == "active" and one.type == "boolean"), None)

    @property
    def derived(self) -> Mapping[str, str]:
        """Columns that no feed maps, with the SQL that fills them over ``i``, ``o`` and ``joins``."""
        return {**_DERIVED.get(self.item.name, {}), **self._carried()}

    @property
    def carried(self) -> Carried | None:
        return _CARRIED.get(self.item.name)

    @property
    def joins(self) -> str:
        """What ``derived`` needs beside the row, as SQL behind ``i``."""
        one = self.carried
        return "" if one is None else f" left join {one.table} r on r.{one.item}_key = i.{one.item}_key{_PRODUCT}"

    @property
    def joins_beside(self) -> str:
        """The same where ``i.r`` is a struct of what is carried."""
        return "" if self.carried is None else _PRODUCT

    @property
    def stays(self) -> tuple[str, ...]:
        """Derived columns that keep the value of the first time, or that other statements fill (follow.py, clock)."""
        times = {FIELDS_AT, *(one.at for one in self.item.fields if one.at)}
        carried = {"customer_key"} if self.item.name == "web_event" and not self._carried() else set()
        return (*_STAYS.get(self.item.name, ()), *sorted(times | carried))

    @property
    def day_of(self) -> str | None:
        """The field whose local day the stage keeps as ``day``."""
        return _DAY_OF.get(self.item.name)

    @property
    def local(self) -> bool:
        """Whether the table keeps days of the project's zone that come of instants."""
        return self.day_of is not None or self.item.name == "order"

    @property
    def custom(self) -> tuple[str, ...]:
        return ("custom",) if self.item.custom else ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*(column_of(one) for one in self.item.fields), *self.derived, *self.custom)

    @property
    def order(self) -> str | None:
        """The column in whose order rows are put in."""
        return self.item.order

    @property
    def amount(self) -> str | None:
        """The column whose sum the import report shows."""
        return self.item.amount

    @property
    def fixed(self) -> tuple[str, ...]:
        """Columns that never change once a row is known."""
        names = (one for one in self.item.fields if one.name not in self.item.key)
        return tuple(column_of(one) for one in names if one.fixed or self.item.immutable)

    def default(self, name: str) -> str | None:
        """What a new row has in a column when the feed brings nothing, as SQL."""
        found = next((one for one in self.item.fields if column_of(one) == name), None)
        if found is None or found.default is None:
            return None
        return found.default if found.type == "boolean" else quoted(found.default)

    def judged(self, name: str) -> Judged | None:
        return _JUDGED.get((self.item.name, name))

    def field(self, name: str) -> Field:
        return next(one for one in self.item.fields if one.name == name)

    def _carried(self) -> Mapping[str, str]:
        """A web event belongs to the customer it names; who is recognised later, follow.py says."""
        if self.item.name == "web_event" and "customer_id" in self.fed:
            return {"customer_key": "i.given_key"}
        return {}

    # ---- rows without an id

    def identity(self, name: str, value: str, content: Mapping[str, str]) -> str:
        """``value`` of a field; where a row may lack its key, a text made of its content (field → SQL)."""
        if not self.item.by_content or name != self.item.key[0]:
            return value
        # As the text of a struct of what is there: a field that is mapped and empty says nothing.
        parts = [
            f"case when {sql} is not null then cast({{{quoted(other)}: cast({sql} as varchar)}} as varchar)[2:-2] end"
            for other, sql in sorted(content.items())
        ]
        return f"coalesce({value}, 'row:' || md5('{{' || concat_ws(', ', {', '.join(parts) or quoted('')}) || '}}'))"


def target_of(
    name: str, objects: Mapping[str, ObjectType] = OBJECTS, fed: Mapping[str, Mapped] | None = None
) -> Target:
    """The table of an object. ``fed``: how a feed fills it; the fields of the key that it leaves out are their default,
    or empty where the content of a row stands for its id."""
    item = objects[name]
    if fed is None:
        return Target(item)
    mapped = dict(fed)
    for key in (one for one in item.fields if one.name in item.key):
        if key.default is not None:
            given = mapped.get(key.name, Mapped(constant=key.default))
            mapped[key.name] = given.model_copy(update={"steps": (*given.steps, DefaultStep(default=key.default))})
        elif item.by_content and key.name not in mapped:
            mapped[key.name] = Mapped(constant="")
    if item.time in mapped:
        # Which row is the newest must never be a guess.
        fields = (replace(one, required=True) if one.name == item.time else one for one in item.fields)
        item = replace(item, fields=tuple(fields))
    return Target(item, mapped)


def column_of(field: Field) -> str:
    """``customer_id`` → ``customer_key`` where the table keeps the integer key of what the field refers to."""
    return field.column


def references(readings: tuple[Reading, ...]) -> list[tuple[Field, str]]:
    """Mapped fields that hold an id of another object or of this one, with that object."""
    return [(reading.field, reading.field.refers) for reading in readings if reading.field.refers is not None]
