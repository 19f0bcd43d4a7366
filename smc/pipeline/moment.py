"""The clock, read here and nowhere below: a run for today lives in real time, one for a past day in that day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from smc.errors import UsageError
from smc.project import Project

FIRST_YEAR, LAST_YEAR = 1970, 2200


@dataclass(frozen=True, slots=True)
class Moment:
    """The day of a run, when its planning happens (UTC), when it really began, and the clock its sender reads.

    ``sender_since``: the sender works through a whole day that is past, from here to what its clock says.
    """

    as_of: date
    planned_at: datetime
    began_at: datetime
    sender_clock: Callable[[], datetime]
    sender_since: datetime | None = None


def moment_of(project: Project, as_of: date | None) -> Moment:
    """The moments of a run: real ones for today, those of the day itself for a past one.

    Raises ``UsageError`` for a day to come and for one outside of the years that windows of days can be counted in.
    """
    zone = ZoneInfo(project.settings.timezone)
    now = datetime.now(UTC)
    today = now.astimezone(zone).date()
    day = as_of or today
    if day > today:
        raise UsageError(f"--as-of {day} is in the future", remedy=f"Today is {today} in {zone.key}.")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise UsageError(
            f"--as-of {day} is no day of a shop", remedy=f"Give a day of the years {FIRST_YEAR} to {LAST_YEAR}."
        )
    if day == today:
        return Moment(day, now, now, lambda: datetime.now(UTC))
    last = datetime.combine(day, clock(23, 59, 59), zone).astimezone(UTC)
    first = datetime.combine(day, clock.min, zone).astimezone(UTC)
    return Moment(day, first, now, lambda: last, first)


def next_night(project: Project, as_of: date | None, done: date | None, began: datetime | None) -> Moment:
    """The moments of the night that a plan is for: ``as_of``, else the first day that is not ``done``.

    Tomorrow is planned for the time of day at which the last night ``began`` (UTC). ``UsageError`` for later days.
    """
    zone = ZoneInfo(project.settings.timezone)
    now = datetime.now(UTC)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    if as_of != tomorrow and (as_of is not None or done is None or done + timedelta(days=1) != tomorrow):
        return moment_of(project, as_of)
    at = began.astimezone(zone).time() if began else clock.min
    return Moment(tomorrow, datetime.combine(tomorrow, at, zone).astimezone(UTC), now, lambda: now)
