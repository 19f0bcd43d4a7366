"""Bring a file here: one pass that copies, hashes, unpacks and counts, so that what is loaded is what was hashed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from io import BufferedIOBase, RawIOBase
from pathlib import Path
from typing import BinaryIO, Literal, cast

from smc.config.specs.feed import Format
from smc.warehouse.connection import translated

CHUNK = 1 << 20
_LANDED = "import-*.landed"
_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32), 127))
_TAB, _NBSP, _LF, _CR = b"\t", b"\xc2\xa0", b"\n", b"\r"
_RETURNS = "its lines end with CR only; save it with LF or CRLF"


@dataclass(slots=True)
class Counter:
    """Counts line ends outside quotes without parsing cells: the second opinion on how many rows a file has.

    ``end`` is the byte that ends a line.

    Every quote toggles between outside and inside; a doubled quote toggles twice. That is exact for well-formed text.
    """

    quote: bytes
    end: bytes = _LF
    outside: int = 0
    inside: int = 0
    quoted: bool = False
    unended: bool = False
    _others: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._others = bytes(set(range(256)) - {self.quote[0], self.end[0]})

    def feed(self, chunk: bytes) -> None:
        self.unended = not chunk.endswith(self.end)
        if self.quote not in chunk:
            self._add(chunk.count(self.end), inside=self.quoted)
            return
        # Only quotes and line ends matter; pairs of quotes between two line ends change nothing.
        marks = chunk.translate(None, self._others).replace(self.quote * 2, b"")
        for part in marks.split(self.quote):
            self._add(len(part), inside=self.quoted)
            self.quoted = not self.quoted
        self.quoted = not self.quoted

    @property
    def records(self) -> int:
        """Records with the header; a last line without an end is a record too."""
        return self.outside + self.unended

    def _add(self, ends: int, *, inside: bool) -> None:
        if inside:
            self.inside += ends
        else:
            self.outside += ends


@dataclass(frozen=True, slots=True)
class Landed:
    """A file as text in the landing folder.

    ``records`` counts the header; ``well_ended`` is False when a quote stays open; ``breaks``: a quoted cell has line
    ends; ``controls``: there may be control characters or tabs in cells; ``nbsp``: there are no-break spaces;
    ``newline``: how lines end, as DuckDB writes it, None when they end in several ways; ``spaces``: there are any.
    """

    path: Path
    name: str
    sha256: str
    bytes: int
    records: int
    well_ended: bool
    breaks: bool
    controls: bool
    nbsp: bool
    newline: Literal[r"\n", r"\r\n"] | None
    spaces: bool


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file that cannot be unpacked or has nothing in it; known by its hash all the same."""

    name: str
    sha256: str
    bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unready:
    """A file that is not whole yet: its trailer is missing or counts other rows. It is left for next time."""

    name: str
    reason: str


class _Hashing(RawIOBase):
    """Passes bytes through and remembers their hash and number."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.digest = sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        chunk = self.stream.read(size)
        self.digest.update(chunk)
        self.size += len(chunk)
        return chunk

    def drain(self) -> None:
        while self.read(CHUNK):
            pass


def digest_of(stream: BinaryIO) -> str:
    """sha256 of the bytes as they come."""
    hashing = _Hashing(stream)
    hashing.drain()
    return hashing.digest.hexdigest()


@contextmanager
def landing(folder: Path) -> Iterator[Path]:
    """The landing folder, free of what a killed run left there, and empty of our files afterwards."""
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    try:
        yield folder
    finally:
        _sweep(folder)


def _sweep(folder: Path) -> None:
    for left in folder.glob(_LANDED):
        left.unlink(missing_ok=True)


def land(stream: BinaryIO, name: str, folder: Path, layout: Format) -> Landed | BadFile:
    """Copy a stream into ``folder`` as plain text; counts on the way. ``DiskFullError`` when there is no space."""
    target = folder / "import-text.landed"
    hashing = _Hashing(stream)
    packed = layout.compression == "gzip" or (layout.compression == "by_name" and name.endswith(".gz"))
    facts = _Facts(Counter(layout.quote.encode()), tabs=layout.delimiter != "\t")
    with translated(folder), target.open("wb") as out, ThreadPoolExecutor(1) as pool:
        try:
            text = gzip.GzipFile(fileobj=hashing) if packed else hashing
            _copy(cast("BufferedIOBase", text), out, facts, pool)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            hashing.drain()
            return BadFile(name, hashing.digest.hexdigest(), hashing.size, _unpacking(error))
    if not facts.size:
        return BadFile(name, hashing.digest.hexdigest(), hashing.size, "the file is empty: not even a header")
    if facts.returns and not facts.counter.outside and _ends_with_returns(target, layout):
        return BadFile(name, hashing.digest.hexdigest(), hashing.size, _RETURNS)
    return facts.landed(target, name, hashing)


def _ends_with_returns(text: Path, layout: Format) -> bool:
    """Whether a file without a single LF outside quotes has CR there."""
    counter = Counter(layout.quote.encode(), _CR)
    with translated(text), text.open("rb") as file:
        while not counter.outside and (chunk := file.read(CHUNK)):
            counter.feed(chunk)
    return counter.outside > 0


def _unpacking(error: Exception) -> str:
    what = "ends before its end" if isinstance(error, EOFError) else f"is damaged ({error})"
    return f"the gzip file {what}; nothing of it was loaded. Have it sent again."


@dataclass(slots=True)
class _Facts:
    counter: Counter
    tabs: bool
    size: int = 0
    returns: int = 0
    pairs: int = 0
    cut: bool = False
    controls: bool = False
    nbsp: bool = False
    spaces: bool = False

    def feed(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self.counter.feed(chunk)
        if _CR in chunk:
            self.returns += chunk.count(_CR)
            self.pairs += chunk.count(b"\r\n")
        # A pair may be cut by the end of a chunk.
        self.pairs += self.cut and chunk.startswith(_LF)
        self.cut = chunk.endswith(_CR)
        self.controls = (
            self.controls or (self.tabs and _TAB in chunk) or len(chunk.translate(None, _CONTROLS)) < len(chunk)
        )
        self.spaces = self.spaces or b" " in chunk
        self.nbsp = self.nbsp or _NBSP in chunk

    def landed(self, path: Path, name: str, hashing: _Hashing) -> Landed:
        counter = self.counter
        newline: Literal[r"\n", r"\r\n"] | None = None
        if self.returns == 0:
            newline = r"\n"
        elif self.returns == counter.outside == self.pairs and not counter.unended:
            newline = r"\r\n"
        return Landed(
            path, name, hashing.digest.hexdigest(), hashing.size, counter.records, not counter.quoted,
            counter.inside > 0, self.controls or newline is None or counter.inside > 0, self.nbsp, newline, self.spaces,
        )  # fmt: skip


def _copy(text: BufferedIOBase, out: BinaryIO, facts: _Facts, pool: ThreadPoolExecutor) -> None:
    """Counting in this thread, writing in the other: both take about as long."""
    pending: Future[int] | None = None
    while chunk := text.read(CHUNK):
        facts.feed(chunk)
        if pending is not None:
            pending.result()
        pending = pool.submit(out.write, chunk)
    if pending is not None:
        pending.result()
