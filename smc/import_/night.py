"""One feed in one night: its files are taken one after the other, each finished at its source after it is committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from smc.config.specs.feed import DAY, After
from smc.errors import FeedError, FileChangedError, SourceDownError
from smc.import_ import ledger
from smc.import_.board import Board, watched
from smc.import_.fetch.download import GROWING
from smc.import_.fetch.origin import Link, Origin
from smc.import_.fetch.patience import Patience
from smc.import_.fetch.ready import BY_NAME, RENAME, Listing, is_shared, marker_name
from smc.import_.fetch.seen import Seen
from smc.import_.known import Known, keep_arrived
from smc.import_.land.landing import BadFile, Landed, Unready, digest_of, land
from smc.import_.land.unpack import Limits
from smc.import_.left import Left
from smc.import_.load.loader import Loader
from smc.import_.result import FileResult, ImportResult
from smc.import_.sources.source import RemoteFile
from smc.warehouse import Warehouse
from smc.warehouse.connection import translated


@dataclass(frozen=True, slots=True)
class Night:
    """What the feeds of an import share."""

    warehouse: Warehouse
    folder: Path
    board: Board
    patience: Patience
    now: datetime
    limits: Limits


@dataclass(slots=True)
class FeedNight:
    """``link`` is the main thread's own connection. The counts and words grow while the feed is worked on."""

    night: Night
    origin: Origin
    loader: Loader
    link: Link
    seen: Seen
    listed: Listing = field(default_factory=Listing)
    files: list[FileResult] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    resent: list[str] = field(default_factory=list)
    known: int = 0

    @property
    def name(self) -> str:
        return self.origin.name

    @property
    def memory(self) -> Known:
        return Known(self.night.warehouse, self.name, self.origin.feed, self.seen, self.origin.live)

    def result(self) -> ImportResult:
        """What was done, and what a nightly feed lacks."""
        refused = [f"feed {self.name}: {file.name}: {file.reason}" for file in self.files if file.state == "refused"]
        feed, as_of = self.origin.feed, self.loader.as_of
        missing = []
        came = ledger.loaded_on, ledger.arrived_on
        if feed.expect == "nightly" and not any(count(self.night.warehouse, self.name, as_of) for count in came):
            missing = [f"feed {self.name}: no file for {as_of} that matches {feed.files} was loaded"]
        failures = (*self.failures, *refused, *missing)
        return ImportResult(tuple(self.files), self.known, failures, tuple(self.waiting), tuple(self.resent))

    def fail(self, error: FeedError) -> None:
        self.failures.append(f"feed {self.name}: {error}")
        self.left.append(Left("", "failed", str(error)))

    def keep(self, listed: Listing) -> None:
        """Take over what the source shows; what waits or cannot be read is said."""
        self.listed = listed
        for file in listed.bad:
            self.refuse(file, FeedError(file.bad, remedy=RENAME))
        for item in listed.waiting:
            self.wait(item.file, item.reason)

    def wait(self, file: RemoteFile, reason: str) -> None:
        self.waiting.append(f"feed {self.name}: {file.name}: {reason}")
        self.left.append(Left(file.name, "waiting", reason))
        said = f"{reason}; left alone" if reason == BY_NAME else f"left for the next run: {reason}"
        self.night.board.tell(f"{self.name}: {file.name} {said.removeprefix('it ')}")

    def refuse(self, file: RemoteFile, error: FeedError) -> None:
        """It could not be read, so the ledger has no row for it."""
        self.files.append(FileResult(self.name, file.name, "refused", str(error)))
        self.left.append(Left(file.name, "failed", str(error)))

    def take(self, file: RemoteFile, opened: Callable[[], BinaryIO], sha256: str | None = None) -> str | None:
        """The hash of a file that is in the warehouse afterwards; None when it is refused or waits.

        ``sha256``: of all its bytes, when they are here. Raises ``SourceDownError`` when the line breaks.
        """
        try:
            return self._take(file, opened, sha256)
        except FileChangedError as error:
            self.wait(file, error.what)
        except SourceDownError:
            raise
        except FeedError as error:
            self.refuse(file, error)
        finally:
            self.night.board.done(f"{self.name}: {file.name}", file.size)
        return None

    def finish(self, file: RemoteFile, sha256: str) -> bool:
        """Tell the source that a file is committed, first its own marker. A failure is said and undoes nothing."""
        after, ready = self.origin.feed.after, self.origin.feed.ready
        if after.action == "leave" and not self.origin.live:
            return True
        marker = None
        if ready.marker is not None and not is_shared(ready.marker):
            marker = self.listed.markers.get(marker_name(ready.marker, file))
        rejected = ledger.rejected_lines(self.night.warehouse, self.name, sha256)
        return all(
            self._finish(one, lines) for one, lines in ((marker, ()), (file, rejected)) if one is not None
        )  # fmt: skip

    def finish_shared(self) -> None:
        """The one marker of a folder goes when nothing is left that it stands for."""
        marker = self.origin.feed.ready.marker
        left = self.failures or self.waiting or any(file.state == "refused" for file in self.files)
        if marker is None or not is_shared(marker) or left or not self.listed.ready:
            return
        for one in self.listed.markers.values():
            if self.origin.feed.after.action != "leave":
                self._finish(one, ())

    def _take(self, file: RemoteFile, opened: Callable[[], BinaryIO], sha256: str | None) -> str | None:
        warehouse, board = self.night.warehouse, self.night.board
        before = ledger.hashes(warehouse, self.name, file.name)
        if sha256 is None and before and not self.origin.live:  # a query would be run twice
            with translated(self.night.folder), opened() as stream:
                sha256 = digest_of(stream)
        if sha256 is not None and (taken := self.memory.taken(file, sha256)) is not None:
            return self._known(file, sha256, taken)
        landed = self._land(file, opened)
        if isinstance(landed, Unready):
            self.wait(file, landed.reason)
            return None
        if file.size is not None and isinstance(landed, Landed) and landed.bytes != file.size:
            raise FileChangedError(GROWING)
        if (taken := self.memory.taken(file, landed.sha256)) is not None:
            return self._known(file, landed.sha256, taken)
        again = self.memory.again(file, landed.sha256)
        came = f" comes again: same bytes as {again.name} of {again.day}, and others were loaded since" if again else ""
        board.tell(f"{self.name}: {file.name}{came}")
        result = self.loader.load(landed, changed=bool(before), state=file.state)
        self.files.append(result)
        if result.state != "loaded":
            return None
        self._remember(file, landed.sha256)
        return landed.sha256

    def _land(self, file: RemoteFile, opened: Callable[[], BinaryIO]) -> Landed | BadFile | Unready:
        label = f"{self.name}: {file.name}"
        with opened() as stream, watched(stream, self.night.board, label, file.size) as seen:
            return land(seen, file.name, self.night.folder, self.origin.feed.layout, self.night.limits)

    def _known(self, file: RemoteFile, sha256: str, taken: ledger.Taken) -> str:
        self.known += 1
        if self.memory.arrived(file):
            text = f"same bytes as {taken.name} of {taken.day}"
            if taken.name != file.name:
                self.night.board.tell(f"{self.name}: {file.name} known: {text}")
                self.resent.append(f"feed {self.name}: {file.name}: {text}")
            keep_arrived(self.night.warehouse, self.name, file, text, self.loader.as_of)
        if file.state:
            with self.night.warehouse.transaction():
                ledger.keep_state(self.night.warehouse, self.name, file.state)
        self._remember(file, sha256)
        return sha256

    def _remember(self, file: RemoteFile, sha256: str) -> None:
        if not self.origin.live:
            self.seen.remember(file, sha256, self.night.now)

    def _after(self) -> After:
        after = self.origin.feed.after
        if after.folder is None:
            return after
        return after.model_copy(update={"folder": after.folder.replace(DAY, self.loader.as_of.isoformat())})

    def _finish(self, file: RemoteFile, rejected: tuple[int, ...]) -> bool:
        after = self._after()

        def attempt() -> None:
            try:
                self.link.source.finish(file, after, rejected)
            except SourceDownError:
                self.link.hang_up()
                raise

        label, board = f"{self.name}: {file.name}", self.night.board
        patience = Patience(1, 0) if self.origin.live else self.night.patience
        try:
            patience.call(label, attempt, board.tell)
        except FeedError as error:
            self.failures.append(f"feed {self.name}: {file.name} is loaded, but its source could not be told: {error}")
            return False
        return True
