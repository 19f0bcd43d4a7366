"""Who is sending: every sender process holds a lock file beside the outbox; the kernel lets go of it when it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

_number = count(1)


@contextmanager
def sender(outbox: Path, started: datetime) -> Iterator[str]:
    """A name for this sender, provably alive while the block runs."""
    owner = f"{os.getpid()}-{started:%Y%m%dT%H%M%S%f}-{next(_number)}"
    path = _lock_path(outbox, owner)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield owner
        finally:
            path.unlink(missing_ok=True)


def dead(outbox: Path, owners: Iterable[str]) -> list[str]:
    """Those owners of claims whose process is gone."""
    return [owner for owner in owners if not _alive(_lock_path(outbox, owner))]


def forget(outbox: Path, owners: Iterable[str]) -> None:
    """Remove the lock files of the dead, once their claims are settled."""
    for owner in owners:
        _lock_path(outbox, owner).unlink(missing_ok=True)


def _lock_path(outbox: Path, owner: str) -> Path:
    return outbox.with_name(outbox.name + ".senders") / f"{owner}.lock"


def _alive(path: Path) -> bool:
    try:
        with path.open("r", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
