"""What the stages of one run share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from smc.pipeline.moment import Moment
from smc.pipeline.store import open_warehouse
from smc.project import Project
from smc.warehouse import Warehouse


class Progress(Protocol):
    """Says what is being done; ``done`` is the share of the run that is behind, 0 to 1, where it is known."""

    def __call__(self, text: str, done: float | None = None, /) -> None: ...


@dataclass(slots=True)
class Session:
    """What the stages of one run share. The warehouse is open only while a stage needs it.

    ``notes``: what people should know though nothing failed; ``feeds``: import these alone, None for all;
    ``refit``: fit the models of predictions anew; ``span``: the share of the run that was behind when the stage began,
    and the stage's own share; ``only``: stored figures that are asked for, None for all; ``results``:
    stage → what it returned.
    """

    project: Project
    moment: Moment
    progress: Progress
    full: bool = False
    refit: bool = False
    run_id: str = ""
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    feeds: frozenset[str] | None = None
    only: frozenset[str] | None = None
    span: tuple[float, float] = (0.0, 1.0)
    _open: Warehouse | None = None
    _text: str = ""

    @property
    def warehouse(self) -> Warehouse:
        if self._open is None:
            self._open = open_warehouse(self.project)
        return self._open

    def say(self, text: str) -> None:
        self._text = text
        self.progress(text)

    def move(self, share: float) -> None:
        """``share`` of the stage's work is behind, 0 to 1; its end is said by who runs it."""
        begin, width = self.span
        self.progress(self._text, begin + width * min(share, 1.0) * 0.99)

    def release(self) -> None:
        """Close the warehouse, so that others may use it while a stage works without it."""
        if self._open is not None:
            self._open.close()
            self._open = None


@contextmanager
def closing(session: Session) -> Iterator[Session]:
    try:
        yield session
    finally:
        session.release()
