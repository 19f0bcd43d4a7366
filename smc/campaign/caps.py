"""Caps: one allocation for all that asks tonight, under all caps, by priority.

The candidates of a customer ask in turn. Each takes room under every cap that concerns it, or none. Counted is the
moment at which a message is due, together with what was planned before, for earlier and for later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from smc.campaign.run import Run
from smc.campaign.tables import columns, query
from smc.campaign.times import Horizon, calendar
from smc.config.specs.policy import CapSettings
from smc.warehouse import Warehouse

_HOUR = 3_600_000_000
"""Microseconds"""


def apply_caps(
    warehouse: Warehouse, caps: Sequence[CapSettings], zones: Mapping[str, ZoneInfo], *, horizon: Horizon, run: Run
) -> None:
    """Refuse what finds no room, with the reason ``policy`` and the names of what took it. As many rounds as one
    customer has messages."""
    if not caps:
        return
    rows = [
        (number, cap.channel, cap.category, cap.messages, cap.calendar, cap.length * (1 if cap.calendar else _HOUR))
        for number, cap in enumerate(caps)
    ]
    warehouse.run(
        query("create_cap"), **columns(rows, "numbers", "channels", "categories", "messages", "calendar", "lengths")
    )
    longest = timedelta(days=1 + max(cap.length if cap.calendar else cap.length // 24 + 1 for cap in caps))
    calendar(warehouse, zones, horizon.first - longest, horizon.last + longest)
    warehouse.run(query("create_ranked"))
    warehouse.run(query("create_planned_before"), since=run.now - longest, now=run.now)
    warehouse.run(query("create_taken"))
    warehouse.run(query("create_asking"))
    for turn in range(1, 1 + warehouse.value("select coalesce(max(turn), 0) from ranked")):
        warehouse.run(query("cap_refuse"), turn=turn)
        warehouse.run(query("cap_count"), turn=turn)
