"""What an import shows: the ledger of a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from smc.warehouse import Warehouse, statement


def files_of(warehouse: Warehouse, as_of: date) -> list[dict[str, Any]]:
    """One row per file; read = accepted + unchanged + rejected + duplicate. ``amount`` is money of the rows taken."""
    return warehouse.records(statement("smc.import_", "files_of"), as_of=as_of)
