"""A file that goes with letters."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

MOST = 10_000_000
"""Bytes of all files of a letter. On its way it is a third larger, and many servers take no more than 20 MB."""


@dataclass(frozen=True, slots=True)
class File:
    """A file with the name and the type that readers see."""

    name: str
    kind: str
    content: bytes

    @property
    def sha256(self) -> str:
        return sha256(b"\x1f".join((self.name.encode(), self.kind.encode(), self.content))).hexdigest()
