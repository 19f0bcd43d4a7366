"""What an import shows: the ledger of a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from smc.warehouse import Warehouse, statement


def files_of(warehouse: Warehouse, as_of: date) -> list[dict[str, Any]]:
    """One row per file; read = accepted + unchanged + rejected + duplicate. ``amount`` is money of the rows taken."""
    return warehouse.records(statement("smc.import_", "files_of"), as_of=as_of)


def rejects_of(warehouse: Warehouse, as_of: date, *, most: int) -> list[dict[str, Any]]:
    """The first ``most`` rows that were not taken, each with its place and reason."""
    return warehouse.records(statement("smc.import_", "rejects_of"), as_of=as_of, most=most)
