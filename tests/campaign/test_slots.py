"""Slots mean what clocks show: compared minute by minute with the rules as they are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.campaign.slots import Schedule, Span, schedule, slots
from smc.config.specs.policy import WEEKDAYS, DayWindow, SendingSettings

DAY = timedelta(days=1)


def sending(**more: Any) -> SendingSettings:
    return SendingSettings.model_validate(more)


def shown(spans: list[Span], zone: str) -> list[tuple[str, str]]:
    return [tuple(f"{at.astimezone(ZoneInfo(zone)):%d %H:%M}" for at in span) for span in spans]  # type: ignore[misc]


def of(day: date, days: int = 1, *, zone: str = "UTC", **more: Any) -> list[tuple[str, str]]:
    found = schedule(sending(**more), "sms", "marketing")
    return shown(slots(found, day, day + (days - 1) * DAY, ZoneInfo(zone)), zone)


def test_without_rules_every_time_is_right() -> None:
    assert not schedule(sending(), "sms", "marketing")
    assert of(date(2026, 3, 2)) == [("02 00:00", "03 00:00")]


def test_rules_concern_their_channel_and_category() -> None:
    rules = sending(
        windows=[{"channel": "email", "from": "10:00"}, {"category": "service", "from": "11:00"}],
        quiet_hours=[{"channel": "push", "from": "21:00", "until": "09:00"}],
        holidays=[{"category": "service", "dates": [date(2026, 1, 1)]}],
    )
    assert not schedule(rules, "sms", "marketing")
    assert schedule(rules, "email", "marketing").groups[0][0].from_ == "10:00"
    assert len(schedule(rules, "email", "service").groups[0]) == 2
    assert schedule(rules, "push", "marketing").quiet
    assert schedule(rules, "push", "service").holidays == {date(2026, 1, 1)}


def test_windows_of_weekdays_and_a_holiday() -> None:
    found = of(
        date(2026, 3, 6), 4,  # a Friday
        windows=[{"from": "10:00", "until": "20:00", "weekdays": ["friday", "saturday", "monday"]}],
        holidays=[{"dates": [date(2026, 3, 7)]}],
    )  # fmt: skip
    assert found == [("06 10:00", "06 20:00"), ("09 10:00", "09 20:00")]


def test_quiet_hours_over_midnight() -> None:
    quiet = [{"from": "21:00", "until": "09:00"}]
    assert of(date(2026, 3, 6), 2, quiet_hours=quiet) == [("06 09:00", "06 21:00"), ("07 09:00", "07 21:00")]
    window = [{"from": "18:00", "until": "02:00", "weekdays": ["friday"]}]
    assert of(date(2026, 3, 7), windows=window) == [("07 00:00", "07 02:00")]
    assert of(date(2026, 3, 6), 2, windows=window, quiet_hours=quiet) == [("06 18:00", "06 21:00")]


def test_a_campaign_narrows_the_windows_of_the_project() -> None:
    own = DayWindow.model_validate({"from": "18:00", "until": "23:00"})
    found = schedule(sending(windows=[{"from": "10:00", "until": "20:00"}]), "sms", "marketing", own)
    spans = slots(found, date(2026, 3, 6), date(2026, 3, 6), ZoneInfo("UTC"))
    assert shown(spans, "UTC") == [("06 18:00", "06 20:00")]


@pytest.mark.parametrize(
    ("zone", "day", "spans"),
    [
        # Clocks go from 02:00 to 03:00: the window begins at the jump.
        ("Europe/Berlin", date(2026, 3, 29), ["2026-03-29T01:00", "2026-03-29T02:00"]),
        # Clocks go from 02:00 to 02:30 (half an hour).
        ("Australia/Lord_Howe", date(2026, 10, 4), ["2026-10-03T15:30", "2026-10-03T17:00"]),
        # Clocks go from 02:45 to 03:45 (an offset of 45 minutes).
        ("Pacific/Chatham", date(2026, 9, 27), ["2026-09-26T13:45", "2026-09-26T14:15"]),
        # From 03:00 back to 02:00: the hour that comes twice is allowed once, the second time.
        ("Europe/Berlin", date(2026, 10, 25), ["2026-10-25T01:30", "2026-10-25T03:00"]),
    ],
)
def test_nights_in_which_clocks_are_changed(zone: str, day: date, spans: list[str]) -> None:
    window = {"from": "02:30", "until": "04:00"}
    found = slots(schedule(sending(windows=[window]), "sms", "x"), day, day, ZoneInfo(zone))
    assert [f"{at:%Y-%m-%dT%H:%M}" for span in found for at in span] == spans


CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from((0, 1, 15, 30, 45, 59)))
ZONES = st.sampled_from(
    ("Europe/Berlin", "Australia/Lord_Howe", "Pacific/Chatham", "America/New_York", "Asia/Kathmandu",
     "America/St_Johns", "Africa/Casablanca", "America/Asuncion", "Pacific/Apia", "America/Sao_Paulo")
)  # fmt: skip
DAYS = st.one_of(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.sampled_from((date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5), date(2026, 10, 4), date(2026, 9, 27),
                     date(2026, 3, 8), date(2026, 11, 1), date(2018, 11, 4), date(2011, 12, 29))),
)  # fmt: skip
TIMES = st.builds(lambda begin, end: {"from": begin, "until": end}, CLOCKS, CLOCKS)
WINDOWS = st.builds(lambda times, days: times | {"weekdays": sorted(days)}, TIMES,
                    st.sets(st.sampled_from(WEEKDAYS), min_size=1))  # fmt: skip
QUIET = TIMES.filter(lambda times: times["from"] != times["until"])


def allowed(rules: Schedule, local: datetime) -> bool:
    """The rules as they are written, asked what a clock shows."""

    def within(begin: str, end: str, day: date) -> bool:
        low = datetime.combine(day, time.fromisoformat(begin))
        high = datetime.combine(day if begin < end else day + DAY, time.fromisoformat(end))
        return low <= local < high

    near = (local.date() - DAY, local.date())
    inside = all(
        any(within(w.from_, w.until, day) and WEEKDAYS[day.weekday()] in w.weekdays for w in group for day in near)
        for group in rules.groups
    )
    loud = not any(within(rule.from_, rule.until, day) for rule in rules.quiet for day in near)
    return inside and loud and local.date() not in rules.holidays


@settings(max_examples=25)
@given(
    windows=st.lists(WINDOWS, max_size=2), quiet=st.lists(QUIET, max_size=2), day=DAYS, zone=ZONES,
    holiday=st.integers(0, 3),
)  # fmt: skip
def test_slots_are_what_clocks_show(
    windows: list[dict[str, Any]], quiet: list[dict[str, Any]], day: date, zone: str, holiday: int
) -> None:
    rules = schedule(
        sending(windows=windows, quiet_hours=quiet, holidays=[{"dates": [day + holiday * DAY]}]), "sms", "x"
    )
    where = ZoneInfo(zone)
    found = slots(rules, day, day + DAY, where)
    assert found == sorted(found)
    at = datetime.combine(day, time(), where).astimezone(UTC)
    while (local := at.astimezone(where)).date() < day + 2 * DAY:
        if local.date() >= day:
            may = any(begin <= at < end for begin, end in found)
            shows = allowed(rules, local.replace(tzinfo=None))
            twice = local.utcoffset() != (local + timedelta(hours=3)).replace(fold=0).utcoffset() or (
                local.utcoffset() != (local - timedelta(hours=3)).utcoffset()
            )
            assert may == shows or (twice and not may), (at, local)
        at += timedelta(minutes=15)
