"""A folder on this machine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, ClassVar

from smc.config.specs.feed import After
from smc.config.specs.source import LocalPlace
from smc.errors import FeedError
from smc.import_.sources.source import RemoteFile


@dataclass(frozen=True, slots=True)
class LocalSource:
    """Files that lie directly in a folder. A relative folder starts at the project's folder ``root``."""

    connections: ClassVar[int] = 4
    resumes: ClassVar[bool] = True
    ordered: ClassVar[bool] = False

    place: LocalPlace
    root: Path
    state: str = ""

    @property
    def folder(self) -> Path:
        return self.root / self.place.path

    def files(self, pattern: str) -> list[RemoteFile]:
        try:
            found = [item.name for item in self.folder.iterdir() if not item.is_dir()]
        except OSError as error:
            raise FeedError(
                f"the folder of the feed cannot be read: {error.strerror}",
                where=str(self.folder),
                remedy="Make the folder, or correct source.local.path of the feed.",
            ) from error
        return [RemoteFile(name) for name in sorted(found) if fnmatchcase(name, pattern)]

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        path = self.folder / file.name
        try:
            if path.resolve(strict=True).parent != self.folder.resolve():
                raise FeedError(
                    "the name leads out of the feed's folder",
                    where=str(path),
                    remedy="Put the file itself into the folder instead of a link.",
                )
            stream = path.open("rb")
            stream.seek(offset)
            return stream
        except OSError as error:
            raise FeedError(f"the file cannot be read: {error.strerror}", where=str(path)) from error

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        """Only 'leave' for now."""

    def close(self) -> None:
        """Nothing is held open."""
