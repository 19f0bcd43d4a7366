"""The second opinion on how many rows a file has, and what its text is like, in one cheap look at each chunk."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from smc.config.specs.feed import Format

CHUNK = 1_000_000
"""Bytes; no more than the longest line by default, so that a chunk needs no cutting to be measured."""

LF, CR = b"\n", b"\r"
_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32), 127))
_WIDE = (b"\xc2", b"\xc2\xa0"), (b"\xe2", b"\xe2\x80\xaf"), (b"\xe2", b"\xe2\x80\x87"), (b"\xef", b"\xef\xbb\xbf")
"""No-break space, narrow no-break space, figure space, and the byte order mark as a space without width, in UTF-8.

Each behind its first byte, for which a chunk is searched much faster.
"""


@dataclass(slots=True)
class Counter:
    """Counts line ends outside quotes without parsing cells.

    ``end`` is the byte that ends a line; ``escape``: the sign that makes the next quote, or escape sign, text.

    Every quote toggles between outside and inside; a doubled quote toggles twice. That is exact for well-formed text.
    Without a ``quote`` every line end counts.
    """

    quote: bytes
    end: bytes = LF
    escape: bytes = b""
    outside: int = 0
    inside: int = 0
    quoted: bool = False
    unended: bool = False
    loose: bool = False
    """There are escape signs before something else."""

    _others: bytes = field(init=False)
    _pairs: re.Pattern[bytes] = field(init=False)
    _held: bytes = b""

    def __post_init__(self) -> None:
        self._others = bytes(set(range(256)) - {*self.quote, *self.end})
        sign = re.escape(self.escape)
        self._pairs = re.compile(b"%s(?:%s|%s)" % (sign, sign, re.escape(self.quote)))

    def feed(self, chunk: bytes) -> None:
        self.unended = not chunk.endswith(self.end)
        if self.escape and (self._held or self.escape in chunk):
            chunk = self._unescaped(self._held + chunk)
        if not self.quote or self.quote not in chunk:
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

    def _unescaped(self, chunk: bytes) -> bytes:
        """Without escaped quotes. An escape sign at the end of a chunk waits for what it stands before."""
        self._held = b""
        if (len(chunk) - len(chunk.rstrip(self.escape))) % 2:
            chunk, self._held = chunk[:-1], self.escape
        bare = self._pairs.sub(b"", chunk)
        self.loose = self.loose or self.escape in bare
        return bare

    def _add(self, ends: int, *, inside: bool) -> None:
        if inside:
            self.inside += ends
        else:
            self.outside += ends


@dataclass(slots=True)
class Facts:
    """What a text is like. ``longest``: bytes of the longest line that is taken."""

    layout: Format
    longest: int
    counter: Counter = field(init=False)
    size: int = 0
    returns: int = 0
    pairs: int = 0
    controls: bool = False
    nul: bool = False
    wide: bool = False
    spaces: bool = False
    comments: bool = False
    long: bool = False
    _tabs: bool = field(init=False)
    _comment: re.Pattern[bytes] | None = field(init=False)
    _last: bytes = LF
    _run: int = 0

    def __post_init__(self) -> None:
        self.counter = counter_of(self.layout)
        self._tabs = self.layout.kind != "csv" or self.layout.delimiter != "\t"
        sign = self.layout.comment
        self._comment = None if sign is None else re.compile(b"[\r\n]" + re.escape(sign.encode()))

    def feed(self, chunk: bytes) -> None:
        if len(chunk) <= self.longest:
            self._feed(chunk)
            return
        # A line that is too long always reaches over a border between two parts.
        for at in range(0, len(chunk), self.longest):
            self._feed(chunk[at : at + self.longest])

    def _feed(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self.counter.feed(chunk)
        if CR in chunk:
            self.returns += chunk.count(CR)
            self.pairs += chunk.count(b"\r\n")
        # A pair may be cut by the end of a chunk.
        self.pairs += self._last == CR and chunk.startswith(LF)
        self._look(chunk)
        self._measure(chunk)
        self._last = chunk[-1:]

    def _look(self, chunk: bytes) -> None:
        odd = len(chunk.translate(None, _CONTROLS)) < len(chunk)
        self.nul = self.nul or (odd and b"\0" in chunk)
        self.controls = self.controls or odd or (b"\t" in chunk and self._in_cells(chunk))
        self.spaces = self.spaces or b" " in chunk
        if not self.wide and not chunk.isascii():
            self.wide = any(first in chunk and sign in chunk for first, sign in _WIDE)
        if self._comment is not None and not self.comments:
            self.comments = self._comment.search(self._last + chunk) is not None

    def _in_cells(self, chunk: bytes) -> bool:
        """Whether tabs may stand in cells: where they part cells, only between quotes."""
        quote = self.counter.quote
        return self._tabs or self.counter.quoted or (quote != b"" and quote in chunk)

    def _measure(self, chunk: bytes) -> None:
        first = chunk.find(LF)
        self.long = self.long or self._run + (len(chunk) if first < 0 else first) > self.longest
        self._run = self._run + len(chunk) if first < 0 else len(chunk) - chunk.rfind(LF) - 1

    def cut_off(self, tail: bytes) -> None:
        """Forget the last bytes, which begin a line."""
        counter = self.counter
        gone = counter_of(self.layout)
        gone.quoted = counter.quoted
        gone.feed(tail)
        counter.outside -= gone.outside
        counter.inside -= gone.inside
        counter.unended = False
        self.size -= len(tail)
        self.returns -= tail.count(CR)
        self.pairs -= tail.count(b"\r\n")

    @property
    def lines(self) -> int:
        """Lines as they end, in quotes or not. Unlike that of records their number is sure whatever the text is."""
        ends = self.counter.outside + self.counter.inside + self.returns - self.pairs
        return ends + (self.counter.unended and self._last != CR)

    @property
    def newline(self) -> Literal[r"\n", r"\r\n"] | None:
        """How lines end, as DuckDB writes it; None when they end in several ways."""
        counter = self.counter
        if self.returns == 0:
            return r"\n"
        if self.returns == counter.outside == self.pairs and not counter.unended:
            return r"\r\n"
        return None

    @property
    def plain(self) -> bool:
        """Whether DuckDB reads the text as the exact reader would, if both find the same number of rows."""
        odd = self.nul or self.long or self.comments or self.counter.loose or self.counter.quoted
        return self.newline is not None and not odd


def counter_of(layout: Format, end: bytes = LF) -> Counter:
    """A counter for the dialect of a feed."""
    if layout.kind != "csv":
        return Counter(b"", end)
    return Counter(layout.quotes.encode(), end, (layout.escape or "").encode())
