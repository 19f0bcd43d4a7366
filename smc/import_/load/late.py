"""Rows whose own time lies far in the future.

Where the newest row of a key holds, a mistyped year would hold for ever: nothing that comes later is newer. A row that
is final, such as a "no", is taken all the same: to leave it out would do more harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from smc.import_.read.reading import Reading, quoted
from smc.model.objects import ObjectType

_DAYS = 2
"""Days behind the day of the run that a time may have: clocks differ, and it is tomorrow elsewhere."""


def late(item: ObjectType, reading: Reading, values: Mapping[str, str], as_of: date) -> str | None:
    """SQL: whether a row's own time is too late; None for other fields. ``values``: the SQL of fields by name."""
    if reading.custom or reading.name != item.time:
        return None
    end = datetime.combine(as_of + timedelta(_DAYS + 1), time(), UTC)
    final = ""
    if item.final is not None and item.final[0] in values:
        final = f" and {values[item.final[0]]} is distinct from {quoted(item.final[1])}"
    return f"coalesce({values[reading.name]} >= cast({quoted(end.isoformat())} as timestamptz){final}, false)"


def late_words(as_of: date) -> str:
    """Why such a row is not taken."""
    return f"more than {_DAYS} days after the day of the run, {as_of}: no later row could ever change it again"
