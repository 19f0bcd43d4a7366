"""Rows of a queue or of the spool that speak of the same: they have an order, so the later one wins.

What lies in the tables afterwards is what it would be had every row come alone. A key that an object of NDJSON lacks,
or an empty cell that keeps what is known, leaves what the row before said. Where the first row holds (a feed that only
appends, a field that never changes), and where one row withdraws what another grants, the others are rejected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smc.config.specs.feed import Format
from smc.import_.load.doubles import suspected, twice
from smc.import_.load.parts import DAY, Part, day_of, flag_of
from smc.import_.read.mapping import flags
from smc.import_.read.reading import Reading, quoted
from smc.warehouse import Warehouse

_FIRST = "it came first and is not to change"
_WHOLE = "rows between unbounded preceding and unbounded following"


@dataclass(frozen=True, slots=True)
class Later:
    """``table``: the stage of the whole file; ``line``: SQL of a row's line over it; ``append``: of the feed's mode."""

    warehouse: Warehouse
    table: str
    line: str
    layout: Format
    append: bool

    def settle(self, part: Part) -> None:
        """Of the suspected rows of a part leave those in ``smc_skip`` that are to be rejected; the others say the same
        afterwards, so that they are duplicates."""
        for field in self._held(part):
            self._reject(part, field)
        self._fold(part)

    def said(self, part: Part) -> str:
        """All columns of the stage in which rows of a part can differ."""
        return ", ".join(name for reading in part.readings for name in self._columns(part, reading))

    def _held(self, part: Part) -> Iterator[str]:
        """SQL of what must be the same in all rows that are taken."""
        target = part.target
        if target.final is not None:
            yield part.stored(target.final[0])
        elif self.append:
            yield f"row({part.values})"
        else:
            yield from (part.stored(one.name) for one in part.readings if self._is_fixed(part, one))

    @staticmethod
    def _is_fixed(part: Part, reading: Reading) -> bool:
        return not reading.custom and reading.field.column in part.target.fixed

    def _reject(self, part: Part, held: str) -> None:
        """The rows that differ from the first one that says something, or from the one that is final."""
        final = part.target.final is not None
        taken = "decided" if final else "true"
        why, by = "it withdraws a permission" if final else _FIRST, f"partition by {part.keys}"
        rows = suspected(part, self.table, self.line, f"{part.keys}, {held} as held")
        self.warehouse.run(
            f"insert into smc_skip select ord, line, true, case when {taken} then first_line end, lines, "
            f"{quoted(part.shown(part.target.item.key[0]))}, {quoted(why)} from ("
            "select *, list(line order by line) over w as lines, count(distinct held) over w as n, "
            "first_value(held ignore nulls) over f as first_held, first_value(final) over f as decided, "
            "first_value(case when held is not null then line end ignore nulls) over f as first_line "
            f"from (select r.* from ({rows}) r anti join smc_skip k on k.ord = r.ord) window w as ({by}), "
            f"f as ({by} order by final desc, ord {_WHOLE})) "
            f"where n > 1 and held is not null and (not {taken} or held is distinct from first_held)"
        )

    # ---- what the later one leaves of the earlier one

    def _fold(self, part: Part) -> None:
        told = dict(
            kept for one in part.readings if one.name not in part.target.row_fields for kept in self._told(part, one)
        )
        if not told:
            return
        self.warehouse.run(
            f"create or replace temp table smc_later as select ord, {_named(told)} from ("
            f"select s.* from (select *, rowid as ord from {self.table}) s semi join {twice(part)} t "
            f"on t.h = hash({part.keys}) anti join smc_skip k on k.ord = s.ord where not bad) "
            f"window a as (partition by {part.keys} order by ord {_WHOLE})"
        )
        new = {name: f"case when l.ord is null then w.{name} else l.{name} end" for name in told}
        self.warehouse.run(
            f"create or replace temp table {self.table} as select w.* exclude (ord) replace ({_named(new)}) "
            f"from (select *, rowid as ord from {self.table}) w left join smc_later l on l.ord = w.ord order by w.ord"
        )

    def _columns(self, part: Part, reading: Reading) -> Iterator[str]:
        yield part.stored(reading.name)
        yield from (part.stored(flag_of(reading, flag)) for flag in flags(reading, self.layout))
        if reading is day_of(part):
            yield part.stored(DAY)

    def _told(self, part: Part, reading: Reading) -> Iterator[tuple[str, str]]:
        """The columns of a field as the last row has them that says something; where that was empty, a row behind it
        may have what its feed says of a cell that is not there."""
        names, found = list(self._columns(part, reading)), flags(reading, self.layout)
        if reading.blank == "first" or self._is_fixed(part, reading):
            yield names[0], f"first_value({names[0]} ignore nulls) over a"
            return
        says = "true"
        if "gone" in found:
            says = f"not {part.stored(flag_of(reading, 'gone'))}"
        elif reading.blank == "keep":
            says = f"{names[0]} is not null"
        if "mark" in found:
            says = f"({says} or {part.stored(flag_of(reading, 'mark'))})"
        for name in names:
            last = f"last_value(case when {says} then {{'v': {name}}} end ignore nulls) over a"
            yield name, f"coalesce(({last}).v, last_value({name}) over a)"


def _named(values: dict[str, str]) -> str:
    return ", ".join(f"{value} as {name}" for name, value in values.items())
