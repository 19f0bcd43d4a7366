"""What an import shows: its files, their rejects, and what was loaded in all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from smc.import_.result import FileResult
from smc.warehouse import Warehouse, statement


def files_of(files: Sequence[FileResult]) -> list[dict[str, Any]]:
    """One row per file; read = accepted + unchanged + rejected + duplicate. ``amount`` is money of the rows taken."""
    return [
        {
            "feed": one.feed, "file": one.name, "state": one.state, "changed": one.changed, "rows_read": one.read,
            "rows_accepted": one.accepted, "rows_unchanged": one.unchanged, "rows_rejected": one.rejected,
            "rows_duplicate": one.duplicate, "amount": one.amount, "reason": one.reason.replace("\n  ", ". ") or None,
        }
        for one in files
    ]  # fmt: skip


def rejects_of(warehouse: Warehouse, files: Sequence[FileResult], as_of: date, *, most: int) -> list[dict[str, Any]]:
    """The first ``most`` rows that were not taken of files of the run for ``as_of``, each with its place and reason."""
    feeds, names = [one.feed for one in files], [one.name for one in files]
    return warehouse.records(statement("smc.import_", "rejects_of"), as_of=as_of, feeds=feeds, names=names, most=most)


def ledger_hash(warehouse: Warehouse) -> str:
    """Twelve hexadecimal digits that say what was loaded in all: rows and money of each object, or group of objects.

    Names, bytes, order and number of the files do not matter, so that drops that came another way give the same.
    """
    rows = warehouse.rows(statement("smc.import_", "ledger_sums"))
    return sha256("\n".join("|".join(map(str, row)) for row in rows).encode()).hexdigest()[:12]
