"""From a landed file to the stage: one scan that reads, casts and marks the rows that cannot be taken.

Temporary tables: ``smc_stage`` (values by field name; ``bad``; ``raw``), ``smc_skip`` (rows of the stage that are
doubles or contradict each other), ``smc_reject`` (what goes into ``reject``). Rows of the stage lie in the order of the
file, so that ``rowid`` gives the line where every record is one line; otherwise the records are numbered first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from smc.config.specs.feed import Format
from smc.errors import FeedError, WarehouseError
from smc.import_.landing import Landed
from smc.import_.reading import Reading, column, quoted, reason_of, trimmed, value_of
from smc.import_.records import straighten
from smc.import_.relation import ERRORS, LINE, SCANS, relation
from smc.import_.target import Target
from smc.warehouse import Warehouse, statement

_LINE_OF = "coalesce(numbered, rowid + 2)"
"""The line of a row of the stage: behind one line of header, unless the records were numbered."""


@dataclass(frozen=True, slots=True)
class Staged:
    """Counts of a staged file; ``read`` comes from the counter, not from DuckDB."""

    read: int
    rejected: int
    duplicate: int


@dataclass(frozen=True, slots=True)
class _Counts:
    read: int
    bad: int
    structural: int = 0


@dataclass(frozen=True, slots=True)
class _Doubles:
    duplicate: int
    clashing: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One file on its way into the stage."""

    warehouse: Warehouse
    target: Target
    readings: tuple[Reading, ...]
    layout: Format
    landed: Landed
    header: Sequence[str]

    def load(self, *, lines: bool = False) -> Staged:
        """Fill the temporary tables. ``lines``: every row's line will be asked for, not only that of refused ones.

        ``FeedError`` when the counts of two readers do not agree.
        """
        breaks = self.landed.breaks
        counts = None if (lines and breaks) else self._fast()
        if counts is not None:
            doubles = self._doubles()
            if doubles.clashing and breaks:
                counts = None
        if counts is None:
            counts = self._slow()
            doubles = self._doubles()
        if counts.bad:
            self._explain()
        return Staged(counts.read, counts.bad + counts.structural + doubles.clashing, doubles.duplicate)

    def _fast(self) -> _Counts | None:
        """Rows read and rows refused; None when the file needs the exact reader."""
        landed = self.landed
        if not landed.well_ended or landed.newline is None:
            return None
        try:
            self._fill(relation(self.landed, self.layout, self.header), numbered=False)
        except WarehouseError:
            # The reader gave up on the text itself; the exact one says which line and why.
            return None
        read, (staged, bad) = landed.records - 1, self._counts()
        if self._structural() or staged != read or (bad and landed.breaks):
            return None
        return _Counts(read, bad)

    def _slow(self) -> _Counts:
        self.warehouse.run(_query("clear_reject"))
        straight = straighten(self.landed.path, len(self.header), self.layout)
        if straight.cut is not None:
            raise FeedError(
                f"the file is probably cut off: its last line {straight.cut} has no line end and lacks cells",
                where=self.landed.name,
                remedy="Have it sent again, whole; nothing of it was loaded.",
            )
        self._fill(relation(self.landed, self.layout, self.header, straight), numbered=True)
        staged, bad = self._counts()
        if staged != straight.good or self._structural():
            raise FeedError(
                f"two counts of its rows disagree: {straight.good} by the counter, {staged} by the reader",
                where=self.landed.name,
                remedy="Check delimiter and quote of the feed's format; nothing of the file was loaded.",
            )
        self.warehouse.run(_query("reject_structural"), path=str(straight.rejects))
        return _Counts(straight.good + straight.bad, bad, straight.bad)

    def _counts(self) -> tuple[int, int]:
        staged, bad = self.warehouse.rows(_query("count_stage"))[0]
        return int(staged), int(bad)

    def _structural(self) -> bool:
        return bool(self.warehouse.value(f"select count(*) from {ERRORS}"))

    def _fill(self, source: str, *, numbered: bool) -> None:
        for table in (ERRORS, SCANS):
            self.warehouse.run(f"drop table if exists {table}")
        values = [f"{self._stored(reading, i)} as {column(reading.name)}" for i, reading in enumerate(self.readings)]
        values += [f"cast(v{i} as date) as day" for i, item in enumerate(self.readings) if item.name == self.target.day_of]
        values += [f"{self._is_mark(i)} as {column(mark_of(item))}" for i, item in self._marked()]
        bad = " or ".join(self._bad(reading, i) for i, reading in enumerate(self.readings))
        raw = ", ".join(f"r{i}" for i in range(len(self.readings)))
        line = f"cast({LINE} as bigint)" if numbered else "cast(null as bigint)"
        self.warehouse.run(
            f"create or replace temp table smc_stage as select {', '.join(values)}, {line} as numbered, "
            f"{bad} as bad, case when {bad} then [{raw}] end as raw from ({self._typed(self._cells(source))})"
        )

    def _marked(self) -> list[tuple[int, Reading]]:
        """Fields whose empty cells keep what is known, in a feed with a mark that says there is nothing."""
        if self.layout.null is None:
            return []
        return [(i, reading) for i, reading in enumerate(self.readings) if reading.blank == "keep"]

    def _is_mark(self, index: int) -> str:
        return f"coalesce(trim(r{index}) = {quoted(self.layout.null or '')}, false)"

    def _stored(self, reading: Reading, index: int) -> str:
        instant = reading.field.type == "datetime" and not reading.custom
        return f"cast(v{index} as timestamptz)" if instant else f"v{index}"

    @staticmethod
    def _bad(reading: Reading, index: int) -> str:
        return f"v{index} is null" if reading.field.required else f"(v{index} is null and t{index} is not null)"

    def _cells(self, source: str) -> str:
        """Raw texts r0, r1, … of the mapped fields."""
        cells = [f"{self._raw(reading)} as r{i}" for i, reading in enumerate(self.readings)]
        return f"select *, {', '.join(cells)} from {source}"

    def _raw(self, reading: Reading) -> str:
        if reading.column is None:
            return quoted(reading.constant or "")
        return f"c{self.header.index(reading.column)}"

    def _typed(self, cells: str) -> str:
        """Trimmed texts t0, t1, … and values v0, v1, …"""
        odd, blanks = self.landed.controls, self._blanks()
        texts = [f"{trimmed(f'r{i}', self.layout, blanks=blanks)} as t{i}" for i in range(len(self.readings))]
        values = [f"{value_of(item, f't{i}', self.layout, odd=odd)} as v{i}" for i, item in enumerate(self.readings)]
        return f"select *, {', '.join(values)} from (select *, {', '.join(texts)} from ({cells}))"

    def _blanks(self) -> Literal["none", "spaces", "wide"]:
        if self.landed.controls or self.landed.nbsp:
            return "wide"
        # A constant of the feed may be padded, and counts as little as the file's own text.
        return "spaces" if self.landed.spaces or any(item.constant for item in self.readings) else "none"

    def _explain(self) -> None:
        """Each value of a bad row that could not be taken becomes a reject in words."""
        cells = ", ".join(f"raw[{i + 1}] as r{i}" for i in range(len(self.readings)))
        source = f"select {_LINE_OF} as line, {cells} from smc_stage where bad"
        self.warehouse.run(f"create or replace temp table smc_bad as {self._typed(source)}")
        for i, reading in enumerate(self.readings):
            reason = reason_of(reading, f"t{i}", f"v{i}", self.layout)
            their = "null" if reading.column is None else quoted(reading.column)
            self.warehouse.run(
                f"insert into smc_reject select line, {quoted(reading.name)}, {their}, r{i}, why "
                f"from (select line, r{i}, {reason} as why from smc_bad) where why is not null"
            )

    def _doubles(self) -> _Doubles:
        """Duplicates and rows that contradict each other; both are left out of what is loaded.

        Of rows that contradict each other the first final one stays in, where the object has such a value.
        """
        keys = ", ".join(column(name) for name in self.target.row_fields)
        self.warehouse.run(
            f"create or replace temp table smc_twice as select hash({keys}) as h from smc_stage where not bad "
            "group by h having count(*) > 1"
        )
        self.warehouse.run(_query("clear_skip"))
        if not self.warehouse.value("select count(*) from smc_twice"):
            return _Doubles(0, 0)
        values = ", ".join(column(reading.name) for reading in self.readings)
        final = self.target.final
        final_row = "false" if final is None else f"{column(final[0])} = {quoted(final[1])}"
        self.warehouse.run(
            "insert into smc_skip select ord, line, n > 1 and (not decided or v is distinct from first_v), "
            "case when n > 1 and decided then first_line end, lines from ("
            "select *, count(distinct v) over w as n, list(line order by line) over w as lines, "
            "first_value(ord) over f as first, first_value(v) over f as first_v, "
            "first_value(line) over f as first_line, first_value(final) over f as decided from ("
            f"select s.rowid as ord, {_LINE_OF} as line, {keys}, row({values}) as v, {final_row} as final "
            f"from smc_stage s semi join smc_twice t on t.h = hash({keys}) where not bad) "
            f"window w as (partition by {keys}), f as (partition by {keys} order by final desc, ord)) "
            "where ord <> first or (n > 1 and not decided)"
        )
        self.warehouse.run(_query("reject_clashing"), field=self.target.item.key[0])
        duplicate, clashing = self.warehouse.rows(_query("count_skip"))[0]
        return _Doubles(int(duplicate), int(clashing))


def mark_of(reading: Reading) -> str:
    """The column of the stage that says whether a cell held the null mark."""
    return f"mark {reading.name}"


def _query(name: str) -> str:
    return statement("smc.import_", name)
