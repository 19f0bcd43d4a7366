"""Which of the listed files are whole, and what the others wait for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from glob import escape

from smc.config.specs.feed import FeedSpec, Ready
from smc.errors import FeedError
from smc.import_.sources.source import RemoteFile, Source, is_unfinished

_NAME = "{name}"
RENAME = "Rename the file at its source, or narrow the pattern 'files' of the feed."
BY_NAME = "it is not whole yet by its name"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that is left for the next run, and why."""

    file: RemoteFile
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Files in the order of loading. ``markers``: marker name → the marker as it lies beside them; ``bad``: files that
    cannot be read, such as those with a name that is none here.
    """

    ready: tuple[RemoteFile, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    markers: Mapping[str, RemoteFile] = field(default_factory=dict)
    bad: tuple[RemoteFile, ...] = ()


def listing(source: Source, feed: FeedSpec, now: datetime) -> Listing:
    """What lies at the source, sorted out. ``now``: the real time, aware.

    Raises ``FeedError`` when the age of files counts and the source cannot tell it.
    """
    found = source.files(feed.files)
    marker = feed.ready.marker
    if marker is None:
        return sort_out(found, {}, feed.ready, now)
    pattern = "*".join(escape(part) for part in marker.split(_NAME))
    markers = {file.name: file for file in source.files(pattern) if not file.bad}
    return sort_out([file for file in found if file.name not in markers], markers, feed.ready, now)


def sort_out(found: list[RemoteFile], markers: Mapping[str, RemoteFile], ready: Ready, now: datetime) -> Listing:
    """``found``: files without their markers."""
    reasons = [(file, _reason(file, markers, ready, now)) for file in found if not file.bad]
    return Listing(
        tuple(file for file, reason in reasons if not reason),
        tuple(Waiting(file, reason) for file, reason in reasons if reason),
        markers,
        tuple(file for file in found if file.bad),
    )


def marker_name(marker: str, file: RemoteFile) -> str:
    return marker.replace(_NAME, file.name)


def is_shared(marker: str) -> bool:
    """Whether one marker stands for all files of the folder."""
    return _NAME not in marker


def _reason(file: RemoteFile, markers: Mapping[str, RemoteFile], ready: Ready, now: datetime) -> str:
    if is_unfinished(file.name):
        return BY_NAME
    return _unmarked(file, markers, ready) or _unsettled(file, ready, now)


def _unmarked(file: RemoteFile, markers: Mapping[str, RemoteFile], ready: Ready) -> str:
    if ready.marker is None:
        return ""
    name = marker_name(ready.marker, file)
    marker = markers.get(name)
    if marker is None:
        return f"its marker {name} is not there"
    if marker.changed is not None and file.changed is not None and marker.changed < file.changed:
        return f"its marker {name} is older than the file"
    return ""


def _unsettled(file: RemoteFile, ready: Ready, now: datetime) -> str:
    if not ready.settle:
        return ""
    if file.changed is None:
        raise FeedError(
            f"the source does not say when {file.name} was changed, so ready.settle cannot be kept",
            remedy="Use ready.marker, or format.trailer, instead of ready.settle.",
        )
    age = int((now - file.changed).total_seconds())
    if age < ready.settle:
        return f"it was changed {max(age, 0)} s ago, and ready.settle asks for {ready.settle} s"
    return ""
