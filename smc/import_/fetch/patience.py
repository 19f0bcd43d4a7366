"""Try again: a bounded number of times, with growing pauses that differ from file to file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Event
from typing import Any, TypeVar
from zlib import crc32

from smc.errors import SourceDownError

LONGEST_S = 300.0
"""No pause is longer."""
_SPREAD = 0.25

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """``attempts`` in a row that bring nothing; ``pause`` seconds before the second, doubled before each further.

    ``slot`` is held while an attempt lasts and not in the pauses, when others may use it.
    """

    attempts: int
    pause: float
    stop: Event = field(default_factory=Event)
    slot: AbstractContextManager[Any] = field(default_factory=nullcontext)

    def call(
        self,
        what: str,
        attempt: Callable[[], T],
        tell: Callable[[str], None],
        *,
        had: Callable[[], int] = lambda: 0,
        enough: int = 1,
    ) -> T:
        """What ``attempt`` gives. Only ``SourceDownError`` is tried again.

        ``had`` says how much there is: an attempt that brought ``enough`` more counts as a first one, so that a line
        which breaks again and again still brings a large file.
        """
        tried, most = 0, had()
        while True:
            try:
                with self.slot:
                    return attempt()
            except SourceDownError as error:
                now = had()
                tried = 1 if now >= most + enough else tried + 1
                most = max(most, now)
                if tried >= self.attempts or self.stop.is_set():
                    raise
                wait = self.wait_s(what, tried)
                tell(f"{what}: {error.what}; trying again in {wait:.0f} s")
                if self.stop.wait(wait):
                    raise

    def wait_s(self, what: str, tried: int) -> float:
        """Seconds before the next attempt. The spread keeps many files from knocking at the same moment."""
        spread = crc32(f"{what} {tried}".encode()) / 2**32 * _SPREAD
        return min(self.pause * 2.0 ** (tried - 1), LONGEST_S) * (1 + spread)
