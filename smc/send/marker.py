"""How far the outbox has come, kept in a small file beside it: so that an older copy put in its place is noticed.

The file is written after a commit and read before the database, so it is never ahead of the outbox it belongs to.
"""

from __future__ import annotations

import os
from pathlib import Path

from smc.errors import RunError
from smc.send.outbox import Outbox
from smc.send.outbox_engine import ours

REMEDY = "See 'Restoring a backup' in docs/operations.md; 'smc send --accept-restored' goes on with what is there."


def write(outbox: Outbox) -> None:
    """Note the outbox's id and highest number."""
    _write(outbox, f"{outbox.id}:{outbox.seq}")


def begin(outbox: Outbox) -> None:
    """While a restored outbox is mended: what is written here fits no outbox, so nothing is sent until ``write``."""
    _write(outbox, "mending:0")


def behind(outbox: Outbox) -> bool:
    """Whether the outbox is another one than the file speaks of, or has not come as far."""
    seen = _read(_path(outbox.path))
    return seen is not None and (seen[0] != outbox.id or seen[1] > outbox.seq)


def refuse_older(outbox: Outbox) -> None:
    """Before anything is sent: what an older copy calls queued may have left."""
    if behind(outbox):
        raise RunError(
            "the outbox is older than what was sent from here, or another one: letters could go out twice",
            where=str(outbox.path),
            remedy=REMEDY,
        )


def _read(path: Path) -> tuple[str, int] | None:
    """None when there is no file; one that a power cut left unfinished says nothing either."""
    try:
        of, _, number = path.read_text(encoding="ascii", errors="replace").strip().partition(":")
    except FileNotFoundError:
        return None
    return (of, int(number)) if number.isdecimal() else None


def _write(outbox: Outbox, text: str) -> None:
    path = _path(outbox.path)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(f"{text}\n", encoding="ascii")
        fresh.replace(path)
    except OSError as error:
        raise ours(str(error), path) from error


def _path(outbox: Path) -> Path:
    return outbox.with_name(outbox.name + ".senders") / "highest"
