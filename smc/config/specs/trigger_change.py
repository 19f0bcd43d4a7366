"""Triggers that a change pulls: of segments and RFM, of prices and stocks, of permissions, addresses and profiles."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from smc.config.specs.base import Days, Name, Number, Percent, Spec
from smc.config.specs.comparison import Texts
from smc.config.specs.watch import BoughtRow


class LeftSegment(Spec):
    """The customer was a member and is none any more."""

    left_segment: Name


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Cells = Annotated[
    tuple[Name, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...]), Field(min_length=1)
]


class CellChange(Spec):
    """The customer came into another cell of rfm.yaml. Changes of rfm.yaml itself are no news."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    to: Cells | None = Field(default=None, description="The new cell, or a list of cells")
    from_: Cells | None = Field(default=None, alias="from", description="The cell before, or a list of cells")
    direction: Literal["up", "down"] | None = Field(
        default=None, description="`up` or `down`: the sum of the three scores rose or fell"
    )

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.to is None and self.from_ is None and self.direction is None:
            raise ValueError("needs to, from or direction")
        return self


class RfmCellChanged(Spec):
    rfm_cell: CellChange


class Interest(Spec):
    """Whose product it is: who ``viewed`` or ``bought`` it in so many days, or has it in a ``container``.

    ``product``, ``category`` and ``brand`` say which products are meant; all that is given must hold.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    viewed: Annotated[Days, Field(ge=1)] | None = None
    bought: Annotated[Days, Field(ge=1)] | None = None
    container: str | None = Field(default=None, min_length=1, description="cart, favourites or another list")
    product: Texts | None = Field(default=None, description="Only this product, or one of these")
    category: Texts | None = Field(default=None, description="Only of this category or below it, or of one of these")
    brand: Texts | None = Field(default=None, description="Only of this brand, or of one of these")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(given is not None for given in (self.viewed, self.bought, self.container)) != 1:
            raise ValueError("needs exactly one of: viewed, bought, container")
        return self

    @property
    def goods(self) -> BoughtRow | None:
        """The products that are named, in the words of a purchase; None: any."""
        if self.product is None and self.category is None and self.brand is None:
            return None
        return BoughtRow(product=self.product, category=self.category, brand=self.brand)


OF: Any = Field(
    description="`{viewed: 30 days}`, `{bought: 365 days}` or `{container: cart}`; beside it `product`, `category` or"
    " `brand`, each a text or a list"
)
"""Which products interest a customer."""


class PriceChange(Spec):
    """A product that interests the customer has another price than before the day."""

    of: Interest = OF
    drop: Annotated[Percent, Field(gt=0)] | None = Field(default=None, description="It fell by so many percent or more")
    rise: Annotated[Percent, Field(gt=0)] | None = Field(default=None, description="It rose by so many percent or more")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.drop is not None and self.rise is not None:
            raise ValueError("takes drop or rise, for a price cannot do both")
        return self


class PriceChanged(Spec):
    price_changed: PriceChange


class Scarce(Spec):
    """Of a product that interests the customer few are left, or he has put such a product into his list."""

    of: Interest = OF
    at_most: Annotated[Number, Field(gt=0)] = Field(description="So many or fewer, but some")


class LowStock(Spec):
    low_stock: Scarce


class Returned(Spec):
    """A product that interests the customer was sold out and can be bought again."""

    of: Interest = OF


class BackInStock(Spec):
    back_in_stock: Returned


def interest_of(trigger: Spec) -> Interest | None:
    """Which products a trigger is about; None for triggers about anything else."""
    match trigger:
        case PriceChanged(price_changed=of) | LowStock(low_stock=of) | BackInStock(back_in_stock=of):
            found: Interest = of.of
            return found
        case _:
            return None


class Refusal(Spec):
    """The customer said no to messages."""

    channel: Name | None = Field(default=None, description="Only of this channel")
    category: Name | None = Field(default=None, description="Only of this category of messages")


class Unsubscribed(Spec):
    unsubscribed: Refusal


class Bounce(Spec):
    """A message to the customer came back, one of smc or of a past mailing."""

    channel: Name = Field(default="email", description="Messages by which channel")


class Bounced(Spec):
    bounced: Bounce


class Nothing(Spec):
    """No settings."""


class Merged(Spec):
    """Another profile was merged into that of the customer."""

    merged: Nothing
