"""The log of a project: one JSON line per event, with the run's id. Counts and ids only, never addresses or texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog


@contextmanager
def run_log(path: Path, run_id: str) -> Iterator[Any]:
    """A structlog logger that appends to ``path`` while the block runs. Rotate the file as you like between runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", buffering=1) as file:
        yield structlog.wrap_logger(
            structlog.WriteLogger(file),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            wrapper_class=structlog.BoundLogger,
            run=run_id,
        )
