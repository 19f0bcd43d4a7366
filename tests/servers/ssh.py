"""OpenSSH with its SFTP, and keys to log in with."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.drops import DropServer
from tests.servers.process import free_port, program, running
from tests.servers.user import UnixUser

_CONF = """
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host
PidFile none
AuthorizedKeysFile {home}/authorized
StrictModes no
UsePAM no
PasswordAuthentication yes
MaxStartups 100
MaxAuthTries 10
Subsystem sftp internal-sftp{options}
"""


@dataclass(frozen=True, slots=True)
class SshKeys:
    """Files: ``host`` the server's key, ``plain`` and ``locked`` (with ``phrase``) ours, ``stranger`` of nobody."""

    home: Path
    phrase: str = "open-sesame-41"

    @property
    def host_key(self) -> str:
        return " ".join((self.home / "host.pub").read_text().split()[:2])


@pytest.fixture(scope="session")
def ssh_keys(tmp_path_factory: pytest.TempPathFactory) -> SshKeys:
    program("sshd", "openssh-server")
    keys = SshKeys(tmp_path_factory.mktemp("ssh"))
    for name, kind, phrase in (
        ("host", "ed25519", ""), ("plain", "ed25519", ""), ("locked", "rsa", keys.phrase), ("stranger", "ed25519", ""),
    ):  # fmt: skip
        path = str(keys.home / name)
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", phrase, "-f", path], check=True)
    keys.home.chmod(0o755)
    authorized = keys.home / "authorized"
    authorized.write_text("".join((keys.home / f"{name}.pub").read_text() for name in ("plain", "locked")))
    authorized.chmod(0o644)
    return keys


@pytest.fixture(scope="session")
def ssh_service(ssh_keys: SshKeys, unix_user: UnixUser) -> Iterator[DropServer]:
    with _sshd(ssh_keys, unix_user, "") as server:
        yield server


@pytest.fixture
def sftp_server(ssh_service: DropServer) -> DropServer:
    """An empty folder."""
    return ssh_service.room()


@pytest.fixture(scope="session")
def old_ssh_service(ssh_keys: SshKeys, unix_user: UnixUser) -> Iterator[DropServer]:
    """Without the extension that renames over an existing file, as many servers that are not OpenSSH."""
    with _sshd(ssh_keys, unix_user, " -P posix-rename") as server:
        yield server


@contextmanager
def _sshd(keys: SshKeys, user: UnixUser, options: str) -> Iterator[DropServer]:
    command = program("sshd", "openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    port = free_port()
    conf = keys.home / f"conf-{port}"
    conf.write_text(_CONF.format(port=port, home=_readable(keys, user), options=options).lstrip())
    place = {
        "host": "127.0.0.1", "port": port, "path": str(user.home), "user": user.name, "password": user.password,
        "host_key": keys.host_key, "timeout": 20,
    }  # fmt: skip
    with running([command, "-D", "-e", "-f", str(conf)], port, keys.home / f"log-{port}"):
        yield DropServer(place, user.home, port, (user.uid, user.gid))


def _readable(keys: SshKeys, user: UnixUser) -> Path:
    """sshd reads the authorised keys as the user, who may not enter the folders of pytest."""
    folder = user.home / ".keys"
    folder.mkdir(exist_ok=True)
    for name in ("host", "authorized"):
        (folder / name).write_bytes((keys.home / name).read_bytes())
    (folder / "host").chmod(0o600)
    return folder
