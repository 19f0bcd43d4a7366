"""How the fields of an object lie in its table."""

from __future__ import annotations

from dataclasses import dataclass

from smc.import_.reading import Reading
from smc.model.objects import OBJECTS, Field, ObjectType

_MANY_PER_KEY = {"subscription": ("changed_at",)}
_FINAL = {"subscription": ("state", "no")}
_DERIVED = {
    "receipt": ("day",),
    "receipt_line": ("customer_key", "day", "counted", "category_key"),
    "tag_member": ("added_on", "source"),
    "customer": ("custom",),
}
_DEFAULT = {("receipt", "status"): "'paid'"}
_IN_TIME = {"receipt": "purchased_at", "receipt_line": "day"}
_AMOUNT = {"receipt": "total", "receipt_line": "amount"}


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
    def derived(self) -> tuple[str, ...]:
        """Columns that no feed maps; the import fills them."""
        return _DERIVED.get(self.item.name, ())

    @property
    def columns(self) -> tuple[str, ...]:
        return (*(column_of(field) for field in self.item.fields), *self.derived)

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
