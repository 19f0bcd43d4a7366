"""Downloads of all feeds side by side, running ahead of the loads in their order."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Semaphore, local
from typing import TypeVar

from smc.config.specs.base import bytes_of
from smc.config.specs.project import ImportSettings
from smc.errors import SourceDownError
from smc.import_.board import Board
from smc.import_.fetch.download import Download, Fetched, prefix_of, target_of
from smc.import_.fetch.origin import Link, Origin
from smc.import_.fetch.patience import Patience
from smc.import_.sources.source import RemoteFile

_AHEAD = 2
"""So many files for each parallel download may wait for being loaded."""
_FORGOTTEN = timedelta(days=7)
"""Downloads of feeds that are gone, or whose source is down for good."""

T = TypeVar("T")


@dataclass(slots=True)
class Fetcher:
    """What all downloads of an import share."""

    folder: Path
    settings: ImportSettings
    patience: Patience
    board: Board
    sharing: Patience = field(init=False)
    """The same patience, with as many attempts at once as the settings allow."""

    def __post_init__(self) -> None:
        self.sharing = replace(self.patience, slot=Semaphore(self.settings.parallel))


class Lane:
    """The connections of one feed: threads, each with a source of its own.

    One connection less than allowed where files are put away afterwards: the main thread does that on its own.
    """

    def __init__(self, origin: Origin, fetcher: Fetcher) -> None:
        spare = origin.feed.after.action != "leave"
        threads = max(min(fetcher.settings.parallel, origin.made.connections - spare), 1)
        self.origin = origin
        self._fetcher = fetcher
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"fetch-{origin.name}")
        self._own = local()
        self._links: list[Link] = []
        self._lock = Lock()
        self._doubtful = False

    def ask(self, what: str, question: Callable[[Link], T]) -> Future[T]:
        """Ask the source something, such as what it has; tried again like a download."""
        return self._pool.submit(self._ask, what, question)

    def fetch(self, file: RemoteFile) -> Future[Fetched]:
        return self._pool.submit(self._fetch, file)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        for link in self._links:
            link.hang_up()

    def _ask(self, what: str, question: Callable[[Link], T]) -> T:
        link = self._link()

        def attempt() -> T:
            try:
                return question(link)
            except SourceDownError:
                link.hang_up()
                raise

        return self._fetcher.sharing.call(what, attempt, self._fetcher.board.tell)

    def _fetch(self, file: RemoteFile) -> Fetched:
        fetcher = self._fetcher
        path = target_of(fetcher.folder, self.origin.name, file)
        largest = bytes_of(fetcher.settings.largest_file)
        download = Download(self._link(), file, path, fetcher.board, largest)
        patience = fetcher.sharing
        if self._doubtful:  # a file of this source did not come with all patience: ask once for the others
            patience = replace(patience, attempts=1)
        try:
            fetched = download.run(patience)
        except SourceDownError:
            self._doubtful = True
            raise
        self._doubtful = False
        return fetched

    def _link(self) -> Link:
        if not hasattr(self._own, "link"):
            self._own.link = Link(self.origin)
            with self._lock:
                self._links.append(self._own.link)
        link: Link = self._own.link
        return link


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that has to be downloaded."""

    lane: Lane
    file: RemoteFile


class Ahead:
    """Downloads in the order in which the files are loaded, as many in advance as disk and settings allow."""

    def __init__(self, wanted: Iterable[Wanted], fetcher: Fetcher) -> None:
        self._waiting = deque(wanted)
        self._fetcher = fetcher
        self._begun: deque[tuple[Wanted, Future[Fetched]]] = deque()

    def take(self, wanted: Wanted) -> Fetched:
        """The next file, which is taken in the order given. Raises what its download raised."""
        self._start()
        next_one, future = self._begun.popleft()
        if next_one is not wanted:
            raise LookupError(f"{wanted.file.name} is not the next one")
        self._start()
        return future.result()

    def _start(self) -> None:
        while self._waiting and (not self._begun or self._may()):
            wanted = self._waiting.popleft()
            self._begun.append((wanted, wanted.lane.fetch(wanted.file)))

    def _may(self) -> bool:
        """Half of the disk is left to the warehouse."""
        if len(self._begun) >= _AHEAD * self._fetcher.settings.parallel:
            return False
        sizes = [wanted.file.size or 0 for wanted, _ in (*self._begun, (self._waiting[0], None))]
        return sum(sizes) <= shutil.disk_usage(self._fetcher.folder).free / 2


def sweep(folder: Path, listed: Iterable[tuple[str, Iterable[RemoteFile]]], now: datetime) -> None:
    """Take away downloads that nobody will continue: of files that a feed no longer shows, and forgotten ones."""
    old = (now - _FORGOTTEN).timestamp()
    known = {prefix_of(feed): {target_of(folder, feed, file) for file in files} for feed, files in listed}
    for left in folder.glob("import-*.part"):
        wanted = next((paths for prefix, paths in known.items() if left.name.startswith(prefix)), None)
        gone = left.stat().st_mtime < old if wanted is None else left not in wanted
        if gone:
            left.unlink(missing_ok=True)
