"""Days as marketers write them: one grammar for every place where a day may stand. Light imports only.

``2017-12-31`` · ``today``, ``yesterday``, ``tomorrow`` · ``30 days ago``, ``in 2 weeks`` · ``start of month``,
``end of last year``, ``start of this quarter`` (weeks begin on Monday) · any of the words with ``- 3 days`` or
``+ 1 month`` behind it. A month or year steps to the same day, or to the last day of a shorter month.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from smc.config.specs.comparison import Anniversary, Window

REMEDY = "Write a date like 2017-12-31, 'today', '30 days ago', 'in 2 weeks', 'start of month' or 'today - 1 year'."
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_STEP = r"(\d{1,5}) ?(day|week|month|quarter|year)s?"
_WORDS = re.compile(
    rf"(?:(today|yesterday|tomorrow)|(start|end) of (?:(this|last|next) )?(week|month|quarter|year))"
    rf"(?: ?([+-]) ?{_STEP})?"
)
_AGO = re.compile(rf"{_STEP} ago")
_AHEAD = re.compile(rf"in {_STEP}")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_YEAR = 366
_LEAP_DAY = 229
"""February 29 as month * 100 + day."""


class Mistake(ValueError):  # noqa: N818 - it is shown to marketers as what it is
    """What is wrong with a condition, and what to write instead. ``part``: index in a list of values, or a key."""

    def __init__(self, message: str, remedy: str = "", part: int | str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.part = part


def day_of(text: str, as_of: date) -> date | None:
    """A day of the calendar or a relative one; None when the text is neither. Raises ``Mistake`` as below."""
    if not is_fixed(text):
        return relative_day(text, as_of)
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def is_fixed(text: str) -> bool:
    """Whether the text has the form of a day of the calendar."""
    return _DAY.fullmatch(text.strip()) is not None


def relative_day(text: str, as_of: date) -> date | None:
    """``today - 2 weeks`` → a day; None: the text is not of such a form. Raises ``Mistake`` outside the calendar."""
    plain = " ".join(text.lower().split())
    try:
        return _relative(plain, as_of)
    except (OverflowError, ValueError):
        raise Mistake(f"'{text}' lies outside the calendar", REMEDY) from None


def _relative(text: str, as_of: date) -> date | None:
    if found := _AGO.fullmatch(text):
        return _moved(as_of, -int(found[1]), found[2])
    if found := _AHEAD.fullmatch(text):
        return _moved(as_of, int(found[1]), found[2])
    found = _WORDS.fullmatch(text)
    if found is None:
        return None
    word, edge, which, unit, sign, number, step = found.groups()
    day = _edge(as_of, edge, which or "this", unit) if edge else _moved(as_of, _NEAR[word], "day")
    return _moved(day, int(number) * (-1 if sign == "-" else 1), step) if number else day


_NEAR = {"today": 0, "yesterday": -1, "tomorrow": 1}
_WHICH = {"last": -1, "this": 0, "next": 1}


def _edge(as_of: date, edge: str, which: str, unit: str) -> date:
    start = _moved(_first(as_of, unit), _WHICH[which], unit)
    return start if edge == "start" else _moved(start, 1, unit) - timedelta(days=1)


def _first(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _moved(day: date, count: int, unit: str) -> date:
    if unit in _MONTHS:
        return _months_later(day, count * _MONTHS[unit])
    return day + timedelta(days=count * (7 if unit == "week" else 1))


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def needed_day(text: str, as_of: date, part: int | str | None = None) -> date:
    """As ``day_of``; ``Mistake`` when it is no day."""
    try:
        day = day_of(text, as_of)
    except Mistake as mistake:
        raise Mistake(mistake.message, mistake.remedy, part) from None
    if day is None:
        raise Mistake(f"'{text}' is not a date", REMEDY, part)
    return day


SAMPLES = tuple(date(2023, month, day) for month in (1, 2, 3, 4, 12) for day in (1, 15, 28))
"""Days on which it is tried whether two relative days are in order, so that the answer does not depend on today."""


def reversed_days(low: str, high: str) -> bool:
    """Whether the first day is after the second whatever today is: both are fixed, or both move with today."""
    if is_fixed(low) != is_fixed(high):
        return False
    return all(needed_day(low, today) > needed_day(high, today) for today in SAMPLES)


def window(asked: Window, as_of: date, last: date) -> tuple[date | None, date | None]:
    """First and last day of the rows asked for; None is no limit. ``last``: the last day of which there are rows.

    Raises ``Mistake`` with the key at fault for what is no date, and for ends that are reversed on every day.
    """
    if asked.within is not None:
        return last - timedelta(days=asked.within - 1), last
    keys = ("between", "between") if asked.between else ("since", "until")
    ends = asked.between or (asked.since, asked.until)
    low, high = (None if end is None else needed_day(end, as_of, key) for key, end in zip(keys, ends, strict=True))
    if ends[0] is not None and ends[1] is not None and reversed_days(ends[0], ends[1]):
        raise Mistake("the first day is after the last, so no row could match", "Exchange the two.", keys[1])
    return low, None if high is None else min(high, last)


def days_until(asked: Window, day: date) -> tuple[date | None, date]:
    """First and last day of what is asked for on a day, which is the last that there can be. Raises as ``window``."""
    first, last = window(asked, day, day)
    return first, last or day


_EDGES = tuple(
    date(year, month, day)
    for year in (2023, 2024)
    for month in range(1, 13)
    for day in (1, 15, calendar.monthrange(year, month)[1])
)
"""Days with all ends of months, quarters and years among them, and all weekdays."""


def check_reached(asked: Window, lag: timedelta) -> None:
    """``Mistake`` when the first day lies behind the last one of which there are rows, whatever today is.

    ``lag``: how long before today that last day is. A day of the calendar will come, and is never wrong.
    """
    key, first = ("between", asked.between[0]) if asked.between else ("since", asked.since)
    if first is None or is_fixed(first) or any(needed_day(first, today) <= today - lag for today in _EDGES):
        return
    words = "rows of today count from tomorrow on" if lag else "the days lie in the future"
    raise Mistake(f"{words}, so no row could match", "Write an earlier day, such as '7 days ago'.", key)


def anniversary(asked: Anniversary, as_of: date) -> tuple[tuple[int, int, int], ...]:
    """Ranges ``(year, first, last)``: dates before the year whose month * 100 + day is in the range, ends included.

    Raises ``Mistake`` with the key at fault.
    """
    first, last = _days_of_anniversary(asked, as_of)
    found: list[tuple[int, int, int]] = []
    for year in range(first.year, last.year + 1):
        low, high = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
        ends = _number(high)
        if (high.month, high.day) == (2, 28) and not calendar.isleap(year):
            ends = _LEAP_DAY  # who was born on February 29 has the 28th in a common year
        if low <= high:
            found.append((year, _number(low), ends))
    return tuple(found)


def _days_of_anniversary(asked: Anniversary, as_of: date) -> tuple[date, date]:
    if asked.within is not None:
        return as_of, as_of + timedelta(days=asked.within - 1)
    if asked.on is not None:
        day = needed_day(asked.on, as_of, "on")
        return day, day
    first, last = asked.between or ("", "")
    low, high = needed_day(first, as_of, "between"), needed_day(last, as_of, "between")
    if is_fixed(first) != is_fixed(last):
        raise Mistake("a fixed day and one that moves with today drift apart", "Write two of one kind.", "between")
    if reversed_days(first, last):
        raise Mistake("the first day is after the last, so nobody could match", "Exchange the two.", "between")
    if all((needed_day(last, today) - needed_day(first, today)).days >= _YEAR for today in SAMPLES):
        raise Mistake("the days are more than a year", "Ask for at most 366 days.", "between")
    return low, min(high, low + timedelta(days=_YEAR - 1))


def _number(day: date) -> int:
    return day.month * 100 + day.day
