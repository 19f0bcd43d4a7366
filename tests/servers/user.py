"""A Unix user to log in as, where the tests run as root; it is removed when they end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest

from tests.servers.process import missing

_TRIES = 20  # workers add their users at the same time, and one at a time may


@dataclass(frozen=True, slots=True)
class UnixUser:
    """``home`` is a folder that this user may enter: those of pytest are closed to others."""

    name: str
    password: str
    home: Path
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


@pytest.fixture(scope="session")
def unix_user() -> Iterator[UnixUser]:
    if os.geteuid() != 0:
        missing("only root can add the user that this server wants")
    name, password = f"smc{os.getpid()}", f"pass-{token_hex(8)}"
    home = Path(tempfile.mkdtemp(prefix="smc-user-"))
    home.chmod(0o755)
    hashed = subprocess.run(["openssl", "passwd", "-6", password], check=True, capture_output=True, text=True).stdout
    _do("useradd", "-M", "-d", str(home), "-s", "/bin/sh", "-p", hashed.strip(), name)
    try:
        line = subprocess.run(["getent", "passwd", name], check=True, capture_output=True, text=True).stdout.split(":")
        user = UnixUser(name, password, home, int(line[2]), int(line[3]))
        user.own(home)
        yield user
    finally:
        _do("userdel", name)
        shutil.rmtree(home, ignore_errors=True)


def _do(*command: str) -> None:
    for _ in range(_TRIES):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return
    raise RuntimeError(f"{command[0]} failed: {done.stderr}")
