"""Look at the sources of feeds without loading anything: is each reachable, and what is new there?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from smc.config.specs.base import Spec
from smc.config.specs.feed import FeedSpec
from smc.config.specs.source import kind_of, place_of
from smc.errors import FeedError
from smc.import_ import ledger
from smc.import_.fetch.origin import Link, Origin
from smc.import_.fetch.ready import RENAME, Listing, listing
from smc.import_.fetch.seen import Seen
from smc.import_.sources.source import RemoteFile
from smc.warehouse import Warehouse

_WHERE = ("endpoint", "bucket", "prefix", "url", "host", "port", "path", "database", "virtual_host", "queue")


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """A feed and where its files come from, without anything secret."""

    feed: str
    kind: str
    place: str
    files: str
    after: str


_BY_CONTENT = "this name was loaded; the import compares the contents"


@dataclass(frozen=True, slots=True)
class FileLook:
    """``size`` in bytes and ``changed`` (UTC) are None where the source does not tell."""

    feed: str
    file: str
    size: int | None
    changed: datetime | None
    state: Literal["new", "known", "waiting"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What the sources showed. ``reached``: feed → number of files; ``failures`` in words."""

    reached: Mapping[str, int]
    files: tuple[FileLook, ...]
    failures: tuple[str, ...]


def places(feeds: Mapping[str, FeedSpec]) -> list[FeedPlace]:
    """Every feed in order of name."""
    return [
        FeedPlace(name, kind_of(feed.source), place_text(place_of(feed.source)), feed.files, _after(feed))
        for name, feed in sorted(feeds.items())
    ]


def place_text(place: Spec) -> str:
    """Host, folder and the like; no user, no password, no query."""
    told = {name: getattr(place, name) for name in _WHERE if getattr(place, name, None) not in {None, ""}}
    if "url" in told:
        parts = urlsplit(str(told["url"]))
        told["url"] = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    if "host" in told and "port" in told:
        told["host"] = f"{told['host']}:{told.pop('port')}"
    return " ".join(str(value) for value in told.values())


def look(
    feeds: Mapping[str, FeedSpec], *, root: Path, warehouse: Warehouse | None, parallel: int, now: datetime
) -> Look:
    """Ask every source once what it has. ``warehouse`` is only read; without one every file is new."""
    known = {name: None if warehouse is None else Seen.of(warehouse, name) for name in feeds}
    states = {name: "" if warehouse is None else ledger.state_of(warehouse, name) for name in feeds}
    with ThreadPoolExecutor(parallel) as pool:
        asked = {
            name: pool.submit(_listed, name, feed, root, states[name], now) for name, feed in sorted(feeds.items())
        }
    reached, files, failures = {}, list[FileLook](), []
    for name, answer in asked.items():
        try:
            listed = answer.result()
        except FeedError as error:
            failures.append(f"feed {name}: {error}")
            continue
        failures += [f"feed {name}: {file.name}: {file.bad}. {RENAME}" for file in listed.bad]
        reached[name] = len(listed.ready) + len(listed.waiting)
        loaded = frozenset[str]() if warehouse is None else ledger.names(warehouse, name)
        files += _looks(name, listed, known[name], loaded)
    return Look(reached, tuple(files), tuple(failures))


def _listed(name: str, feed: FeedSpec, root: Path, state: str, now: datetime) -> Listing:
    link = Link(Origin.of(name, feed, root), state)
    try:
        return listing(link.source, feed, now)
    finally:
        link.hang_up()


def _looks(feed: str, listed: Listing, seen: Seen | None, loaded: frozenset[str]) -> Iterator[FileLook]:
    reasons: dict[RemoteFile, str] = {item.file: item.reason for item in listed.waiting}
    for file in sorted((*listed.ready, *reasons), key=lambda file: file.name):
        state: Literal["new", "known", "waiting"] = "new"
        if file in reasons:
            state = "waiting"
        elif seen is not None and seen.sha256(file) is not None:
            state = "known"
        elif file.name in loaded:
            reasons[file] = _BY_CONTENT
        yield FileLook(feed, file.name, file.size, file.changed, state, reasons.get(file, ""))


def _after(feed: FeedSpec) -> str:
    return f"move to {feed.after.folder}" if feed.after.folder else feed.after.action
