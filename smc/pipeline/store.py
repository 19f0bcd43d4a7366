"""The warehouse of a project: the live one under its lock, the published snapshot, and scratch copies of that."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from smc.errors import UsageError
from smc.project import Project
from smc.warehouse import Warehouse, sql, text_of
from smc.warehouse.connection import translated
from smc.warehouse.lock import run_lock
from smc.warehouse.migrate import is_current

SCRATCH = "scratch-"


def lock(project: Project, command: str, wait_s: float = 0) -> AbstractContextManager[None]:
    """The project's one lock."""
    path = project.path(project.settings.warehouse.path).with_suffix(".lock")
    return run_lock(path, command=command, started=datetime.now(UTC).isoformat(timespec="seconds"), wait_s=wait_s)


def open_warehouse(project: Project) -> Warehouse:
    return _open(project, project.path(project.settings.warehouse.path), read_only=False)


def open_snapshot(project: Project) -> Warehouse:
    """The last published state; it can be read while a run is writing."""
    return _open(project, snapshot_path(project), read_only=True)


@contextmanager
def open_published(project: Project) -> Iterator[Warehouse | None]:
    """The last published state for those who have something to say without it: None before the first run."""
    if not project.path(project.settings.warehouse.snapshot).exists():
        yield None
        return
    with open_snapshot(project) as snapshot:
        yield snapshot


def snapshot_path(project: Project) -> Path:
    """Where the published copy lies; ``UsageError`` when nothing has been published."""
    path = project.path(project.settings.warehouse.snapshot)
    if not path.exists():
        raise UsageError("there is no data yet", where=str(path), remedy="Run 'smc import' or 'smc run nightly' first.")
    return path


def _open(project: Project, path: Path, *, read_only: bool) -> Warehouse:
    settings = project.settings
    return Warehouse.open(
        path,
        timezone=settings.timezone,
        memory=settings.warehouse.memory,
        threads=settings.warehouse.threads,
        read_only=read_only,
    )


@contextmanager
def open_workspace(project: Project) -> Iterator[Warehouse]:
    """The snapshot for working something out in temporary tables, with room of their own; nothing is copied.

    A snapshot of an older smc, which lacks tables, is copied and brought up to date instead.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(_beside(snapshot_path(project)))
        warehouse = stack.enter_context(open_snapshot(project))
        if is_current(warehouse.connection):
            warehouse.run(f"set temp_directory = {text_of(sql('$folder', folder=str(folder)))}")
        else:
            warehouse = stack.enter_context(open_scratch(project))
        yield warehouse


@contextmanager
def open_scratch(project: Project) -> Iterator[Warehouse]:
    """A writable copy of the snapshot for working something out; it is removed when the block ends."""
    source = snapshot_path(project)
    with _beside(source) as folder:
        copy = folder / "scratch.duckdb"
        with translated(copy):
            shutil.copyfile(source, copy)
        with _open(project, copy, read_only=False) as warehouse:
            yield warehouse


@contextmanager
def _beside(source: Path) -> Iterator[Path]:
    """A folder of its own beside the snapshot, or where temporary files lie; it is removed when the block ends."""
    _sweep(source.parent)
    beside = source.parent if os.access(source.parent, os.W_OK) else None
    with TemporaryDirectory(prefix=SCRATCH, dir=beside) as folder:
        yield Path(folder)


def _sweep(folder: Path) -> None:
    """Scratch copies that a killed command left behind; nobody works in one for a day."""
    old = datetime.now(UTC).timestamp() - timedelta(days=1).total_seconds()
    for left in folder.glob(f"{SCRATCH}*"):
        if left.stat().st_mtime < old:
            shutil.rmtree(left, ignore_errors=True)


def last_day(warehouse: Warehouse, as_of: date | None, stage: Literal["metric", "segment"] = "metric") -> date:
    """The day asked for, or the last one for which the stage worked."""
    found: date | None = as_of or warehouse.value("select as_of from watermark where name = $name", name=stage)
    if found is None:
        raise UsageError("nothing has been computed yet", remedy="Run 'smc compute' or 'smc run nightly' first.")
    return found
