"""What an object is made of: everything that import, segments, templates and docs must know about one, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal[
    "string", "integer", "long", "decimal", "number", "quantity", "boolean", "date", "datetime", "map"
]  # fmt: skip
"""``integer`` has 32 bits, ``long`` 64; ``decimal`` 2 decimals, ``quantity`` 3, ``number`` 4; ``map``: texts by name"""


@dataclass(frozen=True, slots=True)
class Field:
    """A system field. ``refers`` names the object whose text id stands here; the warehouse keeps its integer key.

    ``default``: the text that a new row has when the feed brings nothing. ``at``: the column with the time of the row
    that set this field, where it is not that of the whole row. ``fixed``: never changes once known. ``listed``: the
    codes in ``one_of`` come from fields.yaml, and there must be some. ``stored``: the column, where it is not named as
    usual.
    """

    name: str
    type: Type
    title: str
    required: bool = False
    refers: str | None = None
    one_of: tuple[str, ...] = ()
    default: str | None = None
    at: str | None = None
    fixed: bool = False
    listed: bool = False
    stored: str | None = None

    @property
    def column(self) -> str:
        """``customer_id`` → ``customer_key`` where the table keeps the integer key of what the field refers to."""
        if self.stored is not None:
            return self.stored
        return self.name if self.refers is None else f"{self.name.removesuffix('_id')}_key"


@dataclass(frozen=True, slots=True)
class History:
    """A table that keeps the values that some fields had: own key, kind, value, before, changed_at, known_on.

    ``kinds``: field → the word that stands in ``kind``; ``value``: the column's name for the value.
    """

    table: str
    kinds: tuple[tuple[str, str], ...]
    value: str = "value"


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object that a feed can bring. ``key`` says which fields make a row the same row.

    ``table``: its table, when not named like the object.
    ``time``: the field with the row's own time. A file may bring several rows of one key with different times, and an
    older row never overwrites what a newer one has set, whatever arrives first.
    ``log``: a table of the same columns that keeps every row.
    ``final``: field and value that win over contradicting rows of one file.
    ``history``: where values of single fields are kept.
    ``order``: the column in whose order the table lies. ``spanned``: the table is big, and rows of a feed without
    ids, whose time is part of what they are, are compared only with rows of the same span of time (by ``order``).
    ``by_content``: the key is one field, and a row that brings none is known by its whole content.
    ``immutable``: a known row never changes; other values for it are refused.
    ``group``: key fields that name a list: a file of mode ``replace`` is whole for the lists it names, and one of mode
    ``snapshot`` for all lists of the kinds it names (``kinds``), also those that are empty now.
    ``amount``: the column whose sum the import report shows.
    ``touches``: customers of its rows are noted for the metrics and the segments.
    ``note``: more about it, for the reference page.
    """

    name: str
    title: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    custom: bool = False
    table: str = ""
    time: str | None = None
    log: str | None = None
    final: tuple[str, str] | None = None
    history: History | None = None
    order: str | None = None
    spanned: bool = False
    by_content: bool = False
    immutable: bool = False
    group: tuple[str, ...] = ()
    amount: str | None = None
    touches: bool = False
    note: str = ""

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of the fields that name a list those that do not say whose it is: the name of the cart, not its customer."""
        return tuple(one.name for one in self.fields if one.name in self.group and one.refers is None)

    @property
    def owned(self) -> bool:
        """Whether its lists are small ones that belong to a customer, a receipt or an order."""
        return len(self.kinds) < len(self.group)


def id_(name: str, title: str, refers: str | None = None, *, required: bool = True) -> Field:
    """A field that holds an id."""
    return Field(name, "string", title, required=required, refers=refers)


def active(title: str = "Still there") -> Field:
    """What a snapshot switches off when a row is missing from it."""
    return Field("active", "boolean", title, default="true")


def changed_at(title: str = "Time of the change") -> Field:
    """The row's own time, of objects that have one."""
    return Field("changed_at", "datetime", title)
