"""The log of a project: one JSON line per event, with the run's id. Counts and ids only, never addresses or texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from typing import Any

import structlog

from smc.errors import writing


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Lines:
    """Appends each line at once; a place that refuses it is named."""

    path: Path
    file: RawIOBase

    def write(self, text: str) -> None:
        with _logging(self.path):
            self.file.write(text.encode())

    def flush(self) -> None:
        """There is nothing to flush: the file has no buffer."""


@contextmanager
def run_log(path: Path, run_id: str) -> Iterator[Any]:
    """A structlog logger that appends to ``path`` while the block runs. Rotate the file as you like between runs.

    Raises ``RunError`` when the file cannot be opened or written, ``DiskFullError``.
    """
    with _logging(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab", buffering=0)
    with file:
        yield structlog.wrap_logger(
            structlog.WriteLogger(_Lines(path, file)),  # type: ignore[arg-type] # it only writes and flushes
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            wrapper_class=structlog.BoundLogger,
            run=run_id,
        )


def _logging(path: Path) -> AbstractContextManager[None]:
    return writing(path, "the log", remedy="See who may write there, or name another file under 'log' in smc.yaml.")
