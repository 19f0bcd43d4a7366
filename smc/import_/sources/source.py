"""What the import asks of a source."""

from __future__ import annotations

from typing import BinaryIO, Protocol


class Source(Protocol):
    """A place with files. Made as ``Source(place, root)``: the feed's settings and the project's folder."""

    def names(self, pattern: str) -> list[str]:
        """Names of the files that match a shell pattern, sorted. ``FeedError`` when the place cannot be read."""
        ...

    def open(self, name: str) -> BinaryIO:
        """The bytes of one of ``names``, as a stream. ``FeedError`` when they cannot be had."""
        ...
