"""Physical lines of a file, one at a time, in bounded memory however long they are."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

_BLOCK = 1 << 20
_ENDS = re.compile(rb"(\r\n|\n|\r)")


class Line(NamedTuple):
    """``end``: its line end; ``long``: only its beginning is here."""

    text: bytes
    end: bytes
    long: bool = False


@dataclass(slots=True)
class Lines:
    """Lines with look-ahead, so that a record that goes wrong costs only its first line.

    ``longest``: bytes beyond which a line is not kept; ``returns``: a CR alone ends a line too. ``number`` is that of
    the line taken last; ``passed``: lines that were taken and belong to no record, as whoever reads them counts.
    """

    file: BinaryIO
    longest: int
    returns: bool = False
    number: int = 0
    passed: int = 0
    _ahead: deque[Line] = field(default_factory=deque)
    _source: Iterator[Line] = field(init=False)

    def __post_init__(self) -> None:
        self._source = self._any_end() if self.returns else self._fed()

    def take(self) -> Line | None:
        line = self._ahead.popleft() if self._ahead else next(self._source, None)
        self.number += 1
        return line

    def peek(self, index: int) -> Line | None:
        while len(self._ahead) <= index:
            line = next(self._source, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[index]

    def drop(self, count: int) -> None:
        for _ in range(count):
            self._ahead.popleft()
        self.number += count

    def _fed(self) -> Iterator[Line]:
        most = self.longest + 2
        while raw := self.file.readline(most):
            if raw.endswith(b"\n"):
                yield _line(raw, self.longest)
            elif len(raw) < most:
                yield Line(raw.removesuffix(b"\r"), raw[len(raw.removesuffix(b"\r")) :], len(raw) > self.longest + 1)
            else:
                start = raw[: self.longest]
                while raw and not raw.endswith(b"\n"):
                    raw = self.file.readline(_BLOCK)
                yield Line(start, b"\n" if raw else b"", long=True)

    def _any_end(self) -> Iterator[Line]:
        held, long = b"", False
        while block := self.file.read(_BLOCK):
            *pieces, held = _ENDS.split(held + block)
            if not held and pieces and pieces[-1] == b"\r":
                # Its line feed may stand in the next block.
                held = pieces.pop(-2) + pieces.pop()
            for text, end in zip(pieces[::2], pieces[1::2], strict=True):
                yield (
                    Line(text[: self.longest], end, long=True) if long or len(text) > self.longest else Line(text, end)
                )
                long = False
            if len(held) > self.longest + 1:
                held, long = held[: self.longest] + held[-1:].strip(b"\n"), True
        if held:
            bare = held.removesuffix(b"\r")
            yield Line(bare, held[len(bare) :], long or len(bare) > self.longest)


def _line(raw: bytes, longest: int) -> Line:
    text = raw[:-2] if raw.endswith(b"\r\n") else raw[:-1]
    return Line(text, raw[len(text) :]) if len(text) <= longest else Line(text[:longest], raw[len(text) :], long=True)
