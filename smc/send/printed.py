"""Promocodes that letters on their way print: whether they still hold, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from smc.model.template import UNTIL
from smc.warehouse import Warehouse, sql
from smc.warehouse.printed import last_codes


def holding(warehouse: Warehouse, now: datetime) -> frozenset[str]:
    """Keys of messages on their way whose promocode can be used on the day on which they leave."""
    asked = sql(
        """select message_key, entry_key, step, greatest(cast($now as date), cast(due_at as date)) as day
        from message where state in ('planned', 'queued', 'unknown')""",
        now=now,
    )
    return frozenset(key for key, *_ in warehouse.rows(last_codes(asked)))


def ends(context: Mapping[str, Any], expires_at: datetime, zone: str) -> datetime:
    """When a message that prints a promocode expires: when its code does, or before."""
    until = context.get(UNTIL)
    if until is None:
        return expires_at
    over = datetime.combine(until + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(UTC)
    return min(expires_at, over)
