"""Ends of waits by clocks that are put forward and back, and the periods of limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.campaign.moments import first_moment, period_began
from smc.config.specs.delay import length_of
from smc.config.specs.step import Period, Until

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""Clocks move by half an hour."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("until", "now", "moment"),
    [
        ({"at": "10:00"}, "2026-01-05 12:00", "2026-01-05 15:00"),  # 07:00 in New York
        ({"at": "10:00"}, "2026-01-05 15:00", "2026-01-05 15:00"),  # it is ten
        ({"at": "10:00"}, "2026-01-05 15:01", "2026-01-06 15:00"),
        ({"day": "2026-12-24"}, "2026-01-05 12:00", "2026-12-24 05:00"),
        ({"day": "2026-12-24", "at": "18:30"}, "2026-01-05 12:00", "2026-12-24 23:30"),
        ({"day": "2026-01-01"}, "2026-01-05 12:00", "2026-01-05 12:00"),  # it has passed
        ({"weekday": "monday"}, "2026-01-05 12:00", "2026-01-05 12:00"),  # it is Monday
        ({"weekday": "sunday"}, "2026-01-05 12:00", "2026-01-11 05:00"),
        ({"weekday": "monday", "at": "06:00"}, "2026-01-05 12:00", "2026-01-12 11:00"),  # six has passed
        ({"at": "02:30"}, "2026-03-08 05:00", "2026-03-08 07:30"),  # there is no half past two: 03:30
        ({"at": "01:30"}, "2026-11-01 04:00", "2026-11-01 05:30"),  # of two the first
    ],
)
def test_ends_of_waits(until: dict[str, str], now: str, moment: str) -> None:
    assert first_moment(Until.model_validate(until), at(now), NEW_YORK) == at(moment)


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - made UTC below
    clock=st.times().map(lambda time: f"{time:%H:%M}"),
    zone=st.sampled_from([NEW_YORK, LORD_HOWE, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Europe/Berlin")]),
)
def test_the_next_time_is_within_a_day_and_shows_on_the_clock(now: datetime, clock: str, zone: ZoneInfo) -> None:
    begin = now.replace(tzinfo=UTC)
    moment = first_moment(Until(at=clock), begin, zone)
    assert timedelta(0) <= moment - begin <= timedelta(hours=25)
    shown = f"{moment.astimezone(zone):%H:%M}"
    day = moment.astimezone(zone).replace(tzinfo=None)
    skipped = datetime.combine(day.date(), datetime.strptime(clock, "%H:%M").time(), zone)  # noqa: DTZ007 - a time alone
    gap = skipped.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != skipped.replace(tzinfo=None)
    assert shown == clock or gap


@pytest.mark.parametrize(
    ("per", "began"),
    [("day", date(2026, 1, 7)), ("week", date(2026, 1, 5)), ("month", date(2026, 1, 1)), ("total", date.min)],
)
def test_periods(per: Period, began: date) -> None:
    assert period_began(per, date(2026, 1, 7)) == began


@pytest.mark.parametrize(
    ("delay", "days", "minutes"), [("3 days", 3, 0), ("2 hours", 0, 120), ("30 minutes", 0, 30), ("14 days", 14, 0)]
)
def test_lengths(delay: str, days: int, minutes: int) -> None:
    found = length_of(delay)
    assert (found.days, found.minutes) == (days, minutes)
