"""Bring a file here: one pass that copies, hashes, unpacks, decodes and counts, so that what is loaded is what was
hashed. What stands in the landing folder afterwards is UTF-8 with the header as its first record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO, Literal

from smc.config.specs.feed import Format
from smc.import_.land.counter import CHUNK, CR, LF, Facts, counter_of
from smc.import_.land.decode import decoded, without_lines
from smc.import_.land.unpack import LIMITS, Hashing, Limits, RefusedError, unpacked
from smc.warehouse.connection import translated

_LANDED = "import-*.landed"
_TAIL = 1 << 16
_BLANK = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Landed:
    """A file as text in the landing folder, or a Parquet file as it is.

    ``records`` counts the header where there is one (``heads`` is 1 then), ``skipped`` the lines before it that are not
    in the text any more; ``well_ended`` is False when a quote stays open; ``breaks``: a quoted cell has line ends;
    ``controls``: there may be control characters or tabs in cells; ``nbsp``: there are no-break spaces or their like;
    ``newline``: how lines end, as DuckDB writes it, None when they end in several ways; ``spaces``: there are any.
    ``plain``: DuckDB may read it; else it needs the exact reader. ``returns``: some lines end with CR alone.
    ``longest``: bytes of the longest line that is taken. ``columns``: names and types of a Parquet file. ``lines``: all
    lines of the text, however the cells are quoted; None where it has none.
    """

    path: Path
    name: str
    sha256: str
    bytes: int
    records: int
    well_ended: bool = True
    breaks: bool = False
    controls: bool = True
    nbsp: bool = True
    newline: Literal[r"\n", r"\r\n"] | None = r"\n"
    spaces: bool = True
    heads: int = 0
    skipped: int = 0
    plain: bool = True
    returns: bool = False
    longest: int = LIMITS.line
    columns: tuple[tuple[str, str], ...] = ()
    lines: int | None = None

    @property
    def rows(self) -> int:
        """Records without the header."""
        return self.records - self.heads

    @property
    def first_line(self) -> int:
        """The line of the first row in the file as it came, where every record is one line."""
        return self.skipped + self.heads + 1


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file that cannot be unpacked or has nothing in it; known by its hash all the same.

    The hash of a file above the size limit is that of the bytes that were read.
    """

    name: str
    sha256: str
    bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unready:
    """A file that is not whole yet: its trailer is missing or counts other rows. It is left for next time."""

    name: str
    reason: str


def digest_of(stream: BinaryIO) -> str:
    """sha256 of the bytes as they come."""
    hashing = Hashing(stream)
    hashing.drain()
    return hashing.digest


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


def land(
    stream: BinaryIO, name: str, folder: Path, layout: Format, limits: Limits = LIMITS
) -> Landed | BadFile | Unready:
    """Copy a stream into ``folder`` as plain UTF-8 and count on the way; one file at a time per folder.

    ``DiskFullError`` when there is no space. Memory stays within some megabytes whatever comes.
    """
    target = folder / "import-text.landed"
    hashing = Hashing(stream, limits.file)
    with translated(folder):
        try:
            return _land(hashing, name, target, layout, limits)
        except RefusedError as error:
            if layout.trailer is not None and error.cut:
                return Unready(name, "it ends before its end")
            return _bad(hashing, name, error)


def _bad(hashing: Hashing, name: str, error: RefusedError) -> BadFile:
    reason = error.reason
    try:
        if error.drain:
            hashing.drain()
    except RefusedError as too:
        reason = too.reason
    return BadFile(name, hashing.digest, hashing.size, reason)


def _land(hashing: Hashing, name: str, target: Path, layout: Format, limits: Limits) -> Landed | BadFile | Unready:
    plain = unpacked(hashing, name, layout, target.with_name("import-packed.landed"), limits)
    if layout.kind == "parquet":
        return _parquet(hashing, name, target, plain, limits)
    chunks = decoded(plain, layout)
    if layout.skip:
        chunks = without_lines(chunks, layout.skip)
    facts = Facts(layout, limits.line)
    _copy(chunks, target, facts)
    if facts.returns and not facts.counter.outside and _ends_with_returns(target, layout):
        facts = _with_feeds(target, layout, limits)
    expected = None
    if layout.trailer is not None and (expected := _cut_trailer(target, layout, facts)) is None:
        return Unready(name, f"its last line is no trailer such as {layout.trailer}")
    if not facts.size and (layout.header or layout.kind == "ndjson") and expected is None:
        raise RefusedError("the file is empty: not even a header" if layout.kind == "csv" else "the file is empty")
    landed = _landed(target, name, hashing, facts)
    return landed if expected is None else _counted(landed, layout, expected)


