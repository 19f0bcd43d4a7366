"""Certificates of servers: always verified; one that cannot be is refused with what is needed to trust it."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from pathlib import Path

from smc.errors import FeedError, SmcError

_LOOK_S = 10.0


def authority(ca_file: Path | None, root: Path) -> Path | None:
    """Where the feed's own certificate authority lies. Raises ``FeedError`` when it is no file of certificates."""
    if ca_file is None:
        return None
    path = root / ca_file
    try:
        ssl.create_default_context(cafile=str(path))
    except OSError as error:  # ssl.SSLError is one
        raise FeedError(
            "ca_file is no readable file of PEM certificates", where=str(path), remedy="Correct ca_file of the feed."
        ) from error
    return path


def unverified(host: str, port: int, reason: str, *, certificate: bytes | None = None) -> SmcError:
    """What to raise when a certificate is not to be trusted, with the fingerprint of the one that was shown.

    ``certificate`` (DER) when it is known; else the server is asked for it, by TLS from the first byte.
    """
    seen = _fingerprint(host, port) if certificate is None else _hash(certificate)
    shown = f" The certificate shown has the SHA-256 fingerprint {seen}." if seen else ""
    return FeedError(
        f"the certificate of the server cannot be verified: {reason}",
        where=f"{host}:{port}",
        remedy=f"{shown} If it is the right one, put it or its authority into a file and name it in ca_file; "
        "the name in 'host', 'url' or 'endpoint' must stand in the certificate.".lstrip(),
    )


def is_verification(error: BaseException) -> ssl.SSLError | None:
    """The complaint about a certificate that lies below an error of a library, if there is one."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def is_loopback(host: str) -> bool:
    """Whether a connection to ``host`` stays on this machine, so that a password may go unencrypted."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _fingerprint(host: str, port: int) -> str:
    try:
        text = ssl.get_server_certificate((host, port), timeout=_LOOK_S)
    except OSError:
        return ""
    return _hash(ssl.PEM_cert_to_DER_cert(text))


def _hash(certificate: bytes) -> str:
    return hashlib.sha256(certificate).digest().hex(":").upper() if certificate else ""
