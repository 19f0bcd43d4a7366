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
    """``files``: those that were new to the ledger; ``known``: files whose bytes it had; ``failures``: in words.

    ``waiting``: files that are left for the next run because they are not whole yet, with the reason; ``resent``: known
    files that came under another name, with the name and day under which their bytes were loaded.
    """

    files: tuple[FileResult, ...] = ()
    known: int = 0
    failures: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    resent: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """Totals for the ledger of runs: rows_read = rows_accepted + rows_unchanged + rows_rejected + rows_duplicate.

        Rows of refused files are not counted, for nothing of them was taken.
        """
        loaded = [file for file in self.files if file.state == "loaded"]
        return {
            "files": len(self.files),
            "refused": len(self.files) - len(loaded),
            "known": self.known,
            "waiting": len(self.waiting),
            "rows_read": sum(file.read for file in loaded),
            "rows_accepted": sum(file.accepted for file in loaded),
            "rows_unchanged": sum(file.unchanged for file in loaded),
            "rows_rejected": sum(file.rejected for file in loaded),
            "rows_duplicate": sum(file.duplicate for file in loaded),
        }
