"""The usable rows of the stage with the keys of what they refer to, under the names of the table's columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smc.import_.duplicates.redirect import idents, own_key
from smc.import_.load.keys import Keys, is_own
from smc.import_.load.parts import DAY, day_of, flag_of
from smc.import_.load.target import Carried
from smc.import_.load.values import Values, given_of
from smc.import_.read.mapping import flags
from smc.import_.read.reading import Reading, column
from smc.warehouse import Warehouse

CARRIED = "smc_carried"
"""Ids and keys of an object with what rows carry of it: see first.py."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """``joins``: what ``values.worked`` needs, behind the stage ``s``.

    ``carried``: instead of a second join, ``CARRIED`` gives a key together with what rows carry of its object, as a
    struct ``r``. ``known``: only the rows of which every id is known.
    """

    warehouse: Warehouse
    values: Values
    keys: Keys
    joins: str = ""
    carried: Carried | None = None
    known: bool = False

    def query(self, line: str | None = None) -> str:
        """``line``: SQL of a row's line; none where nothing can be refused any more."""
        columns, joins, tests = ["s.rowid as ord", *([f"{line} as line"] if line else [])], [], [self.keys.condition]
        later = {field.name for field, _ in self.keys.later} if self.known else set()
        for i, reading in enumerate(self.values.readings):
            refers = reading.field.refers
            if refers is None or self.values.is_worked(reading) or self._is_own(reading, refers):
                columns.append(self._plain(reading, refers))
                continue
            joins.append(f" left join {self._ids(refers)} i{i} on i{i}.{refers}_id = {_text(reading)}")
            columns += self._keyed(reading, refers, f"i{i}")
            if reading.name in later:
                tests.append(f"(i{i}.{refers}_key is not null or {_text(reading)} is null)")
        columns += self._more()
        return (
            f"select {', '.join(columns)} from {self.keys.source}{''.join(joins)}{self.joins} "
            f"where {' and '.join(tests)}"
        )

    def _is_own(self, reading: Reading, refers: str) -> bool:
        return self.keys.own is not None and is_own(self.values.part, reading.name, refers)

    def _plain(self, reading: Reading, refers: str | None) -> str:
        if self.values.is_worked(reading):
            return f"{_text(reading)} as {column(given_of(reading))}"
        if refers is None:
            return f"{_text(reading)} as {column(reading.field.column)}"
        return f"{self.keys.own} as {reading.field.column}"

    def _ids(self, refers: str) -> str:
        return CARRIED if self._carries(refers) else idents(self.warehouse, refers)

    def _carries(self, refers: str) -> bool:
        return self.carried is not None and self.carried.item == refers

    def _keyed(self, reading: Reading, refers: str, alias: str) -> Iterator[str]:
        yield f"{alias}.{refers}_key as {reading.field.column}"
        yield from own_key(self.warehouse, refers, alias)
        if self.carried is not None and self._carries(refers):
            yield f"struct_pack({', '.join(f'{name} := {alias}.{name}' for name in self.carried.columns)}) as r"

    def _more(self) -> Iterator[str]:
        """Flags of the mapping, the local day, times of single fields, and what the import worked out itself."""
        part, layout = self.values.part, self.values.layout
        yield from (f"s.{column(flag_of(item, flag))}" for item in part.readings for flag in flags(item, layout))
        if day_of(part) is not None:
            yield f"s.{DAY}"
        yield from self.values.clock.incoming()
        yield from (f"{item.sql} as {item.name}" for item in self.values.worked)


def _text(reading: Reading) -> str:
    return f"s.{column(reading.name)}"
