"""Days that come again, as a crontab or a calendar names them. Pure functions; a text that is wrong is a ValueError."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

_NO_HOURS = "campaigns go by days: {}, and begin the steps with wait_until: {{at: '10:00'}} for a time of day"
_FINER = ("HOURLY", "MINUTELY", "SECONDLY", "BYHOUR", "BYMINUTE", "BYSECOND")
_AHEAD = timedelta(days=366 * 30)
"""What does not come within so many days never comes."""


def cron_days(cron: str, since: date, until: date) -> Iterator[date]:
    """The days of a cron expression from ``since`` to ``until``, both included, in their order."""
    from cronsim import CronSim, CronSimError

    parts = cron.split()
    if len(parts) != 5:  # noqa: PLR2004 - minute, hour, day, month, weekday
        raise ValueError("needs five fields: 0 0, the day of the month, the month and the weekday")
    if parts[:2] != ["0", "0"]:
        raise ValueError(_NO_HOURS.format("write 0 0 for minute and hour"))
    try:
        found = CronSim(cron, datetime.combine(since, time.min) - timedelta(seconds=1))
    except CronSimError as error:
        raise ValueError(f"this is no cron expression: {str(error).lower()}") from error
    for moment in found:
        if moment.date() > until:
            return
        yield moment.date()


def rule_days(rule: str, start: date, since: date, until: date) -> Iterator[date]:
    """The days of an RRULE that counts from ``start``."""
    from dateutil.rrule import rrulestr

    text = rule.strip().upper().removeprefix("RRULE:")
    if any(word in text for word in _FINER):
        raise ValueError(_NO_HOURS.format("write a rule of days, weeks, months or years"))
    if "\n" in text or "DTSTART" in text:
        raise ValueError("one rule and nothing else; the first day is 'start'")
    try:
        found = rrulestr(text, dtstart=datetime.combine(start, time.min))
        for moment in found:
            if moment.date() > until:
                return
            if moment.date() >= since:
                yield moment.date()
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"this is no RRULE of RFC 5545: {error}") from error


def comes(days: Iterator[date]) -> bool:
    """Whether there is any day."""
    return next(days, None) is not None


def horizon(first: date) -> date:
    """The last day that is looked at to see whether something ever comes."""
    return first + _AHEAD
