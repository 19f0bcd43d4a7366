"""Messages as files, letters ``KEY.eml`` and the rest ``KEY.json``: for trials, and for programs that take them on."""

from __future__ import annotations

import os
from pathlib import Path

from smc.config.specs.channel import FileRoute
from smc.send.channels.base import Accepted, NotSent, Outcome, Parcel


class FileChannel:
    """A file is there whole or not at all. One that is there already was accepted before, so nothing doubles."""

    slots = 16
    idempotent = True
    outward = False

    def __init__(self, route: FileRoute, root: Path) -> None:
        self._folder = root / route.folder

    async def send(self, parcel: Parcel) -> Outcome:
        target = self._folder / f"{parcel.message_key}{parcel.suffix}"
        try:
            if target.exists():
                return Accepted(None, "the file is there already")
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(target, parcel.data)
        except OSError as error:
            return NotSent(f"{self._folder}: {error.strerror}")
        return Accepted(None)

    async def close(self) -> None:
        """Nothing is held open."""


def _write(target: Path, data: bytes) -> None:
    """Bytes on disk under another name, then the name, then the folder: a power cut leaves all or nothing."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
