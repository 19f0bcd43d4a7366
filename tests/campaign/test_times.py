"""When messages are due: windows, quiet hours, holidays, clocks of customers, and what misses its time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.campaign.shop import Shop, campaign
from tests.campaign.shop import settings as project

pytestmark = pytest.mark.slow

FRIDAY = date(2026, 3, 6)
LATER = "2026-03-06 12:00:00+00:00"
Due = dict[str, tuple[str, str | None]]


def due(shop: Shop) -> Due:
    """When each customer's newest message is due (UTC), and why it is not sent."""
    rows = shop.warehouse.rows(
        "select i.customer_id, m.due_at, m.reason from message m join customer_ident i using (customer_key)"
        " order by m.planned_on"
    )
    return {customer: (f"{at.astimezone(UTC):%d %H:%M}", reason) for customer, at, reason in rows}


def registered(shop: Shop, day: date, zones: dict[int, str | None]) -> None:
    for key, zone in zones.items():
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        shop.customer(key, timezone=zone, registered_at=at)


def planned(
    shop: Shop, sending: dict[str, Any], *, day: date = FRIDAY, hour: int = 2, own: dict[str, Any] | None = None,
    zones: dict[int, str | None] | None = None, send_at: str = "10:00",
) -> Due:  # fmt: skip
    """Everyone registered on the day and gets a letter; the project's zone is Berlin."""
    shop.settings = project(sending=sending, send_at=send_at, timezone="Europe/Berlin")
    registered(shop, day, zones or {1: None})
    shop.campaigns = {"hello": campaign(**(own or {}))}
    shop.night(day, hour=hour)
    return due(shop)


def test_send_at_means_the_clock_of_the_project_or_of_the_customer(shop: Shop) -> None:
    zones = {1: None, 2: "Asia/Kathmandu", 3: "America/St_Johns", 4: "Nowhere/Land"}
    assert set(planned(shop, {}, zones=zones).values()) == {("06 09:00", None)}


def test_customers_get_it_at_ten_where_they_live(shop: Shop) -> None:
    zones = {1: None, 2: "Asia/Kathmandu", 3: "America/St_Johns", 4: "Nowhere/Land", 5: "Pacific/Kiritimati"}
    assert planned(shop, {"clock": "customer"}, zones=zones, hour=1) == {
        "c1": ("06 09:00", None),
        "c2": ("06 04:15", None),
        "c3": ("06 13:30", None),
        "c4": ("06 09:00", None),
        "c5": ("06 20:00", None),  # 10:00 there was over when the night ran, so it is the next day
    }


ZONES = (
    "Asia/Kamchatka", "Asia/Tokyo", "Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham",
    "Pacific/Kiritimati", "America/St_Johns", "America/New_York", "Pacific/Pago_Pago", "Europe/Moscow",
)  # fmt: skip


@pytest.mark.parametrize("if_missed", ["next", "skip"])
@pytest.mark.parametrize("day", [FRIDAY, date(2026, 4, 4)])
@pytest.mark.parametrize("hour", [0, 3, 12, 22])
def test_no_zone_is_shut_out_and_nothing_goes_at_another_time(shop: Shop, if_missed: str, day: date, hour: int) -> None:
    """Without windows everyone gets it at ten by his own clock, the first time on his day or later that is not over."""
    now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    zones = dict(enumerate(ZONES, start=1))
    planned(shop, {"clock": "customer", "if_missed": if_missed}, day=day, hour=hour, zones=dict(zones))
    rows = shop.warehouse.rows("select customer_key, due_at, reason from message")
    assert len(rows) == len(ZONES)
    for key, at, reason in rows:
        local = at.astimezone(ZoneInfo(zones[key]))
        assert (f"{local:%H:%M}", reason) == ("10:00", None), zones[key]
        day_before = datetime.combine(local.date() - timedelta(days=1), local.timetz().replace(tzinfo=None))
        assert at >= now
        assert local.date() == day or day_before.replace(tzinfo=local.tzinfo) < now, zones[key]


def test_the_next_time_is_that_of_the_zone(shop: Shop) -> None:
    """At 22:00 in New York it is noon of the next day in Tokyo, where ten has passed twice since the day of the run."""
    shop.settings = project(sending={"clock": "customer"}, send_at="10:00")
    shop.customer(1, timezone="Asia/Tokyo", registered_at=datetime(2026, 3, 6, 12, tzinfo=UTC))
    shop.campaigns = {"hello": campaign()}
    shop.night(FRIDAY, hour=27)
    assert due(shop)["c1"] == ("08 01:00", None)


