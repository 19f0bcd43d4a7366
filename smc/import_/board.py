"""What those who watch an import are told: bytes every few seconds, and the share of the work that is behind."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

EVERY_S = 3.0


@dataclass(slots=True)
class Board:
    """Written to by all threads of an import, one at a time.

    ``total``: bytes that are known to come, each counted twice, once when it is fetched and once when it is read.
    """

    say: Callable[[str], None]
    moved: Callable[[float], None]
    total: int = 0
    _behind: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _next: float = field(default_factory=lambda: monotonic() + EVERY_S)

    def tell(self, text: str) -> None:
        with self._lock:
            self.say(text)

    def at(self, label: str, doing: str, have: int, size: int | None) -> None:
        """``have`` bytes of a file are fetched or read."""
        with self._lock:
            self._behind[label, doing] = have
            if monotonic() < self._next:
                return
            self._next = monotonic() + EVERY_S
            self.say(f"{label}: {doing} {_shown(have, size)}")
            self._move()

    def done(self, label: str, size: int | None) -> None:
        """A file is behind, whatever became of it."""
        with self._lock:
            for doing in ("fetched", "read"):
                self._behind[label, doing] = size or 0
            self._move()

    def _move(self) -> None:
        if self.total:
            self.moved(min(sum(self._behind.values()) / self.total, 1.0))


def _shown(have: int, size: int | None) -> str:
    if not size:
        return f"{have / 1e6:,.1f} MB"
    return f"{have / 1e6:,.1f} of {size / 1e6:,.1f} MB ({100 * have // size} %)"


def watched(stream: BinaryIO, board: Board, label: str, size: int | None) -> BinaryIO:
    """A stream that tells the board how far it is read."""
    return cast("BinaryIO", _Watched(stream, board, label, size))


class _Watched(io.RawIOBase):
    def __init__(self, stream: BinaryIO, board: Board, label: str, size: int | None) -> None:
        super().__init__()
        self._stream = stream
        self._board = board
        self._label = label
        self._size = size
        self._have = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(size)
        self._have += len(chunk)
        self._board.at(self._label, "read", self._have, self._size)
        return chunk

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        chunk = self.read(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
