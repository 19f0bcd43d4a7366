"""Moments that waits end at, and periods in which limits count. Pure functions of the calendar and a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from smc.config.specs.step import Period, Until

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def first_moment(until: Until, now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) from ``now`` on that is as described by the clocks of the zone.

    A time that clocks skip is the moment after the gap, as late as it would have been; of one that comes twice, the
    first. A day that has passed is now.
    """
    today = now.astimezone(zone).date()
    if until.day is not None:
        return max(now, _instant(until.day, until.at, zone))
    for ahead in range(9):
        day = today + timedelta(days=ahead)
        if until.weekday is None or _WEEKDAYS[day.weekday()] == until.weekday:
            moment = _instant(day, until.at, zone)
            if moment >= now:
                return moment
            if until.at is None:  # the whole day is as described
                return now
    raise AssertionError("a week has every weekday")


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) of a local day."""
    return _instant(day, None, zone)


def moment_of(day: date, at: str, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a time of a local day."""
    return _instant(day, at, zone)


def _instant(day: date, at: str | None, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(at) if at else time.min, zone).astimezone(UTC)


def period_began(per: Period, as_of: date) -> date:
    """First day of the period that ``as_of`` lies in. Weeks begin on Monday."""
    match per:
        case "day":
            return as_of
        case "week":
            return as_of - timedelta(days=as_of.weekday())
        case "month":
            return as_of.replace(day=1)
        case "total":
            return date.min
