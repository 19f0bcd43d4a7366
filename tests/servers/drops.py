"""A server with a folder of drops, as tests see it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any


@dataclass(frozen=True, slots=True)
class DropServer:
    """``place`` is what stands in YAML below the kind of source; ``folder`` is the same place on disk.

    What tests put there belongs to ``owner`` (user and group id), when that is another user.
    """

    place: dict[str, Any]
    folder: Path
    port: int
    owner: tuple[int, int] | None = None

    def put(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        if not path.parent.exists():
            self.make(str(path.parent.relative_to(self.folder)))
        path.write_bytes(data)
        self._own(path)
        return path

    def get(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def names(self) -> list[str]:
        """Every file below the folder, those of folders too."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def make(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir()
        self._own(path)
        return path

    def room(self) -> DropServer:
        """An empty folder of its own on the same server."""
        name = f"room-{token_hex(4)}"
        path = str(self.place["path"]).rstrip("/") + "/" + name
        return replace(self, place={**self.place, "path": path}, folder=self.make(name))

    def _own(self, path: Path) -> None:
        if self.owner is not None:
            os.chown(path, *self.owner)
