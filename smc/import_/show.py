"""What an import shows: the ledger of a day."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

from smc.warehouse import Warehouse, statement


def files_of(warehouse: Warehouse, as_of: date) -> list[dict[str, Any]]:
    """One row per file; read = accepted + unchanged + rejected + duplicate. ``amount`` is money of the rows taken."""
    return warehouse.records(statement("smc.import_", "files_of"), as_of=as_of)


def rejects_of(warehouse: Warehouse, as_of: date, *, most: int) -> list[dict[str, Any]]:
    """The first ``most`` rows that were not taken, each with its place and reason."""
    return warehouse.records(statement("smc.import_", "rejects_of"), as_of=as_of, most=most)


def ledger_hash(warehouse: Warehouse) -> str:
    """Twelve hexadecimal digits that say what was loaded in all: rows and money of each object, or group of objects.

    Names, bytes, order and number of the files do not matter, so that drops that came another way give the same.
    """
    rows = warehouse.rows(statement("smc.import_", "ledger_sums"))
    return sha256("\n".join("|".join(map(str, row)) for row in rows).encode()).hexdigest()[:12]
