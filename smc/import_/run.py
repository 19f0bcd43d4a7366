"""The import of a night: what is new in every feed, each file in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from smc.config.objects import objects_of
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec, ImportSettings
from smc.errors import FeedError, FileChangedError
from smc.import_.board import Board
from smc.import_.fetch.fetcher import Ahead, Fetcher, Lane, Wanted, sweep
from smc.import_.fetch.origin import Link, Origin
from smc.import_.fetch.patience import Patience
from smc.import_.fetch.ready import Listing, listing
from smc.import_.fetch.seen import Seen
from smc.import_.land.landing import landing as landing_folder
from smc.import_.land.unpack import Limits
from smc.import_.left import Left, keep_left
from smc.import_.live import run_live
from smc.import_.load.follow import keep_order_codes
from smc.import_.load.loader import Loader
from smc.import_.night import FeedNight, Night
from smc.import_.result import ImportResult
from smc.import_.sources.source import RemoteFile
from smc.warehouse import Warehouse
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
    moved: Callable[[float], None] = lambda _: None,
) -> ImportResult:
    """Load what the ledger does not know yet: feeds in the order of the objects, files of a feed in order of name.

    ``root``: the project's folder; ``landing``: where files are downloaded to; ``country``: the home country for phone
    numbers; ``now``: the real time, what the age of a file is measured against; ``moved`` hears the share of the bytes
    that is behind, 0 to 1. A file that cannot be taken is refused, named in ``failures`` and tried again by the next
    run; one that is not whole yet is named in ``waiting``; the other files go on. ``DiskFullError`` ends the import
    with nothing half-loaded; ``RunError`` when the warehouse is of another time zone.
    """
    check_zone(warehouse)
    keep_order_codes(warehouse, fields)
    board = Board(progress, moved)
    patience = Patience(settings.attempts, settings.pause)
    with landing_folder(landing) as folder, _fetching(Fetcher(folder, settings, patience, board)) as lanes:
        night = Night(warehouse, folder, board, patience, now, Limits.of(settings))
        works: list[_Work | ImportResult] = []
        for name, feed in in_order(feeds, fields):
            try:
                origin = Origin.of(name, feed, root)
            except FeedError as error:
                works.append(ImportResult(failures=(f"feed {name}: {error}",)))
                keep_left(warehouse, name, [Left("", "failed", str(error))], as_of)
                continue
            loader = Loader(warehouse, name, feed, fields, country, as_of)
            works.append(_Work(FeedNight(night, origin, loader, Link(origin), Seen.of(warehouse, name)), lanes))
        return _all(works, lanes, now)


def in_order(feeds: Mapping[str, FeedSpec], fields: FieldsSpec) -> list[tuple[str, FeedSpec]]:
    """What others refer to comes first."""
    order = list(objects_of(fields))
    return sorted(feeds.items(), key=lambda item: (min(order.index(part) for part in item[1].parts), item[0]))


@dataclass(slots=True)
class _Lanes:
    """The lanes of all feeds that are downloaded, and what runs ahead in them."""

    fetcher: Fetcher
    all: list[Lane] = field(default_factory=list)

    def open(self, origin: Origin) -> Lane:
        self.all.append(Lane(origin, self.fetcher))
        return self.all[-1]


@contextmanager
def _fetching(fetcher: Fetcher) -> Iterator[_Lanes]:
    lanes = _Lanes(fetcher)
    try:
        yield lanes
    except KeyboardInterrupt:
        fetcher.board.tell("ending: waiting for the downloads to stop; the next run goes on from there")
        raise
    finally:
        fetcher.patience.stop.set()
        for lane in lanes.all:
            lane.close()


def _all(works: list[_Work | ImportResult], lanes: _Lanes, now: datetime) -> ImportResult:
    """First every source is asked what it has, then the feeds are loaded one after the other."""
    feeds = [work for work in works if isinstance(work, _Work)]
    for one in feeds:
        one.begin()
    for one in feeds:
        one.plan()
    fetcher = lanes.fetcher
    shown = [(one.feed.name, one.feed.listed.ready) for one in feeds if one.lane is not None and one.answered]
    sweep(fetcher.folder, shown, now)
    fetcher.board.total = sum(2 * (file.size or 0) for one in feeds for file in one.fresh)
    ahead = Ahead([wanted for one in feeds for wanted in one.wanted], fetcher)
    result = ImportResult()
    for work in works:
        result = _joined(result, work.run(ahead) if isinstance(work, _Work) else work)
        if isinstance(work, _Work):
            keep_left(work.feed.night.warehouse, work.feed.name, work.feed.left, work.feed.loader.as_of)
    return result


def _joined(one: ImportResult, other: ImportResult) -> ImportResult:
    return ImportResult(
        one.files + other.files,
        one.known + other.known,
        one.failures + other.failures,
        one.waiting + other.waiting,
        one.resent + other.resent,
    )


@dataclass(slots=True)
class _Work:
    """A feed on its way through the import: ``begin`` asks its source, ``plan`` hears the answer, ``run`` loads."""

    feed: FeedNight
    lanes: _Lanes
    lane: Lane | None = None
    answered: bool = False
    fresh: list[RemoteFile] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    _asked: Future[Listing] | None = None

    def begin(self) -> None:
        origin, now = self.feed.origin, self.feed.night.now
        if origin.downloaded:
            self.lane = self.lanes.open(origin)
            self._asked = self.lane.ask(origin.name, lambda link: listing(link.source, origin.feed, now))

    def plan(self) -> None:
        """Which files have to be read; what is known by its look need not be."""
        feed = self.feed
        if feed.origin.live:
            return
        try:
            feed.keep(self._listed())
        except FeedError as error:
            feed.fail(error)
            return
        self.answered = True
        self.fresh = [file for file in feed.listed.ready if feed.seen.sha256(file) is None]
        if self.lane is not None:
            self.wanted = [Wanted(self.lane, file) for file in self.fresh]

    def _listed(self) -> Listing:
        if self._asked is not None:
            return self._asked.result()
        feed = self.feed
        return listing(feed.link.source, feed.origin.feed, feed.night.now)

    def run(self, ahead: Ahead) -> ImportResult:
        feed = self.feed
        if feed.origin.live:
            run_live(feed)
            return feed.result()
        wanted = {one.file: one for one in self.wanted}
        for file in feed.listed.ready:
            sha256 = feed.seen.sha256(file)
            if sha256 is not None:
                feed.known += 1
            elif self.lane is None:
                sha256 = _read_here(feed, file)
            else:
                sha256 = _read_fetched(feed, wanted[file], ahead)
            if sha256 is not None:
                feed.finish(file, sha256)
        feed.finish_shared()
        feed.link.hang_up()
        return feed.result()


def _read_here(feed: FeedNight, file: RemoteFile) -> str | None:
    """A file of this machine goes straight into the landing."""
    try:
        return feed.take(file, lambda: feed.link.source.open(file))
    except FeedError as error:
        feed.refuse(file, error)
        return None


def _read_fetched(feed: FeedNight, wanted: Wanted, ahead: Ahead) -> str | None:
    file = wanted.file
    try:
        fetched = ahead.take(wanted)
    except FileChangedError as error:
        feed.wait(file, error.what)
        return None
    except FeedError as error:
        feed.refuse(file, error)
        return None
    sha256 = feed.take(file, lambda: fetched.path.open("rb"), fetched.sha256)
    fetched.path.unlink(missing_ok=True)
    return sha256
