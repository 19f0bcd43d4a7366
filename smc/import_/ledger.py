"""The ledger of files: what was taken or refused, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from smc.import_.land.landing import BadFile, Landed
from smc.import_.load.merge import Merged
from smc.import_.quality import FieldLook
from smc.import_.result import FileResult
from smc.warehouse import Warehouse, statement

MOST = 10_000
"""Rejects that are kept of a refused file: enough to see why. Of a loaded file every one is kept."""

NOTHING = Merged(0, 0, 0, None)
_ALL = 2**62


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a file so far. ``source``: the kind; ``state``: what the feed remembers once it is loaded.

    ``merged``: rows of the file and the amount of their finest object; ``parts``: of each object by name; ``vanished``:
    rows that the mode of the feed took out or marked; ``part_of``: the file whose rejects this one brings again, those
    of the lines ``replayed``.
    """

    feed: str
    file: Landed | BadFile
    as_of: date
    changed: bool
    source: str = ""
    state: str = ""
    read: int = 0
    rejected: int = 0
    duplicate: int = 0
    merged: Merged = NOTHING
    parts: tuple[tuple[str, Merged], ...] = ()
    looks: tuple[FieldLook, ...] = ()
    vanished: int | None = None
    part_of: int | None = None
    replayed: tuple[int, ...] = ()

    @property
    def balanced(self) -> bool:
        return self.read == self.merged.accepted + self.merged.unchanged + self.rejected + self.duplicate


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was loaded, by its name, in the run of ``day``."""

    file_key: int
    name: str
    day: date


def taken(warehouse: Warehouse, feed: str, name: str, sha256: str) -> Taken | None:
    """The loaded file of the feed with these bytes, the newest of this name before those of others."""
    found = warehouse.rows(_query("ledger_taken"), feed=feed, name=name, sha256=sha256)
    return Taken(*found[0]) if found else None


def last_hash(warehouse: Warehouse, feed: str, name: str | None) -> str | None:
    """Of the last file of this name that the feed has loaded; without a name, of the last of all."""
    found: str | None = warehouse.value(_query("ledger_last"), feed=feed, name=name)
    return found


def is_known(warehouse: Warehouse, feed: str, sha256: str) -> bool:
    """Whether the feed has ever loaded these bytes."""
    return bool(warehouse.value(_query("ledger_known"), feed=feed, sha256=sha256))


def names(warehouse: Warehouse, feed: str) -> frozenset[str]:
    """Names of the files that the feed has loaded."""
    return frozenset(row[0] for row in warehouse.rows(_query("ledger_names"), feed=feed))


def hashes(warehouse: Warehouse, feed: str, name: str) -> frozenset[str]:
    """Of the files of this name that the feed has loaded."""
    return frozenset(row[0] for row in warehouse.rows(_query("ledger_named"), feed=feed, name=name))


def rejected_lines(warehouse: Warehouse, feed: str, sha256: str) -> tuple[int, ...]:
    """Lines of a loaded file that were not taken, counting from 1."""
    return tuple(row[0] for row in warehouse.rows(_query("ledger_lines"), feed=feed, sha256=sha256))


def state_of(warehouse: Warehouse, feed: str) -> str:
    """What the feed remembers of its last load; empty at first."""
    return str(warehouse.value(_query("state_of"), feed=feed) or "")


def keep_state(warehouse: Warehouse, feed: str, state: str) -> None:
    """Remember; inside the transaction of the load, or alone when the bytes were known already."""
    warehouse.run(_query("state_forget"), feed=feed)
    warehouse.run(_query("state_add"), feed=feed, state=state)


def loaded_on(warehouse: Warehouse, feed: str, as_of: date) -> int:
    """Number of files that the feed has loaded in the runs of a day."""
    return int(warehouse.value(_query("ledger_night"), feed=feed, as_of=as_of))


def arrived_on(warehouse: Warehouse, feed: str, as_of: date) -> int:
    """Number of files that came in the runs of a day and whose bytes were known."""
    return int(warehouse.value(_query("arrived_on"), feed=feed, as_of=as_of))


def accept(warehouse: Warehouse, entry: Entry) -> FileResult:
    """Write the row of a loaded file and what the feed remembers, inside the transaction that loads it."""
    if entry.state:
        keep_state(warehouse, entry.feed, entry.state)
    return _write(warehouse, entry, "loaded", "", _ALL)


def refuse(warehouse: Warehouse, entry: Entry, reason: str) -> FileResult:
    """Write the row of a refused file with its first rejects, in a transaction of its own."""
    with warehouse.transaction():
        return _write(warehouse, entry, "refused", reason, MOST)


def _write(
    warehouse: Warehouse, entry: Entry, state: Literal["loaded", "refused"], reason: str, most: int
) -> FileResult:
    file, merged = entry.file, entry.merged
    for name in ("ledger_forget_rejects", "ledger_forget_cells", "ledger_forget"):
        warehouse.run(_query(name), feed=entry.feed, name=file.name, sha256=file.sha256)
    warehouse.run(
        _query("ledger_add"),
        feed=entry.feed, name=file.name, sha256=file.sha256, bytes=file.bytes, state=state, reason=reason or None,
        source=entry.source or None,
        changed=entry.changed, as_of=entry.as_of, read=entry.read, accepted=merged.accepted,
        unchanged=merged.unchanged, rejected=entry.rejected, duplicate=entry.duplicate, amount=merged.amount,
        vanished=entry.vanished, part_of=entry.part_of,
    )  # fmt: skip
    if state == "loaded" and entry.part_of is None:  # how it looked before is no longer how its last bytes looked
        warehouse.run(_query("seen_forget"), feed=entry.feed, name=file.name)
    for query in ("ledger_rejects", "ledger_cells"):
        warehouse.run(_query(query), most=most)
    if state == "loaded":
        _write_parts(warehouse, entry)
        if entry.replayed:
            warehouse.run(_query("replayed"), part_of=entry.part_of, lines=list(entry.replayed))
    return FileResult(
        entry.feed, file.name, state, reason, entry.changed, entry.read, merged.accepted, merged.unchanged,
        entry.rejected, entry.duplicate, merged.amount,
    )  # fmt: skip


def _write_parts(warehouse: Warehouse, entry: Entry) -> None:
    """What the file did to each object, and how its fields look: of loaded files only."""
    for name, part in entry.parts:
        warehouse.run(
            _query("ledger_part"),
            object=name, accepted=part.accepted, unchanged=part.unchanged, amount=part.amount,
        )  # fmt: skip
    if entry.looks:
        warehouse.run(
            _query("ledger_field"),
            fields=[one.field for one in entry.looks], good=[one.good for one in entry.looks],
            filled=[one.filled for one in entry.looks], invalid=[one.invalid for one in entry.looks],
            fresh=[one.fresh for one in entry.looks],
        )  # fmt: skip


def _query(name: str) -> str:
    return statement("smc.import_", name)
