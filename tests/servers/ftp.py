"""FTP servers: pyftpdlib, which knows MLSD, and vsftpd, which does not and wants TLS sessions to be continued."""

from __future__ import annotations

import importlib.util
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from tests.servers.drops import DropServer
from tests.servers.process import free_port, missing, program, running
from tests.servers.tls import Certificates
from tests.servers.user import UnixUser

FtpKind = Literal["mlsd", "bare", "plain", "vsftpd", "vsftpd-implicit"]
_PORT = re.compile(rb"^(227 .*\([0-9,]+),([0-9]+),([0-9]+)\)")
USER, PASSWORD = "joe", "pw-of-joe-7f3a"

_PYFTPD = """
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer
folder, port, user, password, pem, without = sys.argv[1:]
handler = TLS_FTPHandler if pem else FTPHandler
if pem:
    handler.certfile, handler.tls_control_required, handler.tls_data_required = pem, True, True
handler.authorizer = DummyAuthorizer()
handler.authorizer.add_user(user, password, folder, perm="elradfmwMT")
handler.auth_failed_timeout = 0
handler.proto_cmds = {name: what for name, what in handler.proto_cmds.items() if name not in without.split()}
FTPServer(("127.0.0.1", int(port)), handler).serve_forever()
"""
_VSFTPD = """
listen=YES
background=NO
listen_address=127.0.0.1
listen_port={port}
local_enable=YES
anonymous_enable=NO
write_enable=YES
chroot_local_user=YES
allow_writeable_chroot=YES
pasv_address=127.0.0.1
seccomp_sandbox=NO
secure_chroot_dir={empty}
pam_service_name=vsftpd
ssl_enable=YES
rsa_cert_file={pem}
force_local_data_ssl=YES
force_local_logins_ssl=YES
require_ssl_reuse=YES
ssl_ciphers=HIGH
implicit_ssl={implicit}
"""


@pytest.fixture(scope="session")
def ftp_servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Callable[[FtpKind], DropServer]]:
    """Servers by kind, started when first asked for.

    ``mlsd``: TLS and MLSD. ``bare``: TLS, without MLSD, MDTM, REST and FEAT. ``plain``: no TLS.
    """
    started: dict[FtpKind, DropServer] = {}
    with ExitStack() as stack:

        def server(kind: FtpKind) -> DropServer:
            if kind not in started:
                home = tmp_path_factory.mktemp(kind)
                if kind.startswith("vsftpd"):
                    user: UnixUser = request.getfixturevalue("unix_user")
                    made = _vsftpd(home, certificates, user, implicit=kind != "vsftpd")
                else:
                    made = pyftpd(home, certificates, kind)
                started[kind] = stack.enter_context(made)
            return started[kind]

        yield server


@pytest.fixture
def ftp_server(ftp_servers: Callable[[FtpKind], DropServer]) -> DropServer:
    """An empty folder, with explicit TLS; needs no program beyond Python."""
    return ftp_servers("mlsd").room()


@contextmanager
def pyftpd(home: Path, certificates: Certificates, kind: FtpKind) -> Iterator[DropServer]:
    """A server of pyftpdlib with these certificates until the block ends."""
    if importlib.util.find_spec("pyftpdlib") is None:
        missing("pyftpdlib is not installed (pip install 'pyftpdlib[ssl]')")
    folder, port = home / "ftp", free_port()
    folder.mkdir()
    without = "MLSD MLST MDTM REST FEAT" if kind == "bare" else ""
    tls = kind != "plain"
    command = [sys.executable, "-W", "ignore", "-c", _PYFTPD, str(folder), str(port), USER, PASSWORD]
    place = {
        "host": "127.0.0.1", "port": port, "path": "/", "user": USER, "password": PASSWORD, "timeout": 20,
        **({"ca_file": str(certificates.authority)} if tls else {"tls": "none"}),
    }  # fmt: skip
    with running([*command, str(certificates.server) if tls else "", without], port, home / "log"):
        yield DropServer(place, folder, port)


