"""Where the files of a feed come from, and one connection to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from smc.config.specs.feed import FeedSpec
from smc.config.specs.source import kind_of, place_of
from smc.errors import FeedError, UsageError
from smc.import_.fetch.wall import Walled, walled
from smc.import_.sources.source import Source
from smc.registry import load

_HERE = frozenset({"local", "spool"})
"""On this machine: nothing has to be downloaded."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A feed and the class of its source."""

    name: str
    feed: FeedSpec
    root: Path
    made: Any

    @classmethod
    def of(cls, name: str, feed: FeedSpec, root: Path) -> Self:
        """Raises ``FeedError`` when the kind of source is not installed."""
        try:
            return cls(name, feed, root, load("smc.sources", kind_of(feed.source)))
        except UsageError as error:
            raise FeedError(error.what, remedy=error.remedy) from error

    @property
    def live(self) -> bool:
        """Whether files are batches: listed, read and finished one after the other on the same connection."""
        return bool(self.made.ordered) or self.made.connections == 1

    @property
    def here(self) -> bool:
        return kind_of(self.feed.source) in _HERE

    @property
    def downloaded(self) -> bool:
        return not self.live and not self.here

    def connect(self, state: str = "") -> Source:
        with walled(self.name):
            source: Source = self.made(place_of(self.feed.source), self.root, state)
        return Walled(self.name, source)


@dataclass(slots=True)
class Link:
    """The source of one thread: made when first needed, and made anew after trouble."""

    origin: Origin
    state: str = ""
    _source: Source | None = None

    @property
    def source(self) -> Source:
        if self._source is None:
            self._source = self.origin.connect(self.state)
        return self._source

    def hang_up(self) -> None:
        """The next use connects again. Trouble with hanging up is none of ours: whatever was asked is done by then."""
        source, self._source = self._source, None
        if source is not None:
            try:
                source.close()
            except FeedError:
                return
