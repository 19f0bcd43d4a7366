"""Nights at any hour, senders that come or do not: nothing leaves outside of its time or over a cap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.campaign.slots import schedule
from smc.config.specs.policy import SendingSettings
from smc.warehouse import Warehouse
from tests.campaign.shop import Shop, campaign
from tests.campaign.shop import settings as project
from tests.campaign.test_slots import DAY, QUIET, WINDOWS, allowed

pytestmark = pytest.mark.slow

FIRST = date(2026, 3, 27)
"""Clocks change in Europe on the third night."""
ZONES = ("Europe/Berlin", "Asia/Kathmandu", "America/Los_Angeles")
CAPS = st.lists(
    st.fixed_dictionaries({"messages": st.integers(1, 2), "days": st.integers(1, 3)},
                          optional={"per": st.just("rolling")}),
    min_size=1, max_size=2,
)  # fmt: skip
NIGHTS = st.lists(st.tuples(st.integers(0, 22), st.booleans()), min_size=3, max_size=5)
"""The hour of each night (UTC), and whether a sender comes in the day behind it."""


def send(warehouse: Warehouse, since: datetime, until: datetime) -> None:
    """What is due in the time leaves, as the outbox would let it."""
    warehouse.run(
        "update message set state = 'accepted', state_at = greatest(due_at, $since)"
        " where state in ('planned', 'queued') and due_at < $until"
        " and coalesce(closes_at > greatest(due_at, $since), true) and expires_at > greatest(due_at, $since)",
        since=since, until=until,
    )  # fmt: skip


SENDING = st.fixed_dictionaries({
    "windows": st.lists(WINDOWS, max_size=2), "quiet_hours": st.lists(QUIET, max_size=1),
    "holidays": st.integers(0, 9).map(lambda after: [{"dates": [FIRST + after * DAY]}]),
    "if_missed": st.sampled_from(("next", "skip")), "clock": st.sampled_from(("project", "customer")),
})  # fmt: skip


@settings(max_examples=12)
@given(sending=SENDING, caps=CAPS, nights=NIGHTS)
def test_nothing_leaves_outside_of_its_time_or_over_a_cap(
    tmp_path_factory: pytest.TempPathFactory,
    sending: dict[str, Any],
    caps: list[dict[str, Any]],
    nights: Sequence[tuple[int, bool]],
) -> None:
    path = tmp_path_factory.mktemp("nights") / "warehouse.duckdb"
    with Warehouse.open(path, timezone="Europe/Berlin", memory="1GB", threads=1) as warehouse:
        shop = Shop(warehouse, settings=project(caps=caps, sending=sending, timezone="Europe/Berlin"))
        for key, zone in enumerate(ZONES, start=1):
            shop.customer(key, timezone=zone)
            shop.receipts(key, *(FIRST + step * DAY for step in range(len(nights))))
        shop.campaigns = {
            f"c{priority}": campaign(priority=priority, trigger={"receipt": {}}, look_back=0) for priority in (10, 20)
        }
        moments = [datetime.combine(FIRST + n * DAY, datetime.min.time(), UTC) for n in range(len(nights) + 1)]
        begins = [at + timedelta(hours=hour) for at, (hour, _) in zip(moments, nights, strict=False)]
        for number, (hour, comes) in enumerate(nights):
            shop.night(FIRST + number * DAY, hour=hour)
            if comes:
                send(warehouse, begins[number], [*begins, moments[-1]][number + 1])
        left = warehouse.rows(
            "select customer_key, due_at, state_at from message where state = 'accepted' order by state_at"
        )
        asked = warehouse.value("select count(*) from message")
    assert asked == 2 * len(ZONES) * len(nights)
    rules = schedule(SendingSettings.model_validate(sending), "email", "marketing")
    for customer, _, at in left:
        assert allowed(rules, at.astimezone(ZoneInfo(ZONES[customer - 1])).replace(tzinfo=None)), (customer, at)
    for cap in caps:
        for key, zone in enumerate(ZONES, start=1):
            due = [at.astimezone(ZoneInfo(zone)) for customer, at, _ in left if customer == key]
            if cap.get("per") == "rolling":
                places = [at.timestamp() / 86_400 for at in due]
            else:
                places = [float(at.date().toordinal()) for at in due]
            for last in places:
                assert sum(last - cap["days"] < one <= last for one in places) <= cap["messages"]
