"""From a landed file to the stage: one scan that reads, casts and marks the rows that cannot be taken.

Temporary tables: ``smc_stage`` (values by field name; ``bad``), ``smc_wide`` (the same
of a file of several objects, by object and field), ``smc_skip`` (rows of the stage that are doubles or contradict each
other), ``smc_reject`` (what goes into ``reject``). Rows of the stage lie in the order of the file, so that ``rowid``
gives the line where every record is one line; otherwise the records are numbered first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from smc.config.specs.feed import Format
from smc.errors import FeedError, WarehouseError
from smc.import_.land.landing import Landed
from smc.import_.load.doubles import Doubles, find_doubles
from smc.import_.load.headed import AGAIN, header_again
from smc.import_.load.late import late, late_words
from smc.import_.load.later import Later
from smc.import_.load.parts import DAY, NUMBERED, STAGE, WIDE, Part, day_of, flag_of
from smc.import_.read.mapping import Texts, Words, flags
from smc.import_.read.reading import Reading, local_of, quoted, reason_of, value_of
from smc.import_.read.records import Straightened, straighten
from smc.import_.read.relation import BUFFER, ERRORS, LINE, SCANS, relation
from smc.import_.read.zone import local_day
from smc.import_.rejects import SHOWN
from smc.warehouse import Warehouse, statement

_BESIDE = 1000
"""Bytes of a line that says why a record could not be split, beside the record itself."""


@dataclass(frozen=True, slots=True)
class Staged:
    """Counts of a staged file; ``read`` comes from the counter, not from DuckDB.

    ``bad``: rejected rows with values that could not be taken, their cells are in ``smc_bad``; ``unsplit``: rejected
    rows of which not even the cells are known. ``line``: SQL of a row's line over the stage.
    ``straight``: what the exact reader made of the file, when it was needed.
    """

    read: int
    rejected: int
    duplicate: int
    bad: int
    unsplit: int
    line: str
    straight: Straightened | None


@dataclass(frozen=True, slots=True)
class _Counts:
    read: int
    bad: int
    unsplit: int = 0
    straight: Straightened | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One file on its way into the stage. ``straight``: it has been through an exact reader already.

    ``as_of``: the day of the run, after which times of rows are too late. ``ordered``: of rows that contradict each
    other the later one holds; ``append``: the first.
    """

    warehouse: Warehouse
    parts: tuple[Part, ...]
    layout: Format
    landed: Landed
    header: Sequence[str]
    dictionaries: Mapping[str, Words]
    as_of: date
    straight: Straightened | None = None
    ordered: bool = False
    append: bool = False

    @property
    def table(self) -> str:
        return STAGE if self.parts[0].alone else WIDE

    @property
    def zone(self) -> str:
        """The zone of the project."""
        return str(self.warehouse.value("select current_setting('TimeZone')"))

    @property
    def dated(self) -> Format:
        """The format with the zone of times that carry none."""
        return self.layout.model_copy(update={"timezone": self.layout.timezone or self.zone})

    def load(self, *, lines: bool = False) -> Staged:
        """Fill the temporary tables. ``lines``: every row's line will be asked for, not only that of refused ones.

        ``FeedError`` when the counts of two readers do not agree.
        """
        breaks = self.landed.breaks
        counts = None if (lines and breaks) else self._fast()
        doubles = Doubles(0, 0)
        if counts is not None:
            doubles = self._doubles(counts)
            if doubles.clashing and breaks:
                counts = None
        if counts is None:
            counts = self._slow()
            doubles = self._doubles(counts)
        if counts.bad:
            self._explain(counts)
        rejected = counts.bad + counts.unsplit + doubles.clashing
        line = self._line(counts.straight)
        return Staged(counts.read, rejected, doubles.duplicate, counts.bad, counts.unsplit, line, counts.straight)

    def given(self, source: str) -> Staged:
        """As ``load``, from a relation with the columns ``c0, c1, …`` of ``header`` in the place of a file.

        ``line`` of a refused row counts from 1. The rows carry no doubles: who made them has seen to that.
        """
        self.warehouse.run(_query("clear_skip"))
        self._fill(source, numbered=False)
        staged, bad = self._counts()
        if bad:
            numbered = f"select *, row_number() over () as line from ({self._cells(source)})"
            self._explain(_Counts(staged, bad), f"select * from ({numbered}) semi join smc_wanted using (line)")
        return Staged(staged, bad, 0, bad, 0, f"rowid + {self.landed.first_line}", None)

    def _line(self, straight: Straightened | None) -> str:
        """The line of a row of the stage: counted from the first row, unless the records were numbered."""
        return NUMBERED if straight is not None else f"rowid + {self.landed.first_line}"

    # ---- two ways to read a file

    def _fast(self) -> _Counts | None:
        """Rows read and rows refused; None when the file needs the exact reader."""
        landed = self.landed
        if not landed.plain or not landed.well_ended or landed.newline is None:
            return None
        try:
            self._fill(relation(self.landed, self.layout, self.header), numbered=False)
        except WarehouseError:
            # The reader gave up on the text itself; the exact one says which line and why.
            return None
        read, (staged, bad) = landed.rows, self._counts()
        if self._unsplit() or staged != read or (bad and landed.breaks):
            return None
        return _Counts(read, bad)

    def _slow(self) -> _Counts:
        self.warehouse.run(_query("clear_reject"))
        straight = self.straight or straighten(self.landed, self.header, self.layout)
        if straight.cut is not None:
            raise FeedError(
                f"the file is probably cut off: its last line {straight.cut} has no line end and lacks cells",
                where=self.landed.name,
                remedy="Have it sent again, whole; nothing of it was loaded.",
            )
        self._fill(relation(self.landed, self.layout, self.header, straight), numbered=True)
        staged, bad = self._counts()
        if staged != straight.good or self._unsplit():
            raise FeedError(
                f"two counts of its rows disagree: {straight.good} by the counter, {staged} by the reader",
                where=self.landed.name,
                remedy="Check delimiter and quote of the feed's format; nothing of the file was loaded.",
            )
        self._unsplittable(straight)
        return _Counts(straight.good + straight.bad, bad, straight.bad, straight)

    def _unsplittable(self, straight: Straightened) -> None:
        """Their texts go into ``smc_unsplit``. A broken byte takes three in the file, a quote two."""
        longest = 3 * self.landed.longest + _BESIDE
        self.warehouse.run(
            _query("unsplit_read"), path=str(straight.rejects), longest=longest, buffer=max(BUFFER, 2 * longest)
        )
        if (kept := self.warehouse.run(_query("reject_structural"), shown=SHOWN)) != straight.bad:
            raise FeedError(f"{straight.bad} rows cannot be split, but {kept} are kept; this is a fault of smc")

    def _counts(self) -> tuple[int, int]:
        staged, bad = self.warehouse.rows(f"select count(*), count(*) filter (where bad) from {self.table}")[0]
        return int(staged), int(bad)

    def _unsplit(self) -> bool:
        if not self.warehouse.value("select count(*) from duckdb_tables() where table_name = $name", name=ERRORS):
            return False
        return bool(self.warehouse.value(f"select count(*) from {ERRORS}"))

    def _doubles(self, counts: _Counts) -> Doubles:
        line = self._line(counts.straight)
        order = Later(self.warehouse, self.table, line, self.layout, self.append) if self.ordered else None
        return find_doubles(self.warehouse, self.parts, self.table, line, order)

    # ---- the one scan

    def _fill(self, source: str, *, numbered: bool) -> None:
        for table in (ERRORS, SCANS):
            self.warehouse.run(f"drop table if exists {table}")
        fields = self._fields()
        values = [f"{self._stored(part, item, i)} as {part.stored(item.name)}" for i, (part, item) in enumerate(fields)]
        values += [
            f"{self._day(item, i)} as {part.stored(DAY)}"
            for i, (part, item) in enumerate(fields)
            if item is day_of(part)
        ]
        values += [
            f"{flag[0]}{i} as {part.stored(flag_of(item, flag))}"
            for i, (part, item) in enumerate(fields)
            for flag in flags(item, self.layout)
        ]
        texts = self._texts()
        bad = " or ".join(self._bad(texts, part, item, i) for i, (part, item) in enumerate(fields))
        if (again := self._again()) is not None:
            bad = f"{again} or {bad}"
        values += [f"cast({LINE} as bigint) as {NUMBERED}"] if numbered else []
        self.warehouse.run(
            f"create or replace temp table {self.table} as select {', '.join(values)}, {bad} as bad "
            f"from ({self._typed(texts, self._cells(source))})"
        )

    def _day(self, reading: Reading, index: int) -> str:
        """The local day of an instant: that of the time as it was written, where that was in the project's zone."""
        day = local_day(f"v{index}", self.zone)
        if self.dated.timezone != self.zone or local_of(reading, f"t{index}", self.dated) is None:
            return day
        return f"case when v{index} is not null then coalesce(cast(p{index} as date), {day}) end"

    def again(self, straight: Straightened | None, wanted: str) -> str:
        """A query that reads the file once more: ``line`` and the cells ``k0, …`` of the lines in the table ``wanted``.

        Rows that are rejected are few; keeping the cells of all for them would make every load slower.
        """
        for table in (ERRORS, SCANS):
            self.warehouse.run(f"drop table if exists {table}")
        line = f"cast({LINE} as bigint)"
        if straight is None:
            line = f"row_number() over () + {self.landed.first_line - 1}"
        source = self._cells(relation(self.landed, self.layout, self.header, straight))
        return f"select * from (select *, {line} as line from ({source})) semi join {wanted} using (line)"

    def _cells(self, source: str) -> str:
        """A query with the cells of the columns that the feed reads, as they came."""
        cells = [f"c{self.header.index(name)} as k{i}" for i, name in enumerate(self._texts().columns)]
        return f"select *{''.join(f', {cell}' for cell in cells)} from {source}"

    def _fields(self) -> list[tuple[Part, Reading]]:
        return [(part, reading) for part in self.parts for reading in part.readings]

    def _again(self) -> str | None:
        return header_again(self.landed, self.header, self._texts().columns, self._blanks())

    def _texts(self) -> Texts:
        readings = tuple(reading for part in self.parts for reading in part.readings)
        return Texts(readings, self.layout, self.header, self.dictionaries, self._blanks())

    def _blanks(self) -> Literal["none", "spaces", "wide"]:
        if self.landed.controls or self.landed.nbsp:
            return "wide"
        return "spaces" if self.landed.spaces else "none"

    def _stored(self, part: Part, reading: Reading, index: int) -> str:
        if reading.name in part.target.item.key and part.target.item.by_content:
            others = {
                item.name: f"v{i}"
                for i, (owner, item) in enumerate(self._fields())
                if owner is part and item.name != reading.name
            }
            return part.target.identity(reading.name, f"v{index}", others)
        instant = reading.field.type == "datetime" and not reading.custom
        return f"cast(v{index} as timestamptz)" if instant else f"v{index}"

    def _typed(self, texts: Texts, cells: str) -> str:
        """Texts t0, t1, … and values v0, v1, …; a0, a1, …: whether the row has nothing of a part."""
        odd, layout = self.landed.controls, self.dated
        local = {
            i: sql for i, item in enumerate(texts.readings) if (sql := local_of(item, f"t{i}", layout)) is not None
        }
        new = [
            f"{value_of(item, f't{i}', layout, odd=odd, local=f'p{i}' if i in local else None)} as v{i}"
            for i, item in enumerate(texts.readings)
        ]
        new += [f"{self._absent(texts, part)} as a{i}" for i, part in enumerate(self.parts) if not part.finest]
        times = "".join(f", {sql} as p{i}" for i, sql in local.items())
        return f"select *, {', '.join(new)} from (select *{times} from ({texts.texts(cells)}))"

    @staticmethod
    def _absent(texts: Texts, part: Part) -> str:
        """Rows of a sale without a buyer carry no customer: every cell of that part is empty."""
        own = sorted({texts.columns.index(name) for item in part.readings for name in item.mapped.columns})
        return " and ".join(f"w{i} is null" for i in own) or "false"

    def _bad(self, texts: Texts, part: Part, reading: Reading, index: int) -> str:
        value, text, fault = f"v{index}", f"t{index}", texts.fault(index)
        wrong = f"{value} is null" if reading.field.required else f"({value} is null and {text} is not null)"
        if fault != "null":
            wrong = f"({fault} is not null or {wrong})"
        if (late_row := self._late(part, reading)) is not None:
            wrong = f"({wrong} or {late_row})"
        return wrong if part.finest else f"(not a{self.parts.index(part)} and {wrong})"

    def _late(self, part: Part, reading: Reading) -> str | None:
        values = {item.name: f"v{i}" for i, (owner, item) in enumerate(self._fields()) if owner is part}
        return late(part.target.item, reading, values, self.as_of)

    # ---- why

    def _explain(self, counts: _Counts, source: str = "") -> None:
        """Each value of a bad row that could not be taken becomes a reject in words. ``source``: the cells of those
        rows, where they are not in a file."""
        texts, line = self._texts(), self._line(counts.straight)
        self.warehouse.run(
            f"create or replace temp table smc_wanted as select {line} as line from {self.table} where bad"
        )
        source = source or self.again(counts.straight, "smc_wanted")
        self.warehouse.run(f"create or replace temp table smc_bad as {self._typed(texts, source)}")
        again = self._again() or "false"
        first, shown = self._fields()[0], quoted(AGAIN)
        self.warehouse.run(
            f"insert into smc_reject select line, {quoted(first[0].shown(first[1].name))}, null, null, {shown} "
            f"from smc_bad where {again}"
        )
        for i, (part, reading) in enumerate(self._fields()):
            reason = f"{texts.fault(i)}, {reason_of(reading, f't{i}', f'v{i}', self.dated)}"
            if (late_row := self._late(part, reading)) is not None:
                reason += f", case when {late_row} then {quoted(late_words(self.as_of))} end"
            reason = f"coalesce({reason})"
            if not part.finest:
                reason = f"case when not a{self.parts.index(part)} then {reason} end"
            columns = ", ".join(reading.mapped.columns)
            self.warehouse.run(
                f"insert into smc_reject select line, {quoted(part.shown(reading.name))}, "
                f"{quoted(columns) if columns else 'null'}, shown, why from ("
                f"select line, {texts.cells(i)} as shown, {reason} as why from smc_bad "
                f"where not ({again})) where why is not null"
            )
        if (told := int(self.warehouse.value(_query("rejects_told")))) != counts.bad:
            raise FeedError(f"{counts.bad} rows are rejected, but of {told} it is known why; this is a fault of smc")


def _query(name: str) -> str:
    return statement("smc.import_", name)
