"""Which receipts count for a mailing: so many days of them, those up to a day, or none; and what they must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from smc.config.specs.base import LONGEST, Day, Days, Spec, length_in_days
from smc.config.specs.watch import BoughtRow, ReceiptRow, Row

DAYS = 14
"""Days of receipts that count where nothing else is said."""


class Receipts(ReceiptRow):
    """What a receipt must be to count; all that is given must hold. A return is taken off when it is so itself."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    bought: BoughtRow | None = Field(default=None, description="Goods that one of its lines must have")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if all(value is None for _, value in self):
            raise ValueError("needs one of: where, store, total_at_least, bought")
        return self

    @property
    def parts(self) -> Iterator[tuple[tuple[str, ...], Row]]:
        """The receipt, and a line of it where that is asked for, each with its place in the YAML."""
        if any(value is not None for key, value in self if key != "bought"):
            yield (), self
        if self.bought is not None:
            yield ("bought",), self.bought


class Attribution(Spec):
    """Receipts count from the message on, for so many `days` or up to the day `until`; `receipts`: those alone that are
    so."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    days: Annotated[Days | None, Field(ge=1)] = Field(
        default=None, description="so many days, that of the message is the first; 14 unless said"
    )
    since: Day | None = Field(default=None, description="none before this day; needs until beside it")
    until: Day | None = Field(default=None, description="the last day, for all alike")
    receipts: Receipts | None = Field(default=None, description="what a receipt must be to count")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.days is not None and (self.since or self.until):
            raise ValueError("takes either days, or since and until")
        if self.since is not None and self.until is None:
            raise ValueError("'since' needs 'until' beside it")
        if self.days is None and self.until is None and self.receipts is None:
            raise ValueError("needs days, until or receipts")
        return self

    @property
    def length(self) -> int | None:
        """The days that count, that of the message is the first; None: up to a day."""
        return None if self.until else self.days or DAYS


def _plain(value: object) -> object:
    """``14 days`` → 14; ``none``."""
    if value == "none":
        return value
    try:
        days = length_in_days(value)
    except ValueError:
        days = None
    number = days if isinstance(days, int) and not isinstance(days, bool) else None
    if number is None:
        raise ValueError("write '14 days', none, or days, until and receipts below it")
    if not 1 <= number <= LONGEST:
        raise ValueError(f"receipts of 1 to {LONGEST} days can count; 'none' says that nothing does")
    return number


def _form(value: object) -> str:
    return "more" if isinstance(value, dict | Attribution) else "plain"


Attributed = Annotated[
    Annotated[
        int | Literal["none"], BeforeValidator(_plain, json_schema_input_type=Days | Literal["none"]), Tag("plain")
    ]
    | Annotated[Attribution, Tag("more")],
    Discriminator(_form),
]
"""So many days, nothing at all, or more that is said. Days alone stay a number, as in texts of old."""


def attribution_of(value: int | Literal["none"] | Attribution) -> Attribution | None:
    """In one form; None: nothing counts."""
    if isinstance(value, int):
        return Attribution(days=value)
    return None if value == "none" else value
