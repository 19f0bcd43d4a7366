"""Triggers of campaigns: what lets a customer in. One class and one key for each kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from smc.config.specs.base import Day, Days, Name, Spec
from smc.config.specs.comparison import Texts
from smc.config.specs.rule import only_key
from smc.config.specs.trigger_change import (
    BackInStock,
    Bounced,
    LeftSegment,
    LowStock,
    Merged,
    PriceChanged,
    RfmCellChanged,
    Unsubscribed,
)
from smc.config.specs.trigger_day import (
    Anniversary,
    BonusesExpire,
    Credited,
    DaysSince,
    DaysSinceLastReceipt,
    OnDateOf,
    Repeat,
)
from smc.config.specs.trigger_poll import OnPoll
from smc.config.specs.trigger_row import AbandonedCart, AbandonedView, OnReceipt, OnWebEvent
from smc.config.specs.watch import AddedTo, Bought, Event, Order, Ordered, PromocodeUsed


class EnteredSegment(Spec):
    """The customer became a member. Those who were members when the segment was first computed do not count."""

    entered_segment: Name


class RegisteredTrigger(Spec):
    """So many days after registration."""

    days: Days = 0


class Registered(Spec):
    registered: RegisteredTrigger


class SystemEventTrigger(Spec):
    """An event of nobody in particular, for those who were members of the segment on its day."""

    name: Texts = Field(description="What happened")
    segment: Name


class SystemEvent(Spec):
    system_event: SystemEventTrigger


class OnDateTrigger(Spec):
    """On one day, for the members of a segment on that day."""

    on: Day
    segment: Name


class OnDate(Spec):
    date: OnDateTrigger


Trigger = Annotated[
    Annotated[EnteredSegment, Tag("entered_segment")]
    | Annotated[Anniversary, Tag("anniversary")]
    | Annotated[DaysSince, Tag("days_since")]
    | Annotated[DaysSinceLastReceipt, Tag("days_since_last_receipt")]
    | Annotated[Registered, Tag("registered")]
    | Annotated[OnReceipt, Tag("receipt")]
    | Annotated[Bought, Tag("bought")]
    | Annotated[Ordered, Tag("ordered")]
    | Annotated[Order, Tag("order")]
    | Annotated[Event, Tag("event")]
    | Annotated[SystemEvent, Tag("system_event")]
    | Annotated[OnWebEvent, Tag("web_event")]
    | Annotated[AbandonedView, Tag("abandoned_view")]
    | Annotated[AddedTo, Tag("added_to")]
    | Annotated[AbandonedCart, Tag("abandoned_cart")]
    | Annotated[OnPoll, Tag("poll")]
    | Annotated[PromocodeUsed, Tag("promocode_used")]
    | Annotated[OnDate, Tag("date")]
    | Annotated[Repeat, Tag("repeat")]
    | Annotated[OnDateOf, Tag("on_date_of")]
    | Annotated[BonusesExpire, Tag("bonuses_expire")]
    | Annotated[Credited, Tag("credited")]
    | Annotated[LeftSegment, Tag("left_segment")]
    | Annotated[RfmCellChanged, Tag("rfm_cell")]
    | Annotated[PriceChanged, Tag("price_changed")]
    | Annotated[LowStock, Tag("low_stock")]
    | Annotated[BackInStock, Tag("back_in_stock")]
    | Annotated[Unsubscribed, Tag("unsubscribed")]
    | Annotated[Bounced, Tag("bounced")]
    | Annotated[Merged, Tag("merged")],
    Discriminator(only_key),
]
