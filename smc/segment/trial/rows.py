"""A row of a test, and the words for it that are shorter than the model's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from smc.config.layout import Keys
from smc.model.field import Field, ObjectType
from smc.model.objects import OBJECTS

ALIASES: Final = {
    "customer": {"tags": "tag_member"},
    "receipt": {"lines": "receipt_line"},
    "order": {"lines": "order_line"},
    "entry": {"steps": "step_log"},
}
"""Object → shorter names of the objects that may stand inside its rows."""
BOUGHT: Final = "bought"
"""Key of a customer: receipts with one line each."""
OF_PRODUCT: Final = ("category", "brand")
"""Keys of a line that say what its product is."""
LINES: Final = {"receipt": "receipt_line", "order": "order_line"}


@dataclass(frozen=True, slots=True)
class Row:
    """``cells``: field as a feed maps it (``custom.NAME``) → text, None for a value that is expressly not there.

    ``path``: where the row stands in the file; None of a row that is only implied.
    """

    object: str
    cells: Mapping[str, str | None]
    path: Keys


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with the fields of the project: system fields, and custom ones by their bare name."""

    item: ObjectType
    custom: Mapping[str, Field]

    def field(self, name: str) -> Field | None:
        return self.item.field(name) or self.custom.get(name.removeprefix("custom."))

    @property
    def names(self) -> list[str]:
        return [*(field.name for field in self.item.fields), *self.custom]

    @property
    def own_id(self) -> str | None:
        """The field that is the object's id, where that is one field."""
        return self.item.key[0] if len(self.item.key) == 1 else None

    def points_to(self, other: ObjectType) -> str | None:
        """The field that holds the id of an object, of rows that may stand inside a row of it."""
        own = {self.own_id} if other.name == self.item.name else set()
        return next((one.name for one in self.item.fields if one.refers == other.name and one.name not in own), None)


BOUGHT_FIELDS: Final = {
    "on": Field("on", "datetime", "Time of purchase"),
    "store": Field("store", "string", "Store id"),
    "product": Field("product", "string", "Product id"),
    "category": Field("category", "string", "Category id or name"),
    "brand": Field("brand", "string", "Brand"),
    "quantity": Field("quantity", "quantity", "Pieces on each receipt"),
    "amount": Field("amount", "decimal", "Amount of each receipt"),
    "times": Field("times", "integer", "So many receipts"),
    "every": Field("every", "integer", "Days from one receipt to the next; the last one is on the day 'on'"),
}
"""What may stand below ``bought``."""
assert all(name in OBJECTS for name in LINES)  # noqa: S101 - names of the model, not of a user
