"""What triggers keep that are not pulled by rows: fields with their types. Light imports only: validation reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smc.config.specs.base import Spec
from smc.config.specs.trigger import SystemEvent
from smc.config.specs.trigger_change import (
    BackInStock,
    Bounced,
    LowStock,
    Merged,
    PriceChanged,
    RfmCellChanged,
    Unsubscribed,
)
from smc.config.specs.trigger_day import Anniversary, BonusesExpire, Credited, DaysSince, DaysSinceLastReceipt, OnDateOf
from smc.config.values import Kind

Data = Mapping[str, Kind]
Kept = Callable[[Any], Data]
"""Fields of the data by the trigger."""


def nothing(_: Any) -> Data:
    return {}


def _always(**fields: Kind) -> Kept:
    return lambda _: fields


def _of_object(trigger: OnDateOf) -> Data:
    of = trigger.on_date_of.object
    return {"date": "date"} if of == "customer" else {"date": "date", f"{of}_id": "string", "total": "decimal"}


_SINCE = _always(date="date", days="integer")
_GOODS: Data = {
    "product_id": "product", "product": "string", "price": "decimal", "stock": "decimal", "products": "integer",
}  # fmt: skip
KEPT: dict[type[Spec], Kept] = {
    Anniversary: _always(date="date", anniversary="date", nth="integer"),
    DaysSince: _SINCE,
    DaysSinceLastReceipt: _SINCE,
    OnDateOf: _of_object,
    BonusesExpire: _always(amount="decimal", expires_on="date", days="integer"),
    Credited: _always(kind="string", amount="decimal"),
    RfmCellChanged: _always(cell="string", before="string", recency="integer", frequency="integer", monetary="integer"),
    PriceChanged: _always(**_GOODS, price_before="decimal"),
    LowStock: _always(**_GOODS),
    BackInStock: _always(**_GOODS),
    Unsubscribed: _always(channel="string", category="string", refusals="integer"),
    Bounced: _always(channel="string", campaign="string", messages="integer"),
    Merged: _always(profiles="integer"),
    SystemEvent: _always(event_id="string", name="string", occurred_at="datetime", source="string", day="date"),
}
"""Of other kinds the day alone is known. The tests of the examples hold this against what is kept."""
DETAILED = frozenset({SystemEvent})
"""Kinds whose data have details by any key too, in ``context``."""
