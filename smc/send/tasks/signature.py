"""Signatures of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from smc.config.specs.handing import SECRET


def headers(secret: str, key: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of one try. The receiver knows a second try by ``webhook-id`` and ``Idempotency-Key``."""
    stamp = str(int(at.timestamp()))
    return {
        "content-type": "application/json",
        "idempotency-key": key,
        "webhook-id": key,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature(secret, key, stamp, body)}",
    }


def signature(secret: str, key: str, stamp: str, body: bytes) -> str:
    """Base64 of the HMAC of ``id.time.body``. ``stamp``: seconds since 1970."""
    signed = b".".join((key.encode(), stamp.encode(), body))
    return b64encode(hmac.new(_bytes(secret), signed, sha256).digest()).decode()


def is_signed(secret: str, given: Mapping[str, str], body: bytes) -> bool:
    """Whether the headers, in small letters, belong to the body."""
    expected = signature(secret, given["webhook-id"], given["webhook-timestamp"], body)
    return any(hmac.compare_digest(f"v1,{expected}", one) for one in given["webhook-signature"].split())


def _bytes(secret: str) -> bytes:
    return b64decode(secret.removeprefix(SECRET)) if secret.startswith(SECRET) else secret.encode()
