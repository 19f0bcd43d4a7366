"""What an SMTP reply means for a message, in the words of product.md.

Enhanced codes (RFC 3463) say more than basic ones and come first.
"""

from __future__ import annotations

import re

from smc.send.channels.base import Deferred, Refused

_ENHANCED = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS = re.compile(r"<?[^\s<>,;:\"']+@[^\s<>,;\"']+>?")
_SHORT = 200
_BY_DETAIL = {
    (1, 1): "does not exist", (1, 2): "domain does not exist", (1, 3): "bad format", (1, 6): "does not exist",
    (1, 10): "domain does not exist", (2, 0): "undeliverable", (2, 1): "no address", (2, 2): "mailbox full",
    (2, 3): "too long", (3, 4): "too long", (4, 4): "DNS error", (4, 7): "time-out", (7, 1): "blocked by the server",
}  # fmt: skip
_BY_SUBJECT = {1: "no address", 2: "undeliverable", 3: "undeliverable", 4: "undeliverable", 5: "undeliverable",
               6: "bad format", 7: "blocked by the server"}  # fmt: skip
_BY_CODE = {550: "no address", 551: "does not exist", 552: "mailbox full", 553: "bad format",
            554: "blocked by the server"}  # fmt: skip
_PERMANENT = 500


def outcome_of(code: int, text: str) -> Refused | Deferred:
    """A refusal for 5xx, a deferral for everything else below 500."""
    told = impersonal(text)
    if code < _PERMANENT:
        return Deferred(_detail(text) or "temporarily unavailable", code, told)
    return Refused(_detail(text) or _BY_CODE.get(code, "undeliverable"), code, told)


def impersonal(text: str) -> str:
    """A reply without addresses, on one line and short enough to keep."""
    return " ".join(_ADDRESS.sub("<address>", text).split())[:_SHORT]


def _detail(text: str) -> str | None:
    found = _ENHANCED.match(text)
    if found is None:
        return None
    subject, detail = int(found[2]), int(found[3])
    return _BY_DETAIL.get((subject, detail)) or _BY_SUBJECT.get(subject)
