"""What the import asks of a source."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Protocol

from smc.config.specs.feed import After

_UNFINISHED = ("*.part", "*.filepart", "*.tmp", "*.crdownload", "*.swp", ".*", "*~")


def is_unfinished(name: str) -> bool:
    """Whether a file is still being copied or edited, by the name that programs give it meanwhile."""
    return any(fnmatchcase(name.lower(), pattern) for pattern in _UNFINISHED)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file, or a batch of rows or messages, as its source lists it.

    ``name`` is what the ledger shows; it has no folder. ``size`` in bytes and ``changed`` (aware, UTC) are None where
    the source cannot tell. ``version`` is another whenever the bytes are others (ETag, revision, time of change in
    nanoseconds); empty where the source has nothing of the kind. ``state`` is what the feed remembers once the file is
    loaded, such as the highest mark of a query; it is handed to the next ``Source``. ``bad``: why the file cannot be
    read, its ``name`` being one that can be shown; it is said every time, and the other files go on.
    """

    name: str
    size: int | None = None
    changed: datetime | None = None
    version: str = ""
    state: str = ""
    bad: str = ""


class Source(Protocol):
    """A place with files. Made as ``Source(place, root, state)``: the feed's settings, the project's folder, and the
    ``state`` of the last file that was loaded (empty at first).

    It connects when first asked and is used by one thread; other threads make their own, up to ``connections``.
    ``resumes``: ``open`` can begin behind ``offset``. ``ordered``: files must be loaded in the order listed, and a file
    that fails ends the feed for this run. ``bound``: a stream read to its end is of the version that was listed, or it
    has raised ``FileChangedError``; of other sources the listing is asked for again after each file.

    Every method raises ``FeedError`` when the place says no for good (a wrong password, no such folder, a host that is
    not who it should be), and ``SourceDownError`` when trying again can help (refused, reset, timed out, FTP 4xx, HTTP
    5xx). Both name host and port and what to do; neither ever shows a secret. A stream from ``open`` raises
    ``SourceDownError`` too when it breaks off: fewer bytes than there are never look like the end of a file.
    """

    connections: ClassVar[int]
    resumes: ClassVar[bool]
    ordered: ClassVar[bool]
    bound: ClassVar[bool]

    def __init__(self, place: Any, root: Path, state: str = "") -> None: ...

    def files(self, pattern: str) -> list[RemoteFile]:
        """Files whose name matches a shell pattern, in order of name; folders and their files are not listed."""
        ...

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        """The bytes of one of ``files``."""
        ...

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        """The file is loaded and committed: leave it, delete it, or move it; done twice it changes nothing.

        A move replaces a file of the same name; its folder is written out, without ``{as_of}``. ``rejected`` are lines
        that were not taken, counting from 1; sources of messages put those aside (dead letters) and acknowledge the
        others.
        """
        ...

    def close(self) -> None:
        """Hang up; safe to call twice."""
        ...
