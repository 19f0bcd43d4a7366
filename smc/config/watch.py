"""Rows that somebody waits for, with the days on which they are looked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from smc.config.specs.watch import Row


@dataclass(frozen=True, slots=True)
class Watch:
    """Rows of the days ``since`` to ``until``, both included."""

    row: Row
    since: date
    until: date


def together(watches: Iterable[Watch]) -> dict[str, Watch]:
    """One watch for each row, by its key, over all days that anybody asks for."""
    found: dict[str, Watch] = {}
    for watch in watches:
        known = found.get(watch.row.key, watch)
        found[watch.row.key] = Watch(known.row, min(known.since, watch.since), max(known.until, watch.until))
    return found
