"""Conditions on the customer himself, on what he bought, and on lists that he is in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from smc.config.specs.base import Name, Percent, Spec
from smc.config.specs.comparison import Comparison, Range, Where, Window

Score = Annotated[int, Field(ge=1, le=5)]


class AttributeCondition(Comparison):
    """A system or custom field of the customer, or one that smc derives, such as `age` in full years."""

    field: str


class MetricCondition(Comparison):
    """A built-in or custom metric."""

    name: str


class RfmCondition(Spec):
    """Scores of the customer, 1 to 5 with 5 best, or the name of a cell. All given parts must hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    recency: tuple[Score, ...] | None = Field(default=None, min_length=1)
    frequency: tuple[Score, ...] | None = Field(default=None, min_length=1)
    monetary: tuple[Score, ...] | None = Field(default=None, min_length=1)
    cell: Name | None = None

    @model_validator(mode="after")
    def _something(self) -> RfmCondition:
        if self.recency is None and self.frequency is None and self.monetary is None and self.cell is None:
            raise ValueError("needs recency, frequency, monetary or cell")
        return self


class Goods(Spec):
    """Which lines: all that is given must hold. A category means everything below it too."""

    category: str | None = None
    product: str | None = None
    brand: str | None = None
    line: Where | None = Field(default=None, description="What each line itself must be, such as price: {more: 10}")


class Together(Goods):
    """Lines that must be on the same receipt; bounds are of their sums on that receipt."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    quantity: Range | None = None
    amount: Range | None = None

    @model_validator(mode="after")
    def _something(self) -> Together:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError("needs category, product, brand, line, quantity or amount")
        return self


class BoughtCondition(Goods, Window):
    """Paid lines that match what is given. There is always at least one paid receipt; bounds narrow that.
    Lines that were brought back, with a negative quantity or amount, are in sums alone."""

    store: str | None = None
    receipts: Range | None = None
    quantity: Range | None = None
    amount: Range | None = None
    same_receipt: tuple[Together, ...] | None = Field(
        default=None, min_length=1, description="All of these on one paid receipt"
    )

    @model_validator(mode="after")
    def _either(self) -> BoughtCondition:
        beside = ("category", "product", "brand", "line", "quantity", "amount")
        given = next((name for name in beside if getattr(self, name) is not None), None)
        if self.same_receipt is not None and given is not None:
            raise ValueError(f"'{given}' cannot stand beside same_receipt; put it into the list")
        return self


class SubscribedCondition(Spec):
    """The customer's permission for a channel and category."""

    channel: Name
    category: Name = Field(description="Message category, one of smc.yaml")
    state: Literal["yes", "no", "unknown"] = "yes"


class ReachableCondition(Spec):
    """An address in the channel that may be used; with a category also the permission that it needs in this channel.

    Addresses are those of the contact policy: a phone for ``sms``, ``viber`` and ``call``, any bot for ``messenger``,
    none for ``in_app`` and ``popup``, and never one that is known to be bad or on the suppression list.
    """

    channel: Name
    category: Name | None = Field(default=None, description="Message category, one of smc.yaml")

    @model_validator(mode="before")
    @classmethod
    def _channel_alone(cls, value: Any) -> Any:
        return {"channel": value} if isinstance(value, str) else value


class DictionaryCondition(Spec):
    """A field of the customer holds a code of an imported dictionary; ``where``: title or fields of its item.

    Fields of an item are texts, and numbers are no numbers there. A field or value that no item has, and a ``where``
    that no item meets, stop the rules as an unknown name does.
    """

    field: str
    name: str = Field(min_length=1, description="Name of the dictionary")
    where: Where | None = None


class SampleCondition(Spec):
    """A stable random share of all customers; the same salt gives the same people for ever."""

    percent: Percent
    salt: str = Field(min_length=1)
