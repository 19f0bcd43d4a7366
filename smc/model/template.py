"""A template as it lies in the project: nothing rendered, nothing checked."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

CODE = ("promocode", "promocode_until")
"""What a template can print of a promocode: the code, and the last day on which it can be used."""


@dataclass(frozen=True, slots=True)
class Template:
    """``text`` is None when the plain part is to be made from the HTML."""

    name: str
    subject: str
    preheader: str
    html: str
    text: str | None

    @property
    def sha256(self) -> str:
        parts = (self.subject, self.preheader, self.html, self.text or "")
        return sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TriggerData:
    """What a template may read of a trigger: fields, those of its ``lines``, and whether it has ``context`` with
    details by any name."""

    fields: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    details: bool = False
