"""From a landed file to the tables and the ledger: all of it in one transaction, or nothing and the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec
from smc.config.specs.source import is_stream, kind_of
from smc.errors import FeedError
from smc.import_ import ledger
from smc.import_.land.landing import BadFile, Landed
from smc.import_.load.cells import keep_cells
from smc.import_.load.fates import count_rows, note_fate
from smc.import_.load.follow import follow
from smc.import_.load.lists import forget_steps
from smc.import_.load.mart import make_ready
from smc.import_.load.merge import Merge, Merged
from smc.import_.load.modes import Taking, Vanishing, delete
from smc.import_.load.parts import NUMBERED, Part, leave_out, parts_of, take_out
from smc.import_.load.since import REMEDY, Since
from smc.import_.load.stage import Stage, Staged
from smc.import_.load.values import Values
from smc.import_.normalise.apply import DerivedColumn, derived_columns, follow_zones, joins, normalise
from smc.import_.normalise.zones import follow_regions
from smc.import_.quality import Gate, look
from smc.import_.read.header import read_header
from smc.import_.read.mapping import dictionaries
from smc.import_.read.reading import quoted
from smc.import_.read.records import Straightened
from smc.import_.result import FileResult
from smc.model.catalogue.goods import REGION
from smc.model.objects import CUSTOMER
from smc.warehouse import Warehouse, statement
from smc.warehouse.zone import keep_zone

_ALL = 2**62


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads the landed files of one feed. ``country``: the home country of phone numbers. ``since``: of corrections,
    what was loaded after the file that they belong to and must not be undone.
    """

    warehouse: Warehouse
    name: str
    feed: FeedSpec
    fields: FieldsSpec
    country: str | None
    as_of: date
    since: Since | None = None

    def load(self, landed: Landed | BadFile, *, changed: bool, state: str = "") -> FileResult:
        """Take the file or refuse it; either way the ledger says so. ``changed``: its name came with other bytes.

        ``state`` is what the feed remembers once the file is committed.
        """
        self._clear()
        entry = ledger.Entry(
            self.name, landed, self.as_of, changed=changed, source=kind_of(self.feed.source), state=state
        )
        if isinstance(landed, BadFile):
            return ledger.refuse(self.warehouse, entry, landed.reason)
        try:
            with self.warehouse.all_optimizers():
                return self._load(landed, entry)
        except FeedError as error:
            return ledger.refuse(self.warehouse, entry, _reason(error))

    def replay(
        self, landed: Landed, header: list[str], straight: Straightened, *, part_of: int, lines: list[int]
    ) -> FileResult:
        """Take corrected rejects. ``part_of``: the file that they come from; ``lines``: where they stood in it."""
        self._clear()
        entry = ledger.Entry(
            self.name, landed, self.as_of, changed=False, source="replay", part_of=part_of, replayed=tuple(lines)
        )
        try:
            return self._staged(landed, header, straight).run(entry)
        except FeedError as error:
            return ledger.refuse(self.warehouse, entry, _reason(error))

    def given(self, rows: Sequence[Sequence[str | None]], header: list[str]) -> list[tuple[int, str, str]]:
        """Take rows that are here already, as texts in the order of ``header``, without ledger and limits.

        The way from the stage into the tables is that of any file. Gives the rows that cannot be taken as (number from
        1, field, reason); nothing is taken then. No two rows may have the same key.
        """
        self._clear()
        landed = Landed(Path(self.name), self.name, "", 0, len(rows))
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
        names = ", ".join(f"c{at}" for at, _ in enumerate(header))
        parts = parts_of(self.feed, self.fields)
        for part in parts:
            make_ready(self.warehouse, part.target, self.fields)
        stage = Stage(self.warehouse, parts, self.feed.layout, landed, header, {}, self.as_of)
        load = _Load(self, stage, stage.given(f"(select * from (values {values}) as given({names}))"))
        if load.staged.bad:
            return [(row[0], row[1], row[4]) for row in self.rejects()]
        with self.warehouse.transaction():
            load.merge()
        return [(row[0], row[1], row[4]) for row in self.rejects()]

    def rejects(self) -> list[tuple[Any, ...]]:
        """The first rows that were refused: line, field, their column, what stood there, why."""
        return self.warehouse.rows(statement("smc.import_", "rejects_first"), most=ledger.MOST)

    def _clear(self) -> None:
        for name in ("clear_reject", "clear_cells"):
            self.warehouse.run(statement("smc.import_", name))

    def _load(self, landed: Landed, entry: ledger.Entry) -> FileResult:
        return self._staged(landed, read_header(landed, self.feed)).run(entry)

    def _staged(self, landed: Landed, header: list[str], straight: Straightened | None = None) -> _Load:
        parts = parts_of(self.feed, self.fields)
        for part in parts:
            make_ready(self.warehouse, part.target, self.fields)
        words = dictionaries(self.warehouse, [reading for part in parts for reading in part.readings])
        ordered, append = is_stream(self.feed.source), self.feed.mode == "append"
        stage = Stage(
            self.warehouse, parts, self.feed.layout, landed, header, words, self.as_of, straight, ordered, append
        )
        return _Load(self, stage, stage.load(lines=asks_for_lines(self.feed, parts)))


