"""The slow, exact reader: splits odd text into records, names what is wrong, and writes the good ones out again.

It is used only when the fast way met something: broken quotes, ragged rows, bytes that are no UTF-8, two counts that
differ, or refused rows in a file whose cells have line ends. A record costs some microseconds here.

A quote opens a quoted cell at the cell's beginning only (spaces may stand before it); elsewhere it is text. A record
whose quote never closes costs its first line; reading goes on with the next.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from smc.config.specs.feed import Format

LONGEST = 1_000_000
"""Bytes of the longest record that is taken."""

_SHOWN = 200
_UNCLOSED = "a quote is opened and never closed"


@dataclass(frozen=True, slots=True)
class Record:
    """A record and the line of the file it begins on, counting from 1. ``reason`` says why it cannot be read.

    ``short``: cells are missing, or the end of a quote.
    """

    line: int
    cells: list[str]
    reason: str = ""
    short: bool = False


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


def straighten(text: Path, width: int, layout: Format) -> Straightened:
    """Rewrite ``text`` beside itself; ``width`` is the number of cells that a record must have."""
    target, refused = text.with_name("import-good.landed"), text.with_name("import-bad.landed")
    good = bad = 0
    last = None
    with (
        text.open("rb") as file,
        target.open("w", encoding="utf-8", newline="") as out,
        refused.open("w", encoding="utf-8", newline="") as no,
    ):
        take = csv.writer(
            out, delimiter=layout.delimiter, quotechar=layout.quote, lineterminator="\n", quoting=csv.QUOTE_ALL
        )
        refuse = csv.writer(no, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for record in records(file, width, layout):
            last = record
            if record.reason:
                refuse.writerow((record.line, record.reason, record.cells[0][:_SHOWN]))
                bad += 1
            else:
                take.writerow((record.line, *record.cells))
                good += 1
        cut = last.line if last is not None and last.short and not _ended(file) else None
    return Straightened(target, refused, good, bad, cut)


def _ended(file: BinaryIO) -> bool:
    """Whether the last line has an end."""
    file.seek(-1, SEEK_END)
    return file.read(1) == b"\n"


def records(file: BinaryIO, width: int, layout: Format) -> Iterator[Record]:
    """Every record behind the header. Empty lines are no records, unless a record is a single cell."""
    lines, reader = _Lines(file), _Reader(layout.quote.encode(), layout.delimiter.encode())
    lines.skip(reader)
    while (line := lines.take()) is not None:
        if width > 1 and line in {b"", b"\r"}:
            continue
        number = lines.number
        cells = reader.split(line, lines)
        yield _judged(number, line, cells, width)


def _judged(number: int, line: bytes, cells: list[bytes] | None, width: int) -> Record:
    shown = [line.decode(errors="replace")]
    if cells is None:
        return Record(number, shown, _UNCLOSED, short=True)
    if len(cells) != width:
        reason = f"{len(cells)} cell{'s'[: len(cells) != 1]} instead of {width}"
        return Record(number, shown, reason, short=len(cells) < width)
    if sum(map(len, cells)) > LONGEST:
        return Record(number, shown, f"longer than {LONGEST} bytes")
    try:
        return Record(number, [cell.decode() for cell in cells])
    except UnicodeDecodeError:
        return Record(number, shown, "not UTF-8 text")


@dataclass(slots=True)
class _Lines:
    """Physical lines with look-ahead, so that a record that goes wrong costs only its first line."""

    file: BinaryIO
    number: int = 0
    ahead: deque[bytes] = field(default_factory=deque)

    def take(self) -> bytes | None:
        line = self.ahead.popleft() if self.ahead else self._next()
        self.number += 1
        return line

    def peek(self, index: int) -> bytes | None:
        while len(self.ahead) <= index:
            line = self._next()
            if line is None:
                return None
            self.ahead.append(line)
        return self.ahead[index]

    def drop(self, count: int) -> None:
        for _ in range(count):
            self.ahead.popleft()
        self.number += count

    def skip(self, reader: _Reader) -> None:
        """Pass over the header."""
        if (line := self.take()) is not None:
            reader.split(line.removeprefix(b"\xef\xbb\xbf"), self)

    def _next(self) -> bytes | None:
        line = self.file.readline()
        return line.removesuffix(b"\n") if line else None


class _Reader:
    def __init__(self, quote: bytes, delimiter: bytes) -> None:
        self.quote, self.delimiter = quote, delimiter
        q, d, pad = re.escape(quote), re.escape(delimiter), b"" if delimiter == b" " else b" *"
        self._opens = re.compile(pad + q)
        self._quoted = re.compile(b"%s%s((?:[^%s]++|%s%s)*+)%s%s(%s|\\Z)" % (pad, q, q, q, q, q, pad, d))
        self._closed = re.compile(b"%s%s(?:[^%s]++|%s%s)*+%s" % (pad, q, q, q, q, q))
        self._bare = re.compile(b"([^%s]*+)(%s|\\Z)" % (d, d))

    def split(self, line: bytes, lines: _Lines) -> list[bytes] | None:
        """Cells of the record that begins with ``line``; None when a quote is opened and never properly closed."""
        if self.quote not in line:
            return line.removesuffix(b"\r").split(self.delimiter)
        text, extra = line, 0
        while (cells := self._cells(text.removesuffix(b"\r"))) is None:
            more = lines.peek(extra)
            while more is not None and self.quote not in more and len(text) <= LONGEST:
                text, extra = text + b"\n" + more, extra + 1
                more = lines.peek(extra)
            if more is None or len(text) > LONGEST:
                return None
            text, extra = text + b"\n" + more, extra + 1
        if cells:
            lines.drop(extra)
        return cells or None

    def _cells(self, text: bytes) -> list[bytes] | None:
        """None: more lines are needed. Empty: text stands behind a closing quote, more lines cannot help."""
        cells, at = [], 0
        while True:
            quoted = self._opens.match(text, at) is not None
            found = (self._quoted if quoted else self._bare).match(text, at)
            if found is None:
                return [] if self._closed.match(text, at) else None
            cell: bytes = found[1]
            cells.append(cell.replace(self.quote * 2, self.quote) if quoted else cell)
            at = found.end()
            if not found[2]:
                return cells
