"""One run at a time: an operating-system lock that dies with its owner, and a note beside it that names the owner."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from smc.errors import LockedError, writing

_PAUSE_S = 0.2


@contextmanager
def run_lock(path: Path, *, command: str, started: str, wait_s: float = 0) -> Iterator[None]:
    """Hold the lock of a project while the block runs.

    ``wait_s``: seconds to wait for another owner; after that ``LockedError`` names his pid, command and start.
    The lock is ``flock``: the kernel lets go of it when the process ends, however it ends. Raises ``RunError`` when the
    lock's file cannot be made or written, ``DiskFullError``.
    """
    remedy = "See who may write there, or name another 'warehouse: path' in smc.yaml."
    note = json.dumps({"pid": os.getpid(), "command": command, "started": started})
    with writing(path, "the lock of the project", remedy=remedy):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        with writing(path, "the lock of the project", remedy=remedy):
            _acquire(descriptor, path, wait_s)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, note.encode())
        try:
            yield
        finally:
            with suppress(OSError):  # the note only names the owner; the kernel lets go of the lock anyway
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() >= deadline:
            raise LockedError(f"another run is at work: {_owner(path)}", remedy="Wait for it, or use --wait SECONDS.")
        time.sleep(_PAUSE_S)


def _owner(path: Path) -> str:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        return f"'{owner['command']}', pid {owner['pid']}, since {owner['started']}"
    except (OSError, ValueError, TypeError, KeyError):
        return "its owner has not written its name yet"
