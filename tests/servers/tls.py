"""Certificates of our own for servers on loopback, and TLS in front of servers that have none."""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: the authority to trust, one that signed nothing here, and key and certificate of 127.0.0.1."""

    authority: Path
    stranger: Path
    server: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate of the server, as openssl shows it."""
        found = re.search(
            r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", self.server.read_text(), re.DOTALL
        )
        assert found is not None
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(found[0])).digest().hex(":").upper()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    found = Certificates(folder / "authority.pem", folder / "stranger.pem", folder / "server.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(found.authority)
    trustme.CA().cert_pem.write_to_path(found.stranger)
    authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(found.server)
    return found


@contextmanager
def tls_relay(target: int, certificates: Certificates) -> Iterator[int]:
    """A port of loopback that speaks TLS and hands all on to ``127.0.0.1:target``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, context, target), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket, context: ssl.SSLContext, target: int) -> None:
    while True:
        try:
            plain, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_relayed, args=(plain, context, target), daemon=True).start()


def _relayed(plain: socket.socket, context: ssl.SSLContext, target: int) -> None:
    try:
        near = context.wrap_socket(plain, server_side=True)
    except OSError:  # the client does not trust us
        plain.close()
        return
    far = socket.create_connection(("127.0.0.1", target))
    back = threading.Thread(target=_pump, args=(far, near), daemon=True)
    back.start()
    _pump(near, far)
    back.join(10)
    near.close()
    far.close()


def _pump(source: socket.socket, goal: socket.socket) -> None:
    try:
        while chunk := source.recv(65_536):
            goal.sendall(chunk)
    except OSError:
        pass
    for end in (source, goal):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue
