"""Lengths of waits: calendar days, or hours and minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

_LENGTH = re.compile(r"(\d{1,6}) *(d|days?|w|weeks?|h|hours?|m|min|minutes?)?")
_DELAY_TEXT = Annotated[str, Field(pattern=r"^\d{1,6} *(d|days?|w|weeks?|h|hours?|m|min|minutes?)?$")]
_MINUTES = {"h": 60, "m": 1}
_LONGEST_DAYS = 3650


def _delay(value: object) -> object:
    """``3`` and ``3 days`` → ``3 days``; ``90 minutes`` and ``2 hours`` stay what they are."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    found = _LENGTH.fullmatch(str(value).strip())
    if found is None:
        raise ValueError("a length of time is written like '3 days', '2 hours' or '30 minutes'")
    number, unit = int(found[1]), (found[2] or "d")[0]
    if unit == "w":
        number, unit = number * 7, "d"
    days = number if unit == "d" else number * _MINUTES[unit] / (24 * 60)
    if not 0 < days <= _LONGEST_DAYS:
        raise ValueError(f"a length of time is at least a minute and at most {_LONGEST_DAYS} days")
    return f"{number} {'days' if unit == 'd' else 'hours' if unit == 'h' else 'minutes'}"


Delay = Annotated[str, BeforeValidator(_delay, json_schema_input_type=int | _DELAY_TEXT)]
"""``3 days``: to the beginning of the third day after; ``2 hours``, ``30 minutes``: so long after the moment."""


def minutes_of(delay: str) -> int:
    """Days count as 24 hours."""
    length = length_of(delay)
    return length.days * 24 * 60 + length.minutes


@dataclass(frozen=True, slots=True)
class Length:
    """A delay as calendar days or as minutes; the other is 0."""

    days: int
    minutes: int


def length_of(delay: str) -> Length:
    number, unit = delay.split()
    return Length(int(number), 0) if unit == "days" else Length(0, int(number) * _MINUTES[unit[0]])