@pytest.mark.parametrize(
    ("zone", "day", "moment"),
    [
        ("Europe/Berlin", date(2026, 3, 28), "29 01:00"),  # 02:30 is skipped: the window opens at the jump
        ("Europe/Berlin", date(2026, 10, 24), "25 02:00"),  # within the hour that comes twice no window opens
        ("Australia/Lord_Howe", date(2026, 10, 3), "03 15:30"),  # half an hour
        ("Pacific/Chatham", date(2026, 9, 26), "26 13:45"),  # 12:45 and 13:45 from Greenwich
    ],
)
def test_nights_in_which_clocks_are_changed(shop: Shop, zone: str, day: date, moment: str) -> None:
    sending = {"windows": [{"from": "02:30", "until": "02:55"}, {"from": "03:00", "until": "04:00"}]}
    own = {"send_at": "04:00", "clock": "customer"}
    assert planned(shop, sending, day=day, zones={1: zone}, own=own, hour=0)["c1"] == (moment, None)


WINDOW = {"windows": [{"from": "11:00", "until": "20:00", "weekdays": ["monday", "friday"]}]}
QUIET = {"quiet_hours": [{"from": "21:00", "until": "09:30"}]}


@pytest.mark.parametrize(
    ("sending", "send_at", "hour", "expected"),
    [
        ({}, "10:00", 12, ("07 09:00", None)),  # no windows: the next day's time, as ever
        (WINDOW, "10:00", 2, ("06 10:00", None)),  # the window opens later
        (WINDOW, "10:00", 12, ("06 12:00", None)),  # the night was late, the window is open
        (WINDOW, "10:00", 20, ("06 20:00", "window")),  # Monday is behind the lifetime of two days
        (WINDOW | {"if_missed": "skip"}, "10:00", 12, ("06 12:00", None)),
        (WINDOW | {"if_missed": "skip"}, "10:00", 20, ("06 20:00", "window")),
        (WINDOW | {"if_missed": "send"}, "10:00", 20, ("06 20:00", None)),  # at once
        (WINDOW | QUIET | {"if_missed": "send"}, "10:00", 20, ("07 08:30", None)),  # when quiet hours end
        (QUIET, "09:00", 2, ("06 08:30", None)),
        (QUIET, "23:00", 2, ("07 08:30", None)),
        (QUIET | {"if_missed": "skip"}, "23:00", 2, ("06 22:00", "window")),
        ({"if_missed": "skip"}, "10:00", 12, ("07 09:00", None)),  # meant for the next day, and goes on that day
        ({"if_missed": "send"}, "10:00", 12, ("06 12:00", None)),
        ({"holidays": [{"dates": [FRIDAY]}]}, "10:00", 2, ("06 23:00", None)),  # as soon as the holiday is over
        ({"holidays": [{"dates": [FRIDAY]}]} | QUIET, "10:00", 2, ("07 08:30", None)),
        ({"holidays": [{"dates": [FRIDAY]}], "if_missed": "skip"}, "10:00", 2, ("06 09:00", "window")),
        ({"holidays": [{"dates": [FRIDAY]}], "if_missed": "send"}, "10:00", 2, ("06 09:00", None)),
    ],
)
def test_what_cannot_go_out_at_its_time(
    shop: Shop, sending: dict[str, Any], send_at: str, hour: int, expected: tuple[str, str | None]
) -> None:
    assert planned(shop, sending, send_at=send_at, hour=hour)["c1"] == expected


def test_a_campaign_may_say_it_otherwise(shop: Shop) -> None:
    own = {"send_at": "18:00", "if_missed": "skip", "window": {"from": "12:00", "until": "15:00"}}
    assert planned(shop, {"if_missed": "next"}, own=own)["c1"] == ("06 17:00", "window")


def test_what_missed_its_time_gets_another_one_and_asks_for_room_again(shop: Shop) -> None:
    """No sender came on Friday. On Saturday two messages ask for the one place of the day; the higher priority wins."""
    shop.settings = project(
        caps=[{"messages": 1, "days": 1}], sending=QUIET | {"windows": [{"from": "10:00", "until": "20:00"}]},
        timezone="Europe/Berlin",
    )  # fmt: skip
    registered(shop, FRIDAY, {1: None})
    shop.campaigns = {"hello": campaign(priority=10)}
    shop.night(FRIDAY, hour=2)
    assert due(shop)["c1"] == ("06 09:00", None)
    ends = shop.warehouse.value("select closes_at from message")
    assert ends.astimezone(UTC) == datetime(2026, 3, 6, 19, tzinfo=UTC)
    shop.night(FRIDAY, hour=18)
    assert due(shop)["c1"] == ("06 09:00", None)  # it may still go out
    saturday = FRIDAY + timedelta(days=1)
    registered(shop, saturday, {2: None})
    shop.warehouse.run("update message set state = 'queued'")
    shop.night(saturday, hour=2)
    assert due(shop) == {"c1": ("07 09:00", None), "c2": ("07 09:00", None)}
    states = shop.warehouse.rows("select state from message order by planned_on")
    assert states == [("queued",), ("planned",)]
    before = shop.state()
    shop.night(saturday, hour=2)
    assert shop.state() == before


