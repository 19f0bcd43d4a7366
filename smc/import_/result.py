"""What an import did."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file: ``read = accepted + unchanged + rejected + duplicate`` rows when it is loaded.

    ``changed``: its name was loaded before with other bytes. ``amount``: sum of total or amount of the accepted rows.
    """

    feed: str
    name: str
    state: Literal["loaded", "refused"]
    reason: str = ""
    changed: bool = False
    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicate: int = 0
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ImportResult:
    """``files``: those that were new to the ledger; ``known``: files whose bytes it had; ``failures``: in words."""

    files: tuple[FileResult, ...] = ()
    known: int = 0
    failures: tuple[str, ...] = ()

    @property
    def loaded(self) -> int:
        return sum(file.state == "loaded" for file in self.files)

    @property
    def accepted(self) -> int:
        """Rows that are new or changed."""
        return sum(file.accepted for file in self.files)

    @property
    def rejected(self) -> int:
        return sum(file.rejected for file in self.files)
