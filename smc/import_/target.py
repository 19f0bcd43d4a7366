"""How the fields of an object lie in its table: everything that the load must know of an object, as data.

SQL pieces speak of ``i`` (a row of the file by the names of the table's columns) and ``o`` (the row of the table as it
was, where there is one); ``$as_of`` and ``$feed`` stand for the day of the run and the name of the feed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smc.import_.reading import Reading
from smc.model.objects import OBJECTS, Field, ObjectType

_MANY_PER_KEY = {"subscription": ("changed_at",)}
_FINAL = {"subscription": ("state", "no")}
_DERIVED = {
    "receipt": {"day": "i.day"},
    "receipt_line": {
        "customer_key": "r.customer_key",
        "day": "r.day",
        "counted": "coalesce(r.status <> 'cancelled', false)",
        "category_key": "p.category_key",
    },
    "tag_member": {"added_on": "cast($as_of as date)", "source": "$feed"},
}
_JOINS = {
    "receipt_line": " left join receipt r on r.receipt_key = i.receipt_key"
    " left join product p on p.product_key = i.product_key"
}
_STAYS = {"tag_member": ("added_on", "source")}
_DAY_OF = {"receipt": "purchased_at"}
_DEFAULT = {("receipt", "status"): "'paid'"}
_IN_TIME = {"receipt": "purchased_at", "receipt_line": "day"}
_AMOUNT = {"receipt": "total", "receipt_line": "amount"}
_GROUP = {
    "tag_member": ("tag",), "container": ("customer_id", "name"), "dictionary": ("dictionary",),
    "promocode": ("pool",), "control_member": ("group",), "receipt_line": ("receipt_id",), "order_line": ("order_id",),
    "past_message": ("mailing",),
}  # fmt: skip
_LOGGED = frozenset({"subscription"})


@dataclass(frozen=True, slots=True)
class Target:
    """An object as a table."""

    item: ObjectType

    @property
    def table(self) -> str:
        return self.item.name

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that make a row of the table the same row."""
        return tuple(column_of(self.field(name)) for name in self.item.key)

    @property
    def row_fields(self) -> tuple[str, ...]:
        """Fields that make a row of a file the same row; of a permission, a file may bring the history."""
        return (*self.item.key, *_MANY_PER_KEY.get(self.item.name, ()))

    @property
    def final(self) -> tuple[str, str] | None:
        """Field and value that win over other rows of a file with the same row fields: a "no" is never lost."""
        return _FINAL.get(self.item.name)

    @property
    def logged(self) -> bool:
        """Every row goes to a log beside the table, and the table holds the newest one: see permissions.py."""
        return self.item.name in _LOGGED

    @property
    def group(self) -> tuple[str, ...]:
        """Key fields that name a list: a file of mode replace is whole for the lists it names, not for the object."""
        return _GROUP.get(self.item.name, ())

    @property
    def active(self) -> str | None:
        """The boolean column that says whether a row is still in use; mode snapshot needs one."""
        return "active" if any(field.name == "active" for field in self.item.fields) else None

    @property
    def derived(self) -> Mapping[str, str]:
        """Columns that no feed maps, with the SQL that fills them over ``i``, ``o`` and ``joins``."""
        return _DERIVED.get(self.item.name, {})

    @property
    def joins(self) -> str:
        """What ``derived`` needs beside the row, as SQL behind ``i``."""
        return _JOINS.get(self.item.name, "")

    @property
    def stays(self) -> tuple[str, ...]:
        """Derived columns that keep the value of the first time."""
        return _STAYS.get(self.item.name, ())

    @property
    def day_of(self) -> str | None:
        """The field whose local day the stage keeps as ``day``."""
        return _DAY_OF.get(self.item.name)

    @property
    def custom(self) -> tuple[str, ...]:
        return ("custom",) if self.item.custom else ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*(column_of(field) for field in self.item.fields), *self.derived, *self.custom)

    @property
    def order(self) -> str | None:
        """The column in whose order a first load lies."""
        return _IN_TIME.get(self.item.name)

    @property
    def amount(self) -> str | None:
        """The column whose sum the import report shows."""
        return _AMOUNT.get(self.item.name)

    def default(self, column: str) -> str | None:
        """What a new row has when the feed brings nothing, as SQL."""
        return _DEFAULT.get((self.item.name, column))

    def field(self, name: str) -> Field:
        return next(field for field in self.item.fields if field.name == name)


def target_of(name: str) -> Target:
    return Target(OBJECTS[name])


def column_of(field: Field) -> str:
    """``customer_id`` → ``customer_key`` where the table keeps the integer key of what the field refers to."""
    return field.name if field.refers is None else f"{field.name.removesuffix('_id')}_key"


def references(readings: tuple[Reading, ...]) -> list[tuple[Field, str]]:
    """Mapped fields that hold an id of another object or of this one, with that object."""
    return [(reading.field, reading.field.refers) for reading in readings if reading.field.refers is not None]
