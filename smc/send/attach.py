"""Files that go with letters: read once at the hand-over, kept in the outbox, so that later changes do no harm."""

from __future__ import annotations

from collections.abc import Iterable
from mimetypes import MimeTypes
from pathlib import Path

from smc.errors import RenderError
from smc.model.file import MOST, File

_TYPES = MimeTypes()  # those of Python, the same on every machine


class Attachments:
    """The files of a run's letters, each read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[str, File | RenderError] = {}

    def of(self, paths: Iterable[str]) -> tuple[File, ...]:
        """Raises ``RenderError`` when one cannot be read, or they are too large together."""
        found = tuple(self._file(path) for path in paths)
        if sum(len(file.content) for file in found) > MOST:
            raise RenderError(f"its files have more than {MOST:,} bytes", where="attachments")
        return found

    def all(self) -> list[File]:
        """Those that were read."""
        return [file for file in self._read.values() if isinstance(file, File)]

    def _file(self, path: str) -> File:
        if path not in self._read:
            self._read[path] = self._try(self._root / path, path)
        found = self._read[path]
        if isinstance(found, RenderError):
            raise found
        return found

    @staticmethod
    def _try(file: Path, path: str) -> File | RenderError:
        try:
            if file.stat().st_size > MOST:
                return RenderError(f"the file has more than {MOST:,} bytes", where=path)
            content = file.read_bytes()
        except OSError as error:
            return RenderError(f"the file cannot be read: {error.strerror}", where=path)
        return File(file.name, _TYPES.guess_type(file.name)[0] or "application/octet-stream", content)
