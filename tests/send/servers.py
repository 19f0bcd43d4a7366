"""Mail servers on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.servers.process import free_port


class Sink:
    """Postfix's smtp-sink: takes every message and keeps each transaction as a file."""

    def __init__(self, folder: Path, *, keep: bool = True) -> None:
        program = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
        if program is None:
            reason = "smtp-sink is not installed (Debian: apt install postfix)"
            if os.environ.get("SMC_REQUIRE_SERVERS") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        command = [program, *(["-R", str(folder), "-d", "%Y%m%d."] if keep else []), f"127.0.0.1:{self.port}", "256"]
        if os.geteuid() == 0:
            folder.chmod(0o777)
            command[1:1] = ["-u", "nobody"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.port)

    def keys(self) -> list[str]:
        """Message keys received, one for every time."""
        start = "Message-ID: <"
        lines = (line for file in self.folder.iterdir() for line in file.read_text(encoding="utf-8").splitlines())
        return sorted(line[len(start) :][:32] for line in lines if line.startswith(start))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"nothing listens on port {port}")
