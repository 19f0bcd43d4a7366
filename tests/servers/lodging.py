"""A folder for a server that does not run as root, where the tests do."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def lodging(user: str) -> Iterator[tuple[Path, str | None]]:
    """A folder that ``user`` owns, and whom to run as: nobody else unless the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix=f"smc-{user}-"))
    try:
        if os.geteuid() != 0:
            yield folder, None
        else:
            shutil.chown(folder, user, user)
            yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def lend(source: Path, target: Path, user: str | None) -> Path:
    """A copy of a file that ``user`` alone can read."""
    shutil.copyfile(source, target)
    target.chmod(0o600)
    if user is not None:
        shutil.chown(target, user, user)
    return target