@contextmanager
def _vsftpd(home: Path, certificates: Certificates, user: UnixUser, *, implicit: bool) -> Iterator[DropServer]:
    command = program("vsftpd", "vsftpd")
    port, conf = free_port(), home / "vsftpd.conf"
    (home / "empty").mkdir()
    conf.write_text(
        _VSFTPD.format(
            port=port, empty=home / "empty", pem=certificates.server, implicit="YES" if implicit else "NO"
        ).lstrip()
    )
    place = {
        "host": "127.0.0.1", "port": port, "path": "/", "user": user.name, "password": user.password, "timeout": 20,
        "ca_file": str(certificates.authority), "tls": "implicit" if implicit else "explicit",
    }  # fmt: skip
    with running([command, str(conf)], port, home / "log"):
        yield DropServer(place, user.home, port, (user.uid, user.gid))


@dataclass(slots=True)
class FtpRelay:
    """``cuts``: bytes after which the 1st, 2nd, … data connection that carries as many breaks; further ones hold.

    ``silent``: they do not break, but nothing comes any more.
    """

    port: int
    cuts: list[int]
    silent: bool
    broken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cut(self, passed: int) -> bool:
        with self._lock:
            if not self.cuts or passed < self.cuts[0]:
                return False
            self.cuts.pop(0)
            self.broken += 1
            return True


@contextmanager
def ftp_relay(target: int, cuts: list[int], *, silent: bool = False) -> Iterator[FtpRelay]:
    """Relays FTP without TLS, with the data connections that it announces (passive mode)."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        relay = FtpRelay(server.getsockname()[1], list(cuts), silent)
        _thread(_accept, server, target, relay)
        yield relay
        server.shutdown(socket.SHUT_RDWR)


def _thread(work: Callable[..., None], *args: object) -> None:
    threading.Thread(target=work, args=args, daemon=True).start()


def _accept(server: socket.socket, target: int, relay: FtpRelay) -> None:
    while True:
        try:
            near, _ = server.accept()
            far = socket.create_connection(("127.0.0.1", target))
        except OSError:
            return
        _thread(_both_ways, near, far, relay, _control)


def _accept_one(server: socket.socket, target: int, relay: FtpRelay) -> None:
    try:
        with server:
            near, _ = server.accept()
        far = socket.create_connection(("127.0.0.1", target))
    except OSError:
        return
    _both_ways(near, far, relay, _data)


def _both_ways(near: socket.socket, far: socket.socket, relay: FtpRelay, serve: Callable[..., None]) -> None:
    with near, far:
        there = threading.Thread(target=_pump, args=(near, far), daemon=True)
        there.start()
        serve(far, near, relay)
        there.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(65_536):
            target.sendall(chunk)
    except OSError:
        pass
    _shut(source, target)


def _control(far: socket.socket, near: socket.socket, relay: FtpRelay) -> None:
    """The server's words; where it says to which port to come, ours stands instead."""
    try:
        with far.makefile("rb") as lines:
            for line in lines:
                near.sendall(_PORT.sub(lambda found: _announce(found, relay), line))
    except OSError:
        pass
    _shut(far, near)


def _announce(found: re.Match[bytes], relay: FtpRelay) -> bytes:
    data = socket.create_server(("127.0.0.1", 0))
    data.settimeout(30)
    port = data.getsockname()[1]
    _thread(_accept_one, data, int(found[2]) * 256 + int(found[3]), relay)
    return b"%s,%d,%d)" % (found[1], port // 256, port % 256)


def _data(far: socket.socket, near: socket.socket, relay: FtpRelay) -> None:
    passed = 0
    try:
        while (chunk := far.recv(16_384)) and not relay.cut(passed):
            near.sendall(chunk)
            passed += len(chunk)
        if chunk and relay.silent:
            near.recv(1)  # until the other side hangs up
    except OSError:
        pass
    _shut(far, near)


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue
