"""How FTP is spoken: TLS that keeps its session, and what servers say about files (RFC 3659)."""

from __future__ import annotations

import re
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from ftplib import FTP, FTP_TLS, error_perm

from smc.import_.sources.source import RemoteFile


class TlsFtp(FTP_TLS):
    """Data connections continue the TLS session of the control connection: vsftpd and others insist on it."""

    def begin(self, host: str, port: int, timeout: float, *, implicit: bool) -> None:
        """Connect; TLS from the first byte, or after AUTH TLS."""
        self.host, self.port, self.timeout = host, port, timeout
        line = socket.create_connection((host, port), timeout)
        self.af = line.family
        self.sock = self._wrapped(line, None) if implicit else line
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        line, size = FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - the rest of TLS is below
        control = self.sock
        return self._wrapped(line, control.session if isinstance(control, ssl.SSLSocket) else None), size

    def _wrapped(self, line: socket.socket, session: ssl.SSLSession | None) -> ssl.SSLSocket:
        try:
            return self.context.wrap_socket(line, server_hostname=self.host, session=session)
        except BaseException:
            line.close()
            raise


def features(ftp: FTP) -> frozenset[str]:
    """What the server can do beyond RFC 959."""
    lines = answer(ftp, "FEAT").splitlines()[1:-1]
    return frozenset(line.split()[0].upper() for line in lines if line.strip())


def answer(ftp: FTP, command: str) -> str:
    """What the server says, or nothing when it says no."""
    try:
        return ftp.sendcmd(command)
    except error_perm:
        return ""


def facts_of(line: str) -> tuple[str, dict[str, str]]:
    """``type=file;size=12;modify=20260101000000; NAME`` → its name and the facts (RFC 3659, section 7.2)."""
    text, _, name = line.partition(" ")
    pairs = (fact.partition("=") for fact in text.split(";"))
    return name, {key.lower(): value for key, sign, value in pairs if sign}


def is_folder(facts: dict[str, str]) -> bool:
    return facts.get("type", "").lower() in {"dir", "cdir", "pdir"}


def described(name: str, facts: dict[str, str]) -> RemoteFile | None:
    """None where the facts do not tell that it is a file and how long: a link, or a server of few words."""
    if facts.get("type", "").lower() != "file" or not re.fullmatch(r"[0-9]{1,18}", facts.get("size", "")):
        return None
    return remote_file(name, facts["size"], facts.get("modify", ""))


def remote_file(name: str, size: str, time: str) -> RemoteFile:
    at: datetime | None = None
    with suppress(ValueError):
        at = datetime.strptime(time[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    version = f"{time} {size}" if at is not None and size else ""
    return RemoteFile(name, int(size) if size else None, at, version)
