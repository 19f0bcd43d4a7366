"""The import of a night: every feed's new files, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec
from smc.errors import FeedError
from smc.import_ import ledger
from smc.import_.follow import follow
from smc.import_.header import read_header
from smc.import_.landing import BadFile, Landed, digest_of, land
from smc.import_.landing import landing as landing_folder
from smc.import_.merge import Merge, Merged
from smc.import_.reading import readings
from smc.import_.result import FileResult, ImportResult
from smc.import_.sources.source import Source, is_unfinished
from smc.import_.stage import Stage
from smc.import_.target import Target, target_of
from smc.model.objects import OBJECTS
from smc.registry import load
from smc.warehouse import Warehouse, statement
from smc.warehouse.connection import translated
from smc.warehouse.zone import check_zone, keep_zone


def import_feeds(
    warehouse: Warehouse,
    feeds: Mapping[str, FeedSpec],
    *,
    fields: FieldsSpec,
    root: Path,
    landing: Path,
    as_of: date,
    progress: Callable[[str], None],
) -> ImportResult:
    """Load what the ledger does not know yet: feeds in the order of the objects, files of a feed in order of name.

    ``root``: the project's folder; ``landing``: where files are copied to while they are loaded. A file that cannot be
    taken is refused, named in ``failures`` and tried again by the next run; the other files go on. ``DiskFullError``
    ends the import with nothing half-loaded; ``RunError`` when the warehouse is of another time zone.
    """
    check_zone(warehouse)
    order = list(OBJECTS)
    result = ImportResult()
    with landing_folder(landing) as folder:
        for name, feed in sorted(feeds.items(), key=lambda item: (order.index(item[1].object), item[0])):
            night = _Night(warehouse, name, feed, fields, folder, as_of, progress)
            result = _joined(result, night.run(_source(feed, root)))
    return result


def _joined(one: ImportResult, other: ImportResult) -> ImportResult:
    return ImportResult(one.files + other.files, one.known + other.known, one.failures + other.failures)


def _source(feed: FeedSpec, root: Path) -> Source:
    ((kind, place),) = [(name, getattr(feed.source, name)) for name in type(feed.source).model_fields]
    return cast("Source", load("smc.sources", kind)(place, root))


@dataclass(frozen=True, slots=True)
class _Night:
    """One feed on one day."""

    warehouse: Warehouse
    name: str
    feed: FeedSpec
    fields: FieldsSpec
    folder: Path
    as_of: date
    progress: Callable[[str], None]

    def run(self, source: Source) -> ImportResult:
        files: list[FileResult] = []
        failures: list[str] = []
        known = 0
        try:
            for name in source.names(self.feed.files):
                if is_unfinished(name):
                    self.progress(f"{self.name}: {name} is not whole yet by its name; left alone")
                    continue
                taken = self._take(source, name)
                if taken is None:
                    known += 1
                    continue
                files.append(taken)
        except FeedError as error:
            failures.append(f"feed {self.name}: {error}")
        failures += [f"feed {self.name}: {file.name}: {file.reason}" for file in files if file.state == "refused"]
        failures += self._missing()
        return ImportResult(tuple(files), known, tuple(failures))

    def _missing(self) -> Iterator[str]:
        if self.feed.expect == "nightly" and not ledger.loaded_on(self.warehouse, self.name, self.as_of):
            yield f"feed {self.name}: no file for {self.as_of} that matches {self.feed.files} was loaded"

    def _take(self, source: Source, name: str) -> FileResult | None:
        """None when the ledger knows the bytes."""
        before = ledger.hashes(self.warehouse, self.name, name)
        try:
            if before and self._read(source, name) in before:
                return None
            landed = self._land(source, name)
        except FeedError as error:
            return FileResult(self.name, name, "refused", str(error))
        if ledger.is_known(self.warehouse, self.name, landed.sha256):
            return None
        self.progress(f"{self.name}: {name}")
        self.warehouse.run(statement("smc.import_", "clear_reject"))
        entry = ledger.Entry(self.name, landed, self.as_of, changed=bool(before))
        if isinstance(landed, BadFile):
            return ledger.refuse(self.warehouse, entry, landed.reason)
        try:
            return self._load(landed, entry)
        except FeedError as error:
            return ledger.refuse(self.warehouse, entry, _reason(error))

    def _read(self, source: Source, name: str) -> str:
        with translated(self.folder), source.open(name) as stream:
            return digest_of(stream)

    def _land(self, source: Source, name: str) -> Landed | BadFile:
        with source.open(name) as stream:
            return land(stream, name, self.folder, self.feed.format)

    def _load(self, landed: Landed, entry: ledger.Entry) -> FileResult:
        header = read_header(landed.path, landed.name, self.feed)
        target, mapped = target_of(self.feed.object), readings(self.feed, self.fields)
        append = self.feed.mode == "append"
        staged = Stage(self.warehouse, target, mapped, self.feed.format, landed, header).load(lines=append)
        entry = replace(entry, read=staged.read, rejected=staged.rejected, duplicate=staged.duplicate)
        merge = Merge(self.warehouse, target, mapped, self.name, self.as_of, append=append)
        try:
            self._within_limit(entry)
            with self.warehouse.transaction():
                return self._settle(target, entry, merge.run())
        except _TooManyError as error:
            self._remember(error)
            return ledger.refuse(self.warehouse, error.entry, _reason(error))
        except FeedError as error:
            return ledger.refuse(self.warehouse, entry, _reason(error))

    def _settle(self, target: Target, entry: ledger.Entry, merged: Merged) -> FileResult:
        """Inside the transaction: nothing of the file stays when this raises."""
        entry = replace(entry, rejected=entry.rejected + merged.refused, merged=merged)
        self._within_limit(entry)
        if not entry.balanced:
            done = merged.accepted + merged.unchanged + entry.rejected + entry.duplicate
            raise FeedError(f"{entry.read} rows were read, but {done} are accounted for; this is a fault of smc")
        follow(self.warehouse, target.table)
        if target.table == "receipt":
            keep_zone(self.warehouse, self.as_of)
        return ledger.accept(self.warehouse, entry)

    def _within_limit(self, entry: ledger.Entry) -> None:
        if entry.rejected * 100 > self.feed.reject_limit * entry.read:
            rejects = self.warehouse.rows(statement("smc.import_", "rejects_first"), most=ledger.MOST)
            raise _TooManyError(replace(entry, merged=ledger.NOTHING), rejects, self.feed.reject_limit)

    def _remember(self, error: _TooManyError) -> None:
        """The rollback took what the transaction had added to the rejects; put it back for the ledger."""
        self.warehouse.run(statement("smc.import_", "clear_reject"))
        columns = [list(column) for column in zip(*error.rejects, strict=True)]
        line, field, column, value, reason = columns
        self.warehouse.run(
            statement("smc.import_", "rejects_again"), line=line, field=field, column=column, value=value, reason=reason
        )


class _TooManyError(FeedError):
    """More rejects than the feed allows."""

    def __init__(self, entry: ledger.Entry, rejects: list[tuple[Any, ...]], limit: Decimal) -> None:
        super().__init__(
            f"{entry.rejected} of {entry.read} rows were rejected, more than the limit of {limit}%; "
            "nothing of the file was loaded"
        )
        self.entry = entry
        self.rejects = rejects


def _reason(error: FeedError) -> str:
    return f"{error.what}. {error.remedy}" if error.remedy else error.what