def test_a_message_that_missed_its_time_may_lose_its_room(shop: Shop) -> None:
    shop.settings = project(
        caps=[{"messages": 1, "days": 1}], sending={"windows": [{"from": "10:00", "until": "20:00"}]},
        timezone="Europe/Berlin",
    )  # fmt: skip
    registered(shop, FRIDAY, {1: None})
    shop.campaigns = {"hello": campaign(priority=10)}
    shop.night(FRIDAY, hour=2)
    saturday = FRIDAY + timedelta(days=1)
    shop.campaigns |= {"news": campaign(priority=90, trigger={"date": {"on": saturday, "segment": "all"}})}
    shop.member(1, "all", FRIDAY)
    shop.night(saturday, hour=2)
    rows = shop.warehouse.rows("select campaign, state, reason, lost_to from message order by campaign")
    assert rows == [("hello", "suppressed", "policy", "news"), ("news", "planned", None, None)]


GONE = {
    "campaign_off": None,
    "consent": "update subscription set state = 'no' where category = 'service'",
    "suppressed_address": "insert into suppression (suppression_no, address, reason, added_by, added_at)"
                          " values (1, 'c1@example.com', 'asked', 'me', timestamptz '2026-03-06 20:00:00+00')",
}  # fmt: skip


@pytest.mark.parametrize("missed", [True, False])
@pytest.mark.parametrize("reason", list(GONE))
def test_what_may_not_go_any_more_takes_no_room(shop: Shop, reason: str, missed: bool) -> None:
    """One letter waits since Friday; on Saturday another one with a lower priority asks for the place of the day."""
    window = {"from": "10:00", "until": "20:00"}
    shop.settings = project(
        caps=[{"messages": 1, "days": 1 if missed else 2}], sending={"windows": [window]}, timezone="Europe/Berlin"
    )
    registered(shop, FRIDAY, {1: None})
    shop.warehouse.run("insert into subscription values (1, 'email', 'service', 'yes', $at, null, null)",
                       at=datetime(2020, 1, 1, tzinfo=UTC))  # fmt: skip
    shop.campaigns = {"hello": campaign(priority=90, category="service")}
    shop.night(FRIDAY, hour=2)
    shop.warehouse.run("update message set state = 'queued'")
    saturday = FRIDAY + timedelta(days=1)
    news = campaign(priority=10, trigger={"date": {"on": saturday, "segment": "all"}})
    shop.member(1, "all", FRIDAY)
    statement = GONE[reason]
    if statement is None:
        shop.campaigns["hello"] = campaign(priority=90, category="service", active=False)
    else:
        shop.warehouse.run(statement)
    if not missed:
        shop.warehouse.run("update message set closes_at = closes_at + interval 1 day")
    shop.campaigns["news"] = news
    shop.night(saturday, hour=2)
    found = dict(shop.warehouse.rows("select campaign, reason from message"))
    assert found["news"] == (reason if reason == "suppressed_address" else None)
    assert found["hello"] == (reason if missed else None)


def test_what_is_skipped_is_not_sent_later(shop: Shop) -> None:
    planned(shop, {"windows": [{"from": "10:00", "until": "20:00"}], "if_missed": "skip"})
    (row,) = shop.warehouse.rows("select closes_at, expires_at from message")
    assert row[0] == row[1]


@pytest.mark.parametrize(
    "sending",
    [{}, {"holidays": [{"dates": [FRIDAY + timedelta(days=2)]}]}, {"windows": [{"from": "10:00", "until": "03:00"}]}],
)
def test_what_is_skipped_ends_with_its_day_at_the_latest(shop: Shop, sending: dict[str, Any]) -> None:
    planned(shop, {**sending, "if_missed": "skip"})
    (row,) = shop.warehouse.rows("select expires_at from message")
    assert row[0].astimezone(ZoneInfo("Europe/Berlin")) == datetime(2026, 3, 7, tzinfo=ZoneInfo("Europe/Berlin"))


def test_control_customers_have_the_moment_when_they_would_have_been_messaged(shop: Shop) -> None:
    own = {"control_group": {"percent": 50, "salt": "s"}}
    zones: dict[int, str | None] = dict.fromkeys(range(1, 9), None)
    found = planned(shop, WINDOW, own=own, zones=zones)
    assert {at for at, _ in found.values()} == {"06 10:00"}
    assert {reason for _, reason in found.values()} == {None, "control_group"}
