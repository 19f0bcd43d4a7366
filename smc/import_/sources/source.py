"""What the import asks of a source."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import BinaryIO, Protocol

_UNFINISHED = ("*.part", "*.filepart", "*.tmp", "*.crdownload", "*.swp", ".*", "*~")


def is_unfinished(name: str) -> bool:
    """Whether a file is still being copied or edited, by the name that programs give it meanwhile."""
    return any(fnmatchcase(name.lower(), pattern) for pattern in _UNFINISHED)


class Source(Protocol):
    """A place with files. Made as ``Source(place, root)``: the feed's settings and the project's folder."""

    def names(self, pattern: str) -> list[str]:
        """Names of the files that match a shell pattern, sorted. ``FeedError`` when the place cannot be read."""
        ...

    def open(self, name: str) -> BinaryIO:
        """The bytes of one of ``names``, as a stream. ``FeedError`` when they cannot be had."""
        ...
