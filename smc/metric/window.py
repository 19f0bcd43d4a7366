"""Windows of days that end with as_of or the last day that is known, and which days enter or leave as it moves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from smc.model.metrics import Window

DayRange = tuple[date, date]
"""Days after the first and up to and including the second."""


def since(as_of: date, days: int) -> date:
    """The day before a window of ``days`` days: a row is inside when ``day > since and day <= as_of``."""
    return as_of - timedelta(days=days)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def moved(last: date, as_of: date, windows: Iterable[Window]) -> list[DayRange]:
    """Days whose rows count otherwise on ``as_of`` than on the earlier day ``last``.

    New days came into view, each window left behind as many at its other end, and a new month forgets the old one.
    """
    if as_of == last:
        return []
    asked = set(windows)
    days = sorted(window for window in asked if isinstance(window, int))
    ranges = [(last, as_of), *((since(last, window), since(as_of, window)) for window in days)]
    if "month" in asked and first_of_month(last) != first_of_month(as_of):
        ranges.append((first_of_month(last) - timedelta(days=1), last))
    return ranges
