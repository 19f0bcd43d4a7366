"""Mailboxes: what may stand in an envelope and in a header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_MAX_LOCAL, _MAX_ADDRESS = 64, 254
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}")

_NAME = r'"(?:[^"\\\r\n]|\\.)*"|[^"<>@,\r\n\x00]*?'
_NAMED = re.compile(rf"(?P<name>{_NAME})\s*<(?P<named>[^<>\s]+)>|(?P<bare>[^<>,\s]+)")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, maybe empty, and an ASCII address."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def ascii_address(text: str) -> str | None:
    """The address with its domain in ASCII (IDNA), or None when no letter can go there.

    RFC 5321 lengths, a local part of dot-atoms and a domain of at least two labels. Quoted local parts are refused, and
    local parts beyond ASCII too: they need SMTPUTF8 on every server on the way, which nobody can promise.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or len(local) > _MAX_LOCAL or not _LOCAL.fullmatch(local):
        return None
    try:
        domain = domain.encode("ascii" if domain.isascii() else "idna").decode("ascii").lower()
    except UnicodeError:
        return None
    address = f"{local}@{domain}"
    return address if _DOMAIN.fullmatch(domain) and len(address) <= _MAX_ADDRESS else None


@lru_cache(maxsize=64)
def mailbox(text: str) -> Mailbox | None:
    """``Shop <news@example.com>`` or ``news@example.com``; None when there is no valid address in it."""
    found = _NAMED.fullmatch(text.strip())
    if found is None:
        return None
    name, address = found["name"] or "", ascii_address(found["named"] or found["bare"])
    if name.startswith('"'):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return Mailbox(name, address) if address else None
