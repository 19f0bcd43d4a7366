"""Starting and stopping the servers that tests talk to: on loopback, on a free port, in a folder of their own."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_PLACES = f"{Path(sys.executable).parent}:/usr/sbin:/usr/local/sbin"
_PATIENCE_S = 60.0


def program(name: str, package: str, *, path: str = "") -> str:
    """Where a server program is. The test is skipped when there is none, and fails where servers are required."""
    found = shutil.which(name) or shutil.which(name, path=f"{path}:{_PLACES}" if path else _PLACES)
    if found is None:
        missing(f"{name} is not installed (Debian: apt install {package})")
    return str(found)


def missing(reason: str) -> None:
    """Skip, or fail where servers are required."""
    if os.environ.get("SMC_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def free_pair(apart: int) -> int:
    """A free port whose neighbour ``apart`` above is free too, both below those that connections are given."""
    while True:
        port = random.randrange(10_000, 32_000 - apart)  # noqa: S311 # no secret
        with socket.socket() as one, socket.socket() as other, suppress(OSError):
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + apart))
            return port


@contextmanager
def running(
    command: Sequence[str], port: int, log: Path, *, env: Mapping[str, str] | None = None, cwd: Path | None = None,
    patience_s: float = _PATIENCE_S, user: str | None = None,
) -> Iterator[subprocess.Popen[bytes]]:  # fmt: skip
    """A server program until the block ends; it answers on ``port`` when the block begins. Its words go to ``log``."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd, user=user
        )
    try:
        _await(process, port, log, patience_s)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def _await(process: subprocess.Popen[bytes], port: int, log: Path, patience_s: float) -> None:
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}: {log.read_text(errors='replace')[-2000:]}")
        try:
            with socket.create_connection(("127.0.0.1", port), 0.5):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"no answer on port {port}: {log.read_text(errors='replace')[-2000:]}")
