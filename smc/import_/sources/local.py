"""A folder on this machine."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, ClassVar

from smc.config.specs.feed import After
from smc.config.specs.source import LocalPlace
from smc.errors import FeedError, writing
from smc.import_.sources.source import RemoteFile
from smc.import_.sources.stream import changed, is_safe, matching, parts_below, stream

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class LocalSource:
    """Files that lie directly in a folder. A relative folder starts at the project's folder ``root``.

    A link is followed only to another file of the same folder. Pipes and devices are refused.
    """

    place: LocalPlace
    root: Path
    state: str = ""

    connections: ClassVar[int] = 4
    resumes: ClassVar[bool] = True
    ordered: ClassVar[bool] = False
    bound: ClassVar[bool] = True

    @property
    def folder(self) -> Path:
        return self.root / self.place.path

    def files(self, pattern: str) -> list[RemoteFile]:
        try:
            found = [RemoteFile(item.name) for item in self.folder.iterdir() if not item.is_dir()]
        except OSError as error:
            raise FeedError(
                f"the folder of the feed cannot be read: {error.strerror}",
                where=str(self.folder),
                remedy="Make the folder, or correct source.local.path of the feed.",
            ) from error
        return [file if file.bad else self._listed(file.name) for file in matching(found, pattern, str(self.folder))]

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        path = self._path(file)
        with _reading(path):
            if path.resolve(strict=True).parent != self.folder.resolve():
                raise FeedError(
                    "the name leads out of the feed's folder",
                    where=str(path),
                    remedy="Put the file itself into the folder instead of a link.",
                )
            # Without O_NONBLOCK the opening of a pipe waits for somebody who writes into it.
            handle = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0)
        try:
            _same(file, handle.fileno(), path)
            handle.seek(offset)
        except BaseException:
            handle.close()
            raise

        def read(size: int) -> bytes:
            with _reading(path):
                chunk = handle.read(size)
            if not chunk:
                _same(file, handle.fileno(), path)
            return chunk

        left = None if file.size is None else max(0, file.size - offset)
        return stream(read, handle.close, left=left, where=str(path))

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        """A newer file of the same name is left where it is: it is not what was loaded."""
        del rejected
        path = self._path(file)
        if after.action == "leave" or self._listed(file.name).version != file.version:
            return
        if after.action == "delete":
            with _changing(path, "deleted"):
                path.unlink()
            return
        target = self.folder.joinpath(*parts_below(after.folder))
        with _changing(path, "moved"):
            target.mkdir(parents=True, exist_ok=True)
            if not target.resolve().is_relative_to(self.folder.resolve()):
                raise FeedError(
                    "the folder for loaded files leads out of the feed's folder",
                    where=str(target),
                    remedy="Make it a folder instead of a link.",
                )
            path.replace(target / file.name)

    def put(self, file: Path, name: str) -> None:
        """Copy a file to ``name``, a path below the folder: first under another name, so that nobody reads half."""
        *folders, last = parts_below(name)
        target = self.folder.joinpath(*folders)
        fresh = target / f".{last}.{os.getpid()}.part"
        where = target / last
        with writing(where, "the file", FeedError, remedy="Give the user of smc the right to write to the folder."):
            if not self.folder.is_dir():
                raise NotADirectoryError(errno.ENOENT, "the folder of the feed is not there")
            target.mkdir(parents=True, exist_ok=True)
            if not target.resolve().is_relative_to(self.folder.resolve()):
                raise PermissionError(errno.EPERM, "it would lie outside of the feed's folder")
            try:
                with file.open("rb") as source, fresh.open("wb") as copy:
                    shutil.copyfileobj(source, copy, _BLOCK)
                    copy.flush()
                    os.fsync(copy.fileno())
                fresh.replace(where)
            finally:
                fresh.unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held."""

    def _path(self, file: RemoteFile) -> Path:
        if not is_safe(file.name):
            raise FeedError(f"the name {file.name!a} cannot be used", where=str(self.folder), remedy="Rename the file.")
        return self.folder / file.name

    def _listed(self, name: str) -> RemoteFile:
        try:
            known = (self.folder / name).stat()
        except OSError:  # a link to nothing, or gone since: opening it says why
            return RemoteFile(name)
        changed_at = datetime.fromtimestamp(known.st_mtime_ns // 10**9, UTC)
        return RemoteFile(name, known.st_size, changed_at, _version(known))


def _version(known: os.stat_result) -> str:
    return f"{known.st_mtime_ns}-{known.st_ino}-{known.st_size}"


def _same(file: RemoteFile, handle: int, path: Path) -> None:
    known = os.fstat(handle)
    if not S_ISREG(known.st_mode):
        raise FeedError("this is no file but a pipe or a device", where=str(path), remedy="Take it out of the folder.")
    if file.version and _version(known) != file.version:
        raise changed(str(path))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FeedError(
            f"the file cannot be read: {error.strerror}",
            where=str(path),
            remedy="Check that it is there, and its rights.",
        ) from error


@contextmanager
def _changing(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:  # somebody else was quicker: there is nothing left to do
        return
    except OSError as error:
        remedy = "Give the user of smc the right to change the folder."
        if error.errno == errno.EXDEV:
            remedy = "Put the folder for loaded files on the same disk."
        raise FeedError(
            f"the loaded file cannot be {what}: {error.strerror}", where=str(path), remedy=remedy
        ) from error