def _landed(path: Path, name: str, hashing: Hashing, facts: Facts) -> Landed:
    counter, layout = facts.counter, facts.layout
    breaks = counter.inside > 0
    return Landed(
        path, name, hashing.digest, hashing.size, counter.records, not counter.quoted, breaks,
        facts.controls or facts.newline is None or breaks, facts.wide, facts.newline, facts.spaces,
        heads=int(layout.kind == "csv" and layout.header), skipped=layout.skip,
        plain=facts.plain and layout.kind == "csv", returns=facts.returns > facts.pairs, longest=facts.longest,
        lines=facts.lines,
    )  # fmt: skip


def _parquet(hashing: Hashing, name: str, target: Path, chunks: Iterator[bytes], limits: Limits) -> Landed:
    from smc.import_.read.parquet import footer

    with target.open("wb") as out:
        for chunk in chunks:
            out.write(chunk)
    rows, columns = footer(target, hashing.size, limits)
    return Landed(target, name, hashing.digest, hashing.size, rows, columns=columns)


def _copy(chunks: Iterator[bytes], target: Path, facts: Facts) -> None:
    """Counting in this thread, writing in the other: both take about as long."""
    pending: Future[int] | None = None
    with target.open("wb") as out, ThreadPoolExecutor(1) as pool:
        for chunk in chunks:
            if not chunk:
                continue
            facts.feed(chunk)
            if pending is not None:
                pending.result()
            pending = pool.submit(out.write, chunk)
        if pending is not None:
            pending.result()


def _chunks(text: Path) -> Iterator[bytes]:
    with text.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _ends_with_returns(text: Path, layout: Format) -> bool:
    """Whether a file without a single LF outside quotes has CR there."""
    counter = counter_of(layout, CR)
    for chunk in _chunks(text):
        counter.feed(chunk)
        if counter.outside:
            return True
    return False


def _with_feeds(text: Path, layout: Format, limits: Limits) -> Facts:
    """Rewrite a file whose lines end with CR only so that they end with LF, in quoted cells too."""
    facts, fresh = Facts(layout, limits.line), text.with_name("import-lines.landed")
    _copy(_fed(_chunks(text)), fresh, facts)
    fresh.replace(text)
    return facts


def _fed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    held = b""
    for chunk in chunks:
        text = held + chunk
        held = CR if text.endswith(CR) else b""
        yield text[: len(text) - len(held)].replace(b"\r\n", LF).replace(CR, LF)
    yield held.replace(CR, LF)


def _cut_trailer(text: Path, layout: Format, facts: Facts) -> int | None:
    """The number of rows that the last line claims; the line is taken out of the text. None when it is no trailer."""
    before, after = (re.escape(part.encode()) for part in (layout.trailer or "").split("{rows}", 1))
    with text.open("r+b") as file:
        size = file.seek(0, SEEK_END)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        bare = tail.rstrip(_BLANK)
        at = max(bare.rfind(LF), bare.rfind(CR)) + 1
        found = re.fullmatch(b"%s *([0-9]{1,18}) *%s" % (before, after), bare[at:].lstrip(b" "))
        if found is None or (at == 0 and size > _TAIL):
            return None
        file.truncate(size - len(tail) + at)
    facts.cut_off(tail[at:])
    return int(found[1])


def _counted(landed: Landed, layout: Format, expected: int) -> Landed | Unready:
    """The landed file when it has as many rows as its trailer says."""
    if landed.rows == expected and landed.plain:
        return landed
    from smc.import_.read.records import count

    rows = count(landed, layout)
    if rows != expected:
        return Unready(landed.name, f"its trailer says {expected} rows, and it has {rows}")
    return replace(landed, records=rows + landed.heads)
