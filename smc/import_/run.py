"""The import of a night: every feed's new files, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast

from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec, ImportSettings
from smc.config.specs.source import kind_of, place_of
from smc.errors import FeedError
from smc.import_ import ledger
from smc.import_.landing import BadFile, Landed, digest_of, land
from smc.import_.landing import landing as landing_folder
from smc.import_.load import Loader
from smc.import_.result import FileResult, ImportResult
from smc.import_.sources.source import RemoteFile, Source, is_unfinished
from smc.model.objects import OBJECTS
from smc.registry import load
from smc.warehouse import Warehouse
from smc.warehouse.connection import translated
from smc.warehouse.zone import check_zone


def import_feeds(
    warehouse: Warehouse,
    feeds: Mapping[str, FeedSpec],
    *,
    fields: FieldsSpec,
    settings: ImportSettings,
    country: str | None,
    root: Path,
    landing: Path,
    as_of: date,
    now: datetime,
    progress: Callable[[str], None],
) -> ImportResult:
    """Load what the ledger does not know yet: feeds in the order of the objects, files of a feed in order of name.

    ``root``: the project's folder; ``landing``: where files are copied to while they are loaded; ``country``: the home
    country for phone numbers; ``now``: what the age of a file is measured against. A file that cannot be taken is
    refused, named in ``failures`` and tried again by the next run; the other files go on. ``DiskFullError`` ends the
    import with nothing half-loaded; ``RunError`` when the warehouse is of another time zone.
    """
    check_zone(warehouse)
    result = ImportResult()
    with landing_folder(landing) as folder:
        for name, feed in in_order(feeds):
            loader = Loader(warehouse, name, feed, fields, as_of)
            night = _Night(warehouse, loader, folder, progress)
            result = _joined(result, night.run(_source(feed, root)))
    return result


def in_order(feeds: Mapping[str, FeedSpec]) -> list[tuple[str, FeedSpec]]:
    """What others refer to comes first."""
    order = list(OBJECTS)
    return sorted(feeds.items(), key=lambda item: (min(order.index(part) for part in item[1].parts), item[0]))


def _joined(one: ImportResult, other: ImportResult) -> ImportResult:
    return ImportResult(one.files + other.files, one.known + other.known, one.failures + other.failures)


def _source(feed: FeedSpec, root: Path) -> Source:
    return cast("Source", load("smc.sources", kind_of(feed.source))(place_of(feed.source), root))


@dataclass(frozen=True, slots=True)
class _Night:
    """One feed on one day."""

    warehouse: Warehouse
    loader: Loader
    folder: Path
    progress: Callable[[str], None]

    @property
    def name(self) -> str:
        return self.loader.name

    def run(self, source: Source) -> ImportResult:
        files: list[FileResult] = []
        failures: list[str] = []
        known = 0
        try:
            for file in source.files(self.loader.feed.files):
                if is_unfinished(file.name):
                    self.progress(f"{self.name}: {file.name} is not whole yet by its name; left alone")
                    continue
                taken = self._take(source, file)
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
        feed, as_of = self.loader.feed, self.loader.as_of
        if feed.expect == "nightly" and not ledger.loaded_on(self.warehouse, self.name, as_of):
            yield f"feed {self.name}: no file for {as_of} that matches {feed.files} was loaded"

    def _take(self, source: Source, file: RemoteFile) -> FileResult | None:
        """None when the ledger knows the bytes."""
        before = ledger.hashes(self.warehouse, self.name, file.name)
        try:
            if before and self._read(source, file) in before:
                return None
            landed = self._land(source, file)
        except FeedError as error:
            return FileResult(self.name, file.name, "refused", str(error))
        if ledger.is_known(self.warehouse, self.name, landed.sha256):
            return None
        self.progress(f"{self.name}: {file.name}")
        return self.loader.load(landed, changed=bool(before))

    def _read(self, source: Source, file: RemoteFile) -> str:
        with translated(self.folder), source.open(file) as stream:
            return digest_of(stream)

    def _land(self, source: Source, file: RemoteFile) -> Landed | BadFile:
        with source.open(file) as stream:
            return land(stream, file.name, self.folder, self.loader.feed.layout)
