"""One file from its source into the landing folder; what came before a line broke, or the run was killed, stays."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from glob import escape
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from smc.errors import DiskFullError, FeedError, FileChangedError, SourceDownError
from smc.import_.board import Board
from smc.import_.fetch.origin import Link
from smc.import_.fetch.patience import Patience
from smc.import_.sources.source import RemoteFile
from smc.warehouse.connection import translated

CHUNK = 1 << 20
_BOOT = Path("/proc/sys/kernel/random/boot_id")
GROWING = "it is still growing, or was changed while it was read"
_AGAIN = "Run the import again; it goes on where it stopped."


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole file in the landing folder."""

    path: Path
    sha256: str
    bytes: int


def prefix_of(feed: str) -> str:
    """How the names of a feed's downloads begin."""
    return f"import-{_hash(feed)[:12]}-"


def target_of(folder: Path, feed: str, file: RemoteFile) -> Path:
    """Where a file is downloaded to: another place for another look of it, so that only the same is continued.

    After a start of the machine nothing is continued: what had not reached the disk may be zeros.
    """
    boot = ""
    with suppress(OSError):
        boot = _BOOT.read_text(encoding="ascii")
    look = _hash(feed, file.name, str(file.size), str(file.changed), file.version, boot)
    return folder / f"{prefix_of(feed)}{look[:32]}.part"


def is_identified(file: RemoteFile) -> bool:
    """Whether the source would show other bytes as another file."""
    return file.size is not None and (file.changed is not None or bool(file.version))


def same(link: Link, file: RemoteFile) -> bool:
    """Whether the source still shows the file as it was listed."""
    now = [found for found in link.source.files(escape(file.name)) if found.name == file.name]
    return bool(now) and (now[0].size, now[0].changed, now[0].version) == (file.size, file.changed, file.version)


@dataclass(slots=True)
class Download:
    """``have`` bytes are in ``path`` and in ``digest``. ``largest``: a file of more bytes is refused."""

    link: Link
    file: RemoteFile
    path: Path
    board: Board
    largest: int
    have: int = 0
    digest: Any = field(default_factory=sha256)

    @property
    def label(self) -> str:
        return f"{self.link.origin.name}: {self.file.name}"

    def run(self, patience: Patience) -> Fetched:
        """Raises ``FileChangedError`` when it is not what was listed, ``DiskFullError``, or what the source raises."""
        size = self.file.size
        self._limit(size or 0)
        with translated(self.path):
            self._begin()
        enough = CHUNK if size is None else max(min(CHUNK, size // 100), 1)
        patience.call(
            self.label, lambda: self._attempt(patience), self.board.tell, had=lambda: self.have, enough=enough
        )
        return Fetched(self.path, self.digest.hexdigest(), self.have)

    def _begin(self) -> None:
        """Go on where an earlier run was ended, when it is surely the same file."""
        if not self._continues() or not self.path.exists() or self.path.stat().st_size > (self.file.size or 0):
            self._restart()
            return
        with self.path.open("rb") as left:
            while chunk := left.read(CHUNK):
                self._count(chunk)

    def _continues(self) -> bool:
        return bool(self.link.origin.made.resumes) and is_identified(self.file)

    def _restart(self) -> None:
        self.path.write_bytes(b"")
        self.have, self.digest = 0, sha256()

    def _attempt(self, patience: Patience) -> None:
        try:
            if self.have and not self._continues():
                with translated(self.path):
                    self._restart()
            self._room()
            copies = not self.have or self.have != self.file.size
            if copies:
                self._copy(patience)
            # All bytes may have come in an attempt that broke off before its source had looked for a change.
            if not (copies and self.link.origin.made.bound):
                self._verify()
        except SourceDownError:
            self.link.hang_up()
            raise
        except FeedError:  # it is another file now, or not for us: there is nothing to go on with
            self.path.unlink(missing_ok=True)
            raise

    def _copy(self, patience: Patience) -> None:
        with self._opened() as stream, self.path.open("ab", buffering=0) as out:
            while chunk := _read(stream):
                if patience.stop.is_set():
                    raise SourceDownError("the import is ending", remedy=_AGAIN)
                with translated(self.path):
                    out.write(chunk)
                self._count(chunk)
                self._limit(self.have)
                self.board.at(self.label, "fetched", self.have, self.file.size)
                if self.file.size is not None and self.have > self.file.size:
                    raise self._growing()
        if self.file.size is not None and self.have < self.file.size:
            raise SourceDownError(f"only {self.have} of {self.file.size} bytes came", remedy=_AGAIN)

    def _verify(self) -> None:
        """Whether the source still shows what was listed: bytes of two states of a file are no file."""
        if not same(self.link, self.file):
            raise self._growing()

    def _growing(self) -> FileChangedError:
        return FileChangedError(GROWING, remedy="The next run takes it as it is then.")

    def _opened(self) -> BinaryIO:
        return self.link.source.open(self.file, self.have)

    def _count(self, chunk: bytes) -> None:
        self.digest.update(chunk)
        self.have += len(chunk)

    def _limit(self, size: int) -> None:
        if size > self.largest:
            self.path.unlink(missing_ok=True)
            raise FeedError(
                f"the file has more than {self.largest:,} bytes",
                remedy="When that is right, raise import.largest_file in smc.yaml.",
            )

    def _room(self) -> None:
        with translated(self.path):
            free = shutil.disk_usage(self.path.parent).free
        missing = (self.file.size or 0) - self.have
        if missing > free:
            raise DiskFullError(
                f"{self.file.name} needs {missing / 1e6:,.1f} MB more, and {free / 1e6:,.1f} MB are free",
                where=str(self.path.parent),
                remedy="Free some space and run the same command again; it goes on where it stopped.",
            )


def _read(stream: BinaryIO) -> bytes:
    """A source should say itself that it is down; what it lets through is the network's too."""
    try:
        return stream.read(CHUNK)
    except OSError as error:
        raise SourceDownError(
            f"the connection broke off: {error.strerror or type(error).__name__}", remedy=_AGAIN
        ) from error


def _hash(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
