"""Triggers of campaigns: what lets a customer in. One class and one key for each kind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from smc.config.specs.base import Day, Days, Name, Number, Spec
from smc.config.specs.rule import only_key


class EnteredSegment(Spec):
    """The customer became a member. Those who were members when the segment was first computed do not count."""

    entered_segment: Name


class AnniversaryOf(Spec):
    """Every year on the day of a date. February 29 falls on the 28th in common years.

    ``offset``: days after the day (negative: before). The day itself, year 0, is no anniversary.
    """

    of: Literal["birth_date", "registered_at", "first_receipt", "last_receipt"]
    offset: int = Field(default=0, ge=-180, le=180)


class Anniversary(Spec):
    anniversary: AnniversaryOf


class DaysSinceLastReceipt(Spec):
    """So many days after the last paid receipt, once per last receipt."""

    days_since_last_receipt: Annotated[int, Field(ge=1, le=3650)]


class RegisteredTrigger(Spec):
    """So many days after registration."""

    days: Days = 0


class Registered(Spec):
    registered: RegisteredTrigger


class ReceiptTrigger(Spec):
    """A paid receipt; ``first`` means only the customer's first one."""

    first: bool = False
    total_at_least: Number | None = None


class Receipt(Spec):
    receipt: ReceiptTrigger


class OnDateTrigger(Spec):
    """On one day, for the members of a segment on that day."""

    on: Day
    segment: Name


class OnDate(Spec):
    date: OnDateTrigger


Trigger = Annotated[
    Annotated[EnteredSegment, Tag("entered_segment")]
    | Annotated[Anniversary, Tag("anniversary")]
    | Annotated[DaysSinceLastReceipt, Tag("days_since_last_receipt")]
    | Annotated[Registered, Tag("registered")]
    | Annotated[Receipt, Tag("receipt")]
    | Annotated[OnDate, Tag("date")],
    Discriminator(only_key),
]
