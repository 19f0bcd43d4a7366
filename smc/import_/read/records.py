"""The slow, exact reader: splits odd text into records, names what is wrong, and writes the good ones out again.

It is used only when the fast way met something: broken quotes, ragged rows, bytes that are no text, two counts that
differ, comments, or refused rows in a file whose cells have line ends. A record costs some microseconds here.

A quote opens a quoted cell at the cell's beginning only (spaces may stand before it); elsewhere it is text. A record
whose quote never closes costs its first line; reading goes on with the next. An escape sign means something inside
quotes only, before a quote or another escape sign.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from smc.config.specs.feed import Format
from smc.errors import FeedError
from smc.import_.land.decode import not_text
from smc.import_.land.landing import Landed
from smc.import_.land.unpack import LIMITS
from smc.import_.read.lines import Line, Lines

_UNCLOSED = "a quote is opened and never closed"
_BEHIND = "text stands behind a closing quote; a quote within quotes must be doubled or escaped"
_MOST_LINES = 100_000


@dataclass(frozen=True, slots=True)
class Record:
    """A record and the line of the file it begins on, counting from 1. ``reason`` says why it cannot be read.

    ``short``: cells are missing, or the end of a quote. ``lines``: how many of the file it takes.
    """

    line: int
    cells: list[str]
    reason: str = ""
    short: bool = False
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Straightened:
    """``path``: the good records with their line as the first cell; ``rejects``: the others as line, reason, value.

    ``cut``: the line of the last record when it lacks cells, or the end of a quote, and has no line end.
    """

    path: Path
    rejects: Path
    good: int
    bad: int
    cut: int | None


def straighten(landed: Landed, header: Sequence[str], layout: Format) -> Straightened:
    """Rewrite a landed file beside itself as CSV with commas. ``header``: what ``read_header`` said.

    ``FeedError`` when there is no way to read it at all, or when the lines of its records and those that were passed
    over are not all the lines that the landing counted.
    """
    match layout.kind:
        case "csv":
            return write_straight(landed, lambda lines: _records(lines, len(header), layout))
        case "ndjson":
            from smc.import_.read.ndjson import objects

            return write_straight(landed, lambda lines: objects(lines, header))
        case "parquet":
            raise FeedError(
                "the Parquet file is damaged: it has a good footer and rows that cannot be read",
                where=landed.name,
                remedy="Have it sent again; nothing of it was loaded.",
            )


def write_straight(landed: Landed, read: Callable[[Lines], Iterator[Record]]) -> Straightened:
    """Sort the records of a text into good and bad ones, and write both down."""
    text = landed.path
    target, refused = text.with_name("import-good.landed"), text.with_name("import-bad.landed")
    good = bad = told = 0
    last = None
    with (
        text.open("rb") as file,
        target.open("w", encoding="utf-8", newline="") as out,
        refused.open("w", encoding="utf-8", newline="") as no,
    ):
        lines = Lines(file, landed.longest, landed.returns, landed.skipped)
        take, refuse = (csv.writer(to, lineterminator="\n", quoting=csv.QUOTE_ALL) for to in (out, no))
        for record in read(lines):
            last = record
            told += record.lines
            if record.reason:
                refuse.writerow((record.line, record.reason, record.cells[0].replace("\0", "\ufffd")))
                bad += 1
            else:
                take.writerow((record.line, *record.cells))
                good += 1
        cut = last.line if last is not None and last.short and not _ended(file) else None
    _all_told(landed, told + lines.passed)
    return Straightened(target, refused, good, bad, cut)


def _all_told(landed: Landed, told: int) -> None:
    if landed.lines is not None and told != landed.lines:
        raise FeedError(
            f"two counts of its lines disagree: {landed.lines} came, and the reader accounts for {told}",
            where=landed.name,
            remedy="This is a fault of smc: report it. Nothing of the file was loaded.",
        )


def _ended(file: BinaryIO) -> bool:
    """Whether the last line has an end."""
    file.seek(-1, SEEK_END)
    return file.read(1) in {b"\n", b"\r"}


def count(landed: Landed, layout: Format) -> int:
    """Rows of a landed file by the exact reader, good and bad ones."""
    with landed.path.open("rb") as file:
        if layout.kind == "ndjson":
            lines = Lines(file, landed.longest, landed.returns)
            return sum(line.long or bool(line.text.strip()) for line in iter(lines.take, None))
        first = first_record(file, landed, layout)
        width = len(layout.columns if isinstance(first, str) else first or layout.columns)
        file.seek(0)
        return sum(1 for _ in _records_of(file, landed, layout, width))


def _records_of(file: BinaryIO, landed: Landed, layout: Format, width: int) -> Iterator[Record]:
    lines = Lines(file, landed.longest, landed.returns, landed.skipped)
    return _records(lines, width, layout)


def records(file: BinaryIO, width: int, layout: Format, *, longest: int = LIMITS.line) -> Iterator[Record]:
    """Every record behind the header. Empty lines are no records, unless a record is a single cell."""
    return _records(Lines(file, longest), width, layout)


def first_record(file: BinaryIO, landed: Landed, layout: Format) -> list[bytes] | str:
    """Cells of the first record, or why it has none that can be read."""
    lines, reader = Lines(file, landed.longest, landed.returns), Reader(layout)
    line = reader.next(lines)
    return [] if line is None or line.long else reader.split(line, lines)


def _records(lines: Lines, width: int, layout: Format) -> Iterator[Record]:
    reader = Reader(layout)
    if layout.header and (head := reader.next(lines)) is not None:
        first = lines.number
        reader.split(head, lines)
        lines.passed += lines.number - first + 1
    while (line := reader.next(lines)) is not None:
        if width > 1 and not line.text:
            lines.passed += 1
            continue
        number = lines.number
        if line.long:
            yield Record(number, [line.text.decode(errors="replace")], f"longer than {lines.longest} bytes")
            continue
        record = _judged(number, line.text, reader.split(line, lines), width, layout, lines.longest)
        yield record if lines.number == number else replace(record, lines=lines.number - number + 1)


def _judged(  # noqa: PLR0917 - what a record is judged by
    number: int, line: bytes, cells: list[bytes] | str, width: int, layout: Format, longest: int
) -> Record:
    shown = [line.decode(errors="replace")]
    if isinstance(cells, str):
        return Record(number, shown, cells, short=True)
    if len(cells) != width:
        reason = f"{len(cells)} cell{'s'[: len(cells) != 1]} instead of {width}"
        return Record(number, shown, reason, short=len(cells) < width)
    if sum(map(len, cells)) > longest:
        return Record(number, shown, f"longer than {longest} bytes")
    if any(b"\0" in cell for cell in cells):
        return Record(number, shown, "a NUL character in the text")
    try:
        return Record(number, [cell.decode() for cell in cells])
    except UnicodeDecodeError:
        return Record(number, shown, not_text(layout.encoding, line))


class Reader:
    """Splits records into cells by the dialect of a feed."""

    def __init__(self, layout: Format) -> None:
        self.quote, self.delimiter = layout.quotes.encode(), layout.delimiter.encode()
        self.comment = None if layout.comment is None else layout.comment.encode()
        self.escape = (layout.escape or "").encode() or self.quote
        q, d, e = map(re.escape, (self.quote or b'"', self.delimiter, self.escape or b'"'))
        pad = b"" if self.delimiter == b" " else b" *"
        # Within quotes: anything but quote and escape sign, an escaped one, an escape sign before something else.
        inner = b"(?:[^%s%s]++|%s[%s%s]|%s(?![%s%s]))*+" % (q, e, e, q, e, e, q, e)
        if self.escape == self.quote:
            inner = b"(?:[^%s]++|%s%s)*+" % (q, q, q)
        self._opens = re.compile(pad + q)
        self._quoted = re.compile(b"%s%s(%s)%s%s(%s|\\Z)" % (pad, q, inner, q, pad, d))
        self._ends = re.compile(inner + q)
        self._closed = re.compile(b"%s%s%s%s" % (pad, q, inner, q))
        self._bare = re.compile(b"([^%s]*+)(%s|\\Z)" % (d, d))
        self._escaped = re.compile(b"%s([%s%s])" % (e, q, e))

    def next(self, lines: Lines) -> Line | None:
        """The next line that is no comment."""
        line = lines.take()
        while line is not None and self.comment is not None and line.text.startswith(self.comment):
            lines.passed += 1
            line = lines.take()
        return line

    def split(self, line: Line, lines: Lines) -> list[bytes] | str:
        """Cells of the record that begins with ``line``, or what is wrong with its quotes."""
        if not self.quote or self.quote not in line.text:
            return line.text.split(self.delimiter)
        cells: list[bytes] = []
        text, end, at, extra, size = line.text, line.end, 0, 0, len(line.text)
        while True:
            quoted = self._opens.match(text, at) is not None
            found = (self._quoted if quoted else self._bare).match(text, at)
            if found is not None:
                cells.append(self._escaped.sub(rb"\1", found[1]) if quoted else found[1])
                at = found.end()
                if not found[2]:
                    lines.drop(extra)
                    return cells
                continue
            if self._closed.match(text, at):
                # More lines cannot help. Of a quote that other lines seem to close, this one is the culprit.
                return _UNCLOSED if extra else _BEHIND
            if not (more := self._closing(lines, extra, size)):
                return _UNCLOSED
            text, at, end = text[at:] + end + _joined(more), 0, more[-1].end
            extra, size = extra + len(more), size + sum(len(part.text) for part in more)

    def _closing(self, lines: Lines, extra: int, size: int) -> list[Line]:
        """Lines ahead up to the one that closes an open quote; none when it is too far away or not there."""
        found: list[Line] = []
        while size <= lines.longest and len(found) < _MOST_LINES:
            more = lines.peek(extra + len(found))
            if more is None or more.long:
                break
            found.append(more)
            size += len(more.text)
            if self.quote in more.text and self._ends.match(more.text):
                return found
        return []


def _joined(lines: list[Line]) -> bytes:
    return b"".join(line.text + line.end for line in lines).removesuffix(lines[-1].end)
