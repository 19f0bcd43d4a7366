"""What remote sources share: streams that know how long they must be, and names that are safe to use."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, BinaryIO, TypeVar
from urllib.parse import quote

from smc.errors import FeedError, FileChangedError, SourceDownError
from smc.import_.sources.source import RemoteFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 1 << 20
_SAID = 200
_SHORT = 4

Look = TypeVar("Look")


class _Counted(io.RawIOBase):
    """Bytes that ``read`` gives until it gives none; ``left`` of them must come when it is known."""

    def __init__(self, read: Callable[[int], bytes], done: Callable[[], None], left: int | None, where: str) -> None:
        super().__init__()
        self._read = read
        self._done = done
        self._left = left
        self._where = where

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        chunk = self._read(len(view))
        view[: len(chunk)] = chunk
        if self._left is not None:
            if not chunk and self._left:
                raise SourceDownError(
                    f"the connection broke off {self._left} bytes before the end of the file",
                    where=self._where,
                    remedy="Run the import again; it goes on where it stopped.",
                )
            if len(chunk) > self._left:
                raise changed(self._where)
            self._left -= len(chunk)
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            try:
                self._done()
            finally:
                super().close()


class _Arriving(io.BufferedReader):
    """``read(n)`` gives what has come and does not wait for n bytes, so that none are lost when the line breaks."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size) if size is None or size < 0 else self.read1(size)


def stream(
    read: Callable[[int], bytes], done: Callable[[], None], *, left: int | None, where: str, skip: int = 0
) -> BinaryIO:
    """A file to read from. ``read(n)`` gives 1 to n bytes, none at the end; ``done`` is called once, when it is closed.

    ``left`` is how many bytes must come: fewer raise ``SourceDownError``, more raise ``FeedError``. The first ``skip``
    bytes are passed over, from a server that cannot begin in the middle; they count in ``left``.
    """
    counted = _Counted(read, done, left, where)
    try:
        while skip and (passed := counted.read(min(skip, _BLOCK))):
            skip -= len(passed)
    except BaseException:
        counted.close()
        raise
    return _Arriving(counted, _BLOCK)


def said(words: object, *secrets: str) -> str:
    """What a server or a library said, on one short line, and without our secrets should it repeat them.

    A secret of less than four characters is taken out where it stands alone: it is a part of too many words.
    """
    text = str(words)
    for secret in filter(None, secrets):
        for form in {secret, quote(secret, safe="", errors="replace"), ascii(secret)[1:-1]}:
            alone = len(form) < _SHORT
            text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", "…", text) if alone else text.replace(form, "…")
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _SAID else line[:_SAID] + "…"


def changed(where: str) -> FileChangedError:
    """What to raise when a file is no longer the one that was listed."""
    return FileChangedError(
        "the file has changed since it was listed",
        where=where,
        remedy="Nothing of it is loaded; the next run takes it as it is then. "
        "When it is still being written, set ready.settle or ready.marker of the feed.",
    )


def matching(files: Iterable[RemoteFile], pattern: str, where: str) -> list[RemoteFile]:
    """The files whose names match a shell pattern, in order of name, each once.

    A matching name that is no name of a file here (a path, ``..``, control characters) is listed as one that cannot be
    used: to pass over it would lose a file without a word.
    """
    found = once(((file.name, file) for file in files), pattern, where)
    return [found[name] if is_safe(name) else _unusable(name) for name in sorted(found)]


def _unusable(name: str) -> RemoteFile:
    return RemoteFile(ascii(name)[1:-1], bad="its name has a slash, a control character or broken letters")


def once(looks: Iterable[tuple[str, Look]], pattern: str, where: str) -> dict[str, Look]:
    """What a list says of each name that matches; raises ``FeedError`` when it says two things of one name."""
    found: dict[str, Look] = {}
    for name, look in looks:
        if fnmatchcase(name, pattern) and found.setdefault(name, look) != look:
            raise FeedError(
                f"the list of files names {name!a} twice, and not as the same file",
                where=where,
                remedy="Run the import again. When it stays so, ask the server's owner which of the two it is.",
            )
    return found


def is_safe(name: str) -> bool:
    """Whether a name from a server is the name of a file and nothing else."""
    odd = any(sign == "/" or unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in name)
    return name not in {"", ".", ".."} and not odd


def parts_below(folder: str | None) -> tuple[str, ...]:
    """The folders of ``after.folder``, one below the other. Raises ``FeedError`` where it leads out of the source."""
    parts = tuple(part for part in (folder or "").split("/") if part)
    if not parts or (folder or "").startswith("/") or not all(is_safe(part) for part in parts):
        raise FeedError(
            f"files cannot be moved to {folder!r}: it must be a folder below the source's folder",
            remedy="Write after.folder like 'done' or 'done/old', without a slash at the beginning and without '..'.",
        )
    return parts
