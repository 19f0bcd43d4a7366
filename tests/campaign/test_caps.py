"""One allocation under caps, compared with a plain one in Python over random candidates, caps, zones and days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.campaign.caps import apply_caps
from smc.campaign.run import Run
from smc.campaign.times import Horizon
from smc.config.specs.policy import CapSettings
from smc.warehouse import Warehouse

pytestmark = pytest.mark.slow

DAY = date(2026, 3, 28)
"""The day before clocks change in Europe."""
NOW = datetime(2026, 3, 28, 5, tzinfo=UTC)
OWN = "Europe/Berlin"
ZONES = {name: ZoneInfo(name) for name in (OWN, "Asia/Kathmandu", "America/Los_Angeles", "Pacific/Chatham")}
LIFETIMES = {"email": 5, "sms": 5}


@dataclass(frozen=True)
class Ask:
    """A message that asks for room, or one that was planned before (``state``)."""

    customer: int
    channel: str
    category: str
    campaign: str
    priority: int
    due: datetime
    state: str = "planned"


def allocate(
    asks: Sequence[Ask], before: Sequence[Ask], caps: Sequence[CapSettings], zones: dict[int, str]
) -> dict[Ask, str | None]:
    """What took the room of each; None: it has found some. The rules as a person would apply them."""
    taken = [
        one for one in before
        if one.state not in {"suppressed", "failed", "expired"}
        and not (one.state in {"planned", "queued"} and one.due + timedelta(days=1) <= NOW)
    ]  # fmt: skip
    found: dict[Ask, str | None] = {}
    for ask in sorted(asks, key=lambda one: (-one.priority, one.campaign, one.channel, one.category, one.due)):
        losers: set[str] = set()
        for cap in caps:
            if cap.channel not in {None, ask.channel} or cap.category not in {None, ask.category}:
                continue
            others = [
                one for one in taken
                if one.customer == ask.customer and cap.channel in {None, one.channel}
                and cap.category in {None, one.category}
            ]  # fmt: skip
            for last in [ask, *(one for one in others if place(one, cap, zones) > place(ask, cap, zones))]:
                end = place(last, cap, zones)
                if not end - cap.length < place(ask, cap, zones) <= end:
                    continue
                inside = [one for one in others if end - cap.length < place(one, cap, zones) <= end]
                if len(inside) >= cap.messages:
                    losers |= {one.campaign for one in inside}
        found[ask] = ", ".join(sorted(losers)) if losers else None
        if not losers:
            taken.append(ask)
    return found


def place(one: Ask, cap: CapSettings, zones: dict[int, str]) -> float:
    if cap.calendar:
        return one.due.astimezone(ZoneInfo(zones[one.customer])).date().toordinal()
    return one.due.timestamp() / 3600


CAPS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"messages": st.integers(1, 3), "days": st.integers(1, 3)},
                              optional={"channel": st.sampled_from(("email", "sms")),
                                        "category": st.sampled_from(("a", "b")),
                                        "per": st.sampled_from(("calendar_day", "rolling"))}),
        st.fixed_dictionaries({"messages": st.integers(1, 3), "hours": st.integers(1, 50)},
                              optional={"channel": st.sampled_from(("email", "sms"))}),
    ).map(CapSettings.model_validate),
    min_size=1, max_size=3,
)  # fmt: skip


def asks(first: int, last: int, names: Sequence[str], states: Sequence[str]) -> st.SearchStrategy[list[Ask]]:
    """Hours from now; campaigns tell candidates of one customer apart, so each asks once."""
    moments = st.integers(first * 2, last * 2).map(lambda half: NOW + timedelta(minutes=30 * half))
    one = st.builds(
        Ask, st.integers(1, 2), st.sampled_from(("email", "sms")), st.sampled_from(("a", "b")), st.sampled_from(names),
        st.integers(0, 2), moments, st.sampled_from(states),
    )  # fmt: skip
    return st.lists(one, max_size=8, unique_by=lambda ask: (ask.customer, ask.campaign, ask.channel))


@settings(max_examples=40)
@given(
    caps=CAPS,
    tonight=asks(0, 72, ("c1", "c2", "c3", "c4"), ("planned",)),
    before=asks(-80, 90, ("d1", "d2", "d3"), ("planned", "accepted", "queued", "suppressed", "failed")),
    zones=st.tuples(st.sampled_from(list(ZONES)), st.sampled_from(list(ZONES))),
)
def test_caps_are_one_allocation(
    warehouse: Warehouse,
    caps: list[CapSettings],
    tonight: list[Ask],
    before: list[Ask],
    zones: tuple[str, str],
) -> None:
    where = {1: zones[0], 2: zones[1]}
    warehouse.run("delete from message")
    for number, one in enumerate(before):
        planned_before(warehouse, number, one)
    keys = gated(warehouse, tonight, where)
    apply_caps(warehouse, caps, ZONES, horizon=Horizon.of(DAY, LIFETIMES), run=Run(DAY, NOW, OWN))
    found = {
        key: (reason, lost) for key, reason, lost in warehouse.rows("select message_key, reason, lost_to from gated")
    }
    expected = allocate(tonight, before, caps, where)
    assert found == {keys[ask]: ("policy" if lost else None, lost) for ask, lost in expected.items()}


def gated(warehouse: Warehouse, tonight: Sequence[Ask], zones: dict[int, str]) -> dict[Ask, str]:
    warehouse.run(
        "create or replace temp table gated (message_key varchar, customer_key bigint, channel varchar,"
        " category varchar, campaign varchar, step integer, priority integer, due_at timestamptz, zone varchar,"
        " again boolean, reason varchar, lost_to varchar)"
    )
    warehouse.run("create or replace temp table stopped (message_key varchar, reason varchar)")
    keys = {}
    for number, ask in enumerate(sorted(tonight, key=lambda one: (one.campaign, one.channel, one.category, one.due))):
        keys[ask] = f"{number:03}"
        warehouse.run(
            "insert into gated values ($key, $customer, $channel, $category, $campaign, 1, $priority, $due, $zone,"
            " false, null, null)",
            key=keys[ask], customer=ask.customer, channel=ask.channel, category=ask.category, campaign=ask.campaign,
            priority=ask.priority, due=ask.due, zone=zones[ask.customer],
        )  # fmt: skip
    return keys


def planned_before(warehouse: Warehouse, number: int, one: Ask) -> None:
    row: dict[str, Any] = {
        "message_key": f"old{number}", "entry_key": "e", "campaign": one.campaign, "kind": "campaign", "version": 1,
        "step": 1, "customer_key": one.customer, "channel": one.channel, "category": one.category, "template": "t",
        "arm": "test", "planned_on": DAY - timedelta(days=3), "due_at": one.due, "state": one.state,
        "expires_at": one.due + timedelta(days=1),
    }  # fmt: skip
    names, holes = ", ".join(row), ", ".join(f"${name}" for name in row)
    warehouse.run(f"insert into message ({names}) values ({holes})", **row)


@pytest.mark.parametrize(
    ("cap", "hours", "refused"),
    [
        ({"messages": 1, "hours": 24}, 23, True),
        ({"messages": 1, "hours": 24}, 24, False),
        ({"messages": 1, "days": 1}, 18, True),
        ({"messages": 1, "days": 1}, 19, False),  # 00:00 of the next day in Berlin
        ({"messages": 1, "days": 1, "per": "rolling"}, 19, True),
        ({"messages": 2, "days": 1}, 1, False),
        ({"messages": 1, "days": 2}, 40, True),
    ],
)
def test_calendar_days_and_rolling_hours(warehouse: Warehouse, cap: dict[str, Any], hours: int, refused: bool) -> None:
    first = Ask(1, "email", "a", "c0", 9, NOW - timedelta(hours=1, minutes=0), "accepted")
    planned_before(warehouse, 1, first)
    later = Ask(1, "email", "a", "c1", 1, first.due + timedelta(hours=hours))
    gated(warehouse, [later], {1: OWN})
    caps = [CapSettings.model_validate(cap)]
    apply_caps(warehouse, caps, ZONES, horizon=Horizon.of(DAY, LIFETIMES), run=Run(DAY, NOW, OWN))
    assert warehouse.rows("select reason, lost_to from gated") == [("policy", "c0") if refused else (None, None)]


@pytest.mark.parametrize(
    ("cap", "said"),
    [
        ({"messages": 1}, "needs either days or hours"),
        ({"messages": 1, "days": 1, "hours": 1}, "needs either days or hours"),
        ({"messages": 1, "hours": 4, "per": "calendar_day"}, "hours are counted rolling"),
        ({"messages": 0, "days": 1}, "greater than or equal to 1"),
    ],
)
def test_caps_that_mean_nothing(cap: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CapSettings.model_validate(cap)
