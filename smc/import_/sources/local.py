"""A folder on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from smc.config.specs.feed import LocalPlace
from smc.errors import FeedError


@dataclass(frozen=True, slots=True)
class LocalSource:
    """Files that lie directly in a folder. A relative folder starts at the project's folder ``root``."""

    place: LocalPlace
    root: Path

    @property
    def folder(self) -> Path:
        return self.root / self.place.path

    def names(self, pattern: str) -> list[str]:
        try:
            found = [item.name for item in self.folder.iterdir() if not item.is_dir()]
        except OSError as error:
            raise FeedError(
                f"the folder of the feed cannot be read: {error.strerror}",
                where=str(self.folder),
                remedy="Make the folder, or correct source.local.path of the feed.",
            ) from error
        return sorted(name for name in found if fnmatchcase(name, pattern))

    def open(self, name: str) -> BinaryIO:
        path = self.folder / name
        try:
            if path.resolve(strict=True).parent != self.folder.resolve():
                raise FeedError(
                    "the name leads out of the feed's folder",
                    where=str(path),
                    remedy="Put the file itself into the folder instead of a link.",
                )
            return path.open("rb")
        except OSError as error:
            raise FeedError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
