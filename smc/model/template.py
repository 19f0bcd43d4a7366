"""A template as it lies in the project: nothing rendered, nothing checked."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

UNTIL = "promocode_until"
CODE = ("promocode", UNTIL)
"""What a template can print of a promocode: the code, and the last day on which it can be used."""
TEXT = "text"
"""The part of a short message that every one of them has."""


@dataclass(frozen=True, slots=True)
class Template:
    """``text`` is None when the plain part is to be made from the HTML. Without ``html`` it is no letter but a text."""

    name: str
    subject: str
    preheader: str
    html: str
    text: str | None

    @property
    def is_letter(self) -> bool:
        return bool(self.html) or self.text is None

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.subject, self.preheader, self.html, self.text or "")

    @property
    def sha256(self) -> str:
        return sha256("\x1f".join(self.sources).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Note:
    """A short message: its parts by name, such as ``text``, each a template. ``name`` says in errors whose it is."""

    name: str
    parts: tuple[tuple[str, str], ...]

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(text for _, text in self.parts)

    @property
    def sha256(self) -> str:
        return sha256("\x1e".join(f"{name}\x1f{text}" for name, text in self.parts).encode()).hexdigest()


Content = Template | Note
"""What a message says: a letter, or a short message."""


@dataclass(frozen=True, slots=True)
class TriggerData:
    """What a template may read of a trigger: fields, those of its ``lines``, and whether it has ``context`` with
    details by any name."""

    fields: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    details: bool = False
