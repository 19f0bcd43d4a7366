"""Tasks that leave as files: accruals for the loyalty system, lists for the call centre.

The rows of a file are written down before it is made, so a killed run makes the same file again under the same name; it
appears in its folder whole or not at all. A run that finds more to hand over on the same day makes a further file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from smc import registry
from smc.config.specs.source import LocalPlace, SourceSpec, kind_of, place_of
from smc.errors import RunError, SmcError
from smc.send.tasks.batches import Batch, leave, made, settle
from smc.warehouse import Warehouse, sql, statement, text_of


class Target(Protocol):
    """A place that takes files; sources that have ``put`` are such places."""

    def __init__(self, place: Any, root: Path) -> None: ...

    def put(self, file: Path, name: str) -> None:
        """Store a file as ``name``; it appears there whole or not at all."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """Files that left, and why others did not."""

    files: int = 0
    problems: tuple[str, ...] = ()


def write_files(
    warehouse: Warehouse, kind: str, kinds: tuple[str, ...], source: SourceSpec | None, *, root: Path, as_of: date
) -> Written:
    """Files of ``accruals`` or ``calls`` with the tasks of ``kinds``. Without a source nothing is written; all wait."""
    if source is None:
        return Written()
    batches = made(warehouse, kind, kinds, as_of)
    if not batches:
        return Written()
    try:
        target = _target(source, root)
        try:
            for batch in batches:
                _write(warehouse, target, batch)
        finally:
            target.close()
    except (SmcError, OSError) as error:
        why = error.what if isinstance(error, SmcError) else f"{error.filename}: {error.strerror}"
        return Written(0, (f"{kind}: files cannot be handed over: {why}; the next run tries again",))
    return Written(len(batches))


def _target(source: SourceSpec, root: Path) -> Target:
    kind, place = kind_of(source), place_of(source)
    found: type[Target] = registry.load("smc.sources", kind)
    if not hasattr(found, "put"):
        raise RunError(f"{kind} takes no files")
    if isinstance(place, LocalPlace):
        (root / place.path).mkdir(parents=True, exist_ok=True)
    return found(place, root)


def _write(warehouse: Warehouse, target: Target, batch: Batch) -> None:
    query = sql(statement("smc.send.tasks", f"{batch.kind}_file"), batch=batch.key)
    with TemporaryDirectory() as folder:
        file = Path(folder) / batch.file
        warehouse.run(f"copy ({text_of(query)}) to $target (format csv, header true)", target=str(file))
        leave(warehouse, batch)
        target.put(file, batch.file)
    settle(warehouse, batch, "done")
