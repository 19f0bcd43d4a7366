"""Local times to instants and back, as SQL that needs no calendar for the years that matter.

DuckDB's own conversion takes the later of two instants when clocks are put back, moves a time that does not exist, and
costs as much as reading the rest of a row. Here the shifts of a zone are constants in a search tree: a time that exists
twice is the first one, and one that does not exist is null. Both agree elsewhere, for the shifts come from DuckDB.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

import duckdb

from smc.warehouse import sql, text_of

_FROM, _TO = datetime(1970, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_SHIFTS = """
select t, before, after from (
    select start, t, after, lag(after) over (partition by start order by t) as before from (
        select start, start + i * $step as t,
            (epoch_us(timezone($zone, make_timestamptz((start + i * $step) * 1000000)))
             - (start + i * $step) * 1000000) // 1000000 as after
        from (select unnest($starts::bigint[]) as start), range($steps + 1) as r(i)))
where before <> after order by t
"""


class Shift(NamedTuple):
    """``at``: seconds since 1970; ``before`` and ``after``: seconds that local time is ahead of UTC."""

    at: int
    before: int
    after: int


@cache
def shifts(zone: str) -> tuple[int, tuple[Shift, ...]]:
    """Seconds ahead of UTC at the beginning of 1970, and the shifts until 2040."""
    start, end = int(_FROM.timestamp()), int(_TO.timestamp())
    with duckdb.connect(config={"threads": 1, "autoload_known_extensions": "false"}) as connection:
        found, width = [start], end - start
        for step in (86_400, 3600, 60, 1):
            where = {"zone": zone, "starts": found, "step": step, "steps": width // step}
            rows = connection.execute(_SHIFTS, where).fetchall()
            found, width = [row[0] - step for row in rows], step
        first = connection.execute(
            "select epoch_us(timezone($zone, make_timestamptz(0))) // 1000000", {"zone": zone}
        ).fetchone()
    return int(first[0]) if first else 0, tuple(Shift(*row) for row in rows)


def instant(local: str, zone: str | None) -> str:
    """SQL of the instant of a local time; the first of two, null when there is none. ``local`` is a column: it is
    written many times. ``zone``: that of the session when None.
    """
    if zone is None:
        return _by_calendar(local, "current_setting('TimeZone')")
    offset, found = shifts(zone)
    bounds: list[int] = []
    values: list[int | None] = [offset]
    for at, before, after in found:
        if after > before:
            bounds += [at + before, at + after]
            values += [None, after]
        else:
            bounds.append(at + before)
            values.append(after)
    ahead = _tree(local, bounds, values)
    inside = f"{local} >= timestamp '1970-01-02' and {local} < timestamp '2039-12-31'"
    return (
        f"case when {inside} then make_timestamptz(epoch_us({local}) - {ahead}) "
        f"else {_by_calendar(local, _quoted(zone))} end"
    )


def local_day(value: str, zone: str | None) -> str:
    """SQL of the local date of an instant. ``value`` is a column."""
    if zone is None:
        return f"cast({value} as date)"
    offset, found = shifts(zone)
    # Compared as text of UTC, so that the zone of the session has no part in it.
    ahead = _tree(
        f"make_timestamp(epoch_us({value}))", [shift.at for shift in found], [offset, *(s.after for s in found)]
    )
    inside = f"epoch_us({value}) between {86_400 * _SECOND} and {int(_TO.timestamp()) * _SECOND}"
    return (
        f"case when {inside} then cast(make_timestamp(epoch_us({value}) + {ahead}) as date) "
        f"else cast(timezone({_quoted(zone)}, {value}) as date) end"
    )


def _by_calendar(local: str, zone: str) -> str:
    """A time three hours earlier is before the shift: what is three hours after it is the first of two."""
    first, last = f"(timezone({zone}, {local} - interval 3 hour) + interval 3 hour)", f"timezone({zone}, {local})"
    return (
        f"case when timezone({zone}, {first}) = {local} then {first} "
        f"when timezone({zone}, {last}) = {local} then {last} end"
    )


def _tree(value: str, bounds: Sequence[int], values: Sequence[int | None]) -> str:
    """Binary search: ``values[i]``, in microseconds, from ``bounds[i - 1]`` on."""
    if not bounds:
        (only,) = values
        return "cast(null as bigint)" if only is None else f"cast({only * _SECOND} as bigint)"
    middle = len(bounds) // 2
    at = f"timestamp '{_FROM.replace(tzinfo=None) + timedelta(seconds=bounds[middle])}'"
    left, right = (
        _tree(value, bounds[:middle], values[: middle + 1]),
        _tree(value, bounds[middle + 1 :], values[middle + 1 :]),
    )
    return f"(case when {value} < {at} then {left} else {right} end)"


def _quoted(value: str) -> str:
    return text_of(sql("$value", value=value))
