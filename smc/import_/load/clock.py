"""Whose word holds where rows carry their own time: of each field, the newest row's that says something of it.

A table keeps one time for a group of fields (``changed_at``, ``price_at``, …), and under ``fields_at`` the times of the
fields that were said by another row than the newest of their group; null there: by no row with a time. So a feed that
maps some fields of an object leaves room for an older row of a feed that maps others. SQL as in values.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smc.config.specs.feed import Format
from smc.import_.load.target import FIELDS_AT, Target
from smc.import_.read.mapping import flags
from smc.import_.read.reading import CUSTOM, Reading, column, quoted


@dataclass(frozen=True, slots=True)
class Clock:
    """``ticks``: whether rows of the feed carry their time, and the table that of the newest."""

    target: Target
    readings: tuple[Reading, ...]
    layout: Format

    @property
    def ticks(self) -> bool:
        return self.target.many and not self.target.logged

    @property
    def groups(self) -> tuple[str, ...]:
        """The columns with the times of the fields that the feed brings."""
        return tuple(dict.fromkeys(self._at(one.name) for one in self._timed())) if self.ticks else ()

    def said(self, reading: Reading) -> str | None:
        """The column of a row of the file with the time at which it says a field; none where every row says it."""
        if not self.ticks or reading not in self._timed():
            return None
        silent = reading.blank != "newest" or "gone" in flags(reading, self.layout)
        return f"at {reading.name}" if silent else None

    def incoming(self) -> Iterator[str]:
        """Those columns, over the stage ``s``. An empty cell that changes nothing says nothing."""
        for one in self.readings:
            if (name := self.said(one)) is not None:
                found = flags(one, self.layout)
                says = f"s.{column(one.name)} is not null"
                if "gone" in found:
                    says = f"not s.{column(f'gone {one.name}')}"
                elif "mark" in found and one.blank == "keep":
                    says = f"({says} or s.{column(f'mark {one.name}')})"
                yield f"case when {says} then s.{column(self._time)} end as {column(name)}"

    def in_time(self, reading: Reading, value: str, before: str) -> str:
        """``value`` of a field, unless a newer row has said it."""
        if not self.ticks or reading.name in self.target.item.key:
            return value
        if reading.name == self._time:
            return self.newest(self._time)
        return f"case when {self._says(reading)} < {self._held(reading.name)} then {before} else {value} end"

    def newest(self, at: str) -> str:
        """The time of a group of fields as it will be."""
        said = dict.fromkeys(self._moves(one) for one in self._timed() if self._at(one.name) == at)
        return f"greatest(o.{at}, {', '.join(said)})" if said else f"o.{at}"

    def fields_at(self) -> str:
        """The map as it will be, sorted; null when every field was said by the newest row of its group."""
        usual = self._usual()
        if usual is None:
            return self._map()
        same = f"o.{self.target.keys[0]} is null or o.{FIELDS_AT} is not distinct from {usual}"
        return f"case when {same} then {usual} else {self._map()} end"

    def _usual(self) -> str | None:
        """The map of rows that this feed alone has brought: it has the fields that the feed never says. Those that it
        says in every row stay together, whichever row comes first. None where rows differ in what they say."""
        fed = self._timed()
        if any(one.custom or self.said(one) is not None for one in fed):
            return None
        names = sorted({*self._system()} - {one.name for one in fed})
        entries = ", ".join(
            f"{quoted(name)}: cast(null as timestamptz)" for name in names if self._at(name) in self.groups
        )
        return f"map {{{entries}}}" if entries else "cast(null as map(varchar, timestamptz))"

    def _map(self) -> str:
        entries = dict(self._entries())
        kept = ", ".join(map(quoted, entries))
        others = f"list_filter(map_entries(o.{FIELDS_AT}), lambda e: e.key not in ({kept}))" if entries else "[]"
        spoken = f"list_filter([{', '.join(entries.values())}], lambda e: e is not null)"
        every = f"list_sort(list_concat(coalesce({others}, []), {spoken}))"
        return f"case when len({every}) > 0 then map_from_entries({every}) end"

    def _entries(self) -> Iterator[tuple[str, str]]:
        """Of every field that the row may move: its time, where that is not the one of its group. Custom fields always
        have theirs, for which of them there are is not known here."""
        fed = {one.name: one for one in self._timed()}
        system = self._system()
        for name in (*system, *(one.name for one in fed.values() if one.custom)):
            at, held = self._at(name), self._held(name)
            if at not in self.groups:
                continue
            will = f"greatest({held}, {self._moves(fed[name])})" if name in fed else held
            shown = f"{will} is distinct from {self.newest(at)}" if name in system else f"{will} is not null"
            yield name, f"case when {shown} then {{'key': {quoted(name)}, 'value': {will}}} end"

    @property
    def _time(self) -> str:
        return str(self.target.item.time)

    def _timed(self) -> list[Reading]:
        return [one for one in self.readings if one.name not in {*self.target.item.key, self._time}]

    def _system(self) -> list[str]:
        return [one.name for one in self.target.item.fields if one.name not in {*self.target.item.key, self._time}]

    def _at(self, name: str) -> str:
        """The column with the time of the field's group."""
        found = self.target.item.field(name)
        return (found.at if found is not None else None) or self._time

    def _held(self, name: str) -> str:
        """When the row of the table was told the field; null when it was not, or by a row without a time."""
        own = f"o.{FIELDS_AT}[{quoted(name)}]"
        if self.target.item.field(name) is None:
            return own
        return f"case when map_contains(o.{FIELDS_AT}, {quoted(name)}) then {own} else o.{self._at(name)} end"

    def _says(self, reading: Reading) -> str:
        said = self.said(reading)
        return f"i.{self._time}" if said is None else f"i.{column(said)}"

    def _moves(self, reading: Reading) -> str:
        """The same where a field that is only ever filled first is filled by this row."""
        says = self._says(reading)
        if reading.blank != "first":
            return says
        bare = quoted(reading.name.removeprefix(CUSTOM))
        before = f"custom[{bare}]" if reading.custom else reading.field.column
        return f"case when o.{before} is null then {says} end"