def asks_for_lines(feed: FeedSpec, parts: tuple[Part, ...]) -> bool:
    """Whether a row can be refused for what lies in the table."""
    return feed.mode == "append" or any(part.target.fixed for part in parts)


@dataclass(frozen=True, slots=True)
class _Load:
    """One staged file of a feed."""

    loader: Loader
    stage: Stage
    staged: Staged

    @property
    def warehouse(self) -> Warehouse:
        return self.loader.warehouse

    @property
    def feed(self) -> FeedSpec:
        return self.loader.feed

    def run(self, entry: ledger.Entry) -> FileResult:
        staged = self.staged
        looks = look(self.warehouse, self.stage.parts, self.stage.table, self.feed.quality)
        entry = replace(
            entry, read=staged.read, rejected=staged.rejected, duplicate=staged.duplicate, looks=looks
        )  # fmt: skip
        try:
            self._within_limit(entry)
            Gate(self.warehouse, self.loader.name, self.feed).check(staged.read, looks)
            with self.warehouse.transaction():
                return self._settle(entry)
        except _RowsError as error:
            self._remember(error)
            return self._refuse(error.entry, error)
        except FeedError as error:
            return self._refuse(entry, error)

    def _refuse(self, entry: ledger.Entry, error: FeedError) -> FileResult:
        keep_cells(self.warehouse, self.stage, self.staged, ledger.MOST, whole=False)
        return ledger.refuse(self.warehouse, entry, _reason(error))

    def _settle(self, entry: ledger.Entry) -> FileResult:
        """Inside the transaction: nothing of the file stays when this raises."""
        self.warehouse.run(statement("smc.import_", "left_first"))
        vanished = self._vanish()
        if self.feed.mode == "delete":
            self._still_meant()
            (part,) = self.stage.parts
            gone, vanished = delete(self.warehouse, part, self.loader.as_of)
            self._forget_steps(part)
            merged = [(part, gone)]
        else:
            entry = self._refused_first(entry)
            merged = [(part, self._merge(part)) for part in self.stage.parts]
        whole = merged[0][1] if len(merged) == 1 else count_rows(self.warehouse, merged)
        parts = tuple((part.target.item.name, done) for part, done in merged)
        entry = replace(
            entry, rejected=entry.rejected + whole.refused, duplicate=entry.duplicate + whole.folded,
            merged=whole, parts=parts, vanished=vanished,
        )  # fmt: skip
        self._within_limit(entry)
        if not entry.balanced:
            done = whole.accepted + whole.unchanged + entry.rejected + entry.duplicate
            raise FeedError(f"{entry.read} rows were read, but {done} are accounted for; this is a fault of smc")
        if any(part.target.local for part in self.stage.parts):
            keep_zone(self.warehouse, self.loader.as_of)
        if any(name == REGION.name and (done.accepted or vanished) for name, done in parts):
            follow_regions(self.warehouse, home=self.loader.country)
        keep_cells(self.warehouse, self.stage, self.staged, _ALL)
        return ledger.accept(self.warehouse, entry)

    def _forget_steps(self, part: Part) -> None:
        """A file is newer than the steps of campaigns; a correction of a file is as old as the file."""
        if part.target.item.name == "tag_member" and self.loader.since is None:
            forget_steps(self.warehouse, part, self.loader.as_of, whole=self.feed.mode in {"replace", "snapshot"})

    def merge(self) -> None:
        """Bring the parts into their tables; inside a transaction."""
        for part in self.stage.parts:
            self._merge(part)

    def _vanish(self) -> int | None:
        mode = self.feed.mode
        if mode not in {"replace", "snapshot"}:
            return None
        (part,) = self.stage.parts
        taking: Taking = "replace" if mode == "replace" else "snapshot"
        loader, limit, stream = self.loader, self.feed.vanish_limit, is_stream(self.feed.source)
        unsplit = self.staged.unsplit
        return Vanishing(self.warehouse, part, loader.name, taking, limit, unsplit, loader.as_of, stream).run()

    def _refused_first(self, entry: ledger.Entry) -> ledger.Entry:
        """Of several objects in a row, one that must not change takes the others with it: look before all is done."""
        parts = self.stage.parts
        if len(parts) == 1 or not (self.loader.since or asks_for_lines(self.feed, parts)):
            return entry
        self.warehouse.run(statement("smc.import_", "clear_refused"))
        for part in parts:
            take_out(self.warehouse, part, self.feed, self.staged.line)
            if self._merging(part).refused():
                leave_out(self.warehouse, part, self.staged.line)
        self.warehouse.run(statement("smc.import_", "reject_refused"))
        return replace(entry, rejected=entry.rejected + self.warehouse.run(statement("smc.import_", "left_refused")))

    def _merging(self, part: Part) -> Merge:
        loader = self.loader
        worked: tuple[DerivedColumn, ...] = ()
        more = ""
        if part.target.item.name == CUSTOMER.name:
            fields = [reading.name for reading in part.readings]
            normalise(self.warehouse, fields=fields, home=loader.country)
            worked, more = derived_columns(fields), joins(fields)
        here = self.feed.mode == "snapshot"
        values = Values(part, self.feed.layout, loader.name, loader.as_of, here, worked)
        line = self.staged.line if part.alone else NUMBERED
        return Merge(self.warehouse, values, line, self.feed.mode == "append", more, loader.since)

    def _merge(self, part: Part) -> Merged:
        if not part.alone:
            take_out(self.warehouse, part, self.feed, self.staged.line)
        target = part.target
        known = bool(self.warehouse.rows(f"select 1 from {target.table} limit 1"))
        merge = self._merging(part)
        done = merge.run()
        if not part.alone:
            note_fate(self.warehouse, part, merge, done)
        follow(self.warehouse, target, self.loader.as_of)
        self._forget_steps(part)
        if known and target.item.name == CUSTOMER.name:
            follow_zones(self.warehouse, home=self.loader.country)
        return done

    def _within_limit(self, entry: ledger.Entry) -> None:
        if entry.rejected * 100 > self.feed.most_rejected * entry.read:
            raise self._rows(
                entry,
                f"{entry.rejected} of {entry.read} rows were rejected, more than the limit of "
                f"{self.feed.most_rejected}%; nothing of the file was loaded",
                "See why by 'smc import rejects', correct the feed or have the file sent again; raise reject_limit "
                "only when the rows may be left out.",
            )
        if self.loader.since is not None and (stale := self.loader.since.check(self.warehouse)) is not None:
            raise self._rows(entry, stale.what, stale.remedy)

    def _rows(self, entry: ledger.Entry, what: str, remedy: str) -> _RowsError:
        return _RowsError(what, remedy, replace(entry, merged=ledger.NOTHING), self.loader.rejects())

    def _still_meant(self) -> None:
        """Which keys came again since is not known, so a list of deletions that is late is not taken."""
        if self.loader.since is not None:
            raise FeedError(f"'{self.loader.since.name}' was loaded since; nothing was taken out", remedy=REMEDY)

    def _remember(self, error: _RowsError) -> None:
        """The rollback took what the transaction had added to the rejects; put it back for the ledger."""
        self.warehouse.run(statement("smc.import_", "clear_reject"))
        columns = [list(column) for column in zip(*error.rejects, strict=True)]
        line, field, column, value, reason = columns
        self.warehouse.run(
            statement("smc.import_", "rejects_again"), line=line, field=field, column=column, value=value, reason=reason
        )


class _RowsError(FeedError):
    """Rows for which the whole file is refused."""

    def __init__(self, what: str, remedy: str, entry: ledger.Entry, rejects: list[tuple[Any, ...]]) -> None:
        super().__init__(what, remedy=remedy)
        self.entry = entry
        self.rejects = rejects


def _literal(value: str | None) -> str:
    return "cast(null as varchar)" if value is None else quoted(value)


def _reason(error: FeedError) -> str:
    return f"{error.what}. {error.remedy}" if error.remedy else error.what
