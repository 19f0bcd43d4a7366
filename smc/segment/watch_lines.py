"""Lines that belong to a row: of its receipt, its order, its cart."""

from __future__ import annotations

from collections.abc import Mapping

from smc.model.facts import Fact

LINES: Mapping[str, str] = {
    "receipts": "watch_lines_receipt",
    "lines": "watch_lines_receipt",
    "orders": "watch_lines_order",
    "order_lines": "watch_lines_order",
    "order_changes": "watch_lines_order",
    "containers": "watch_lines_container",
}
"""Facts whose rows have lines, and the statement that reads them for the rows found."""
_OWNER: Mapping[str, str] = {
    "watch_lines_receipt": "t.receipt_key",
    "watch_lines_order": "t.order_key",
    "watch_lines_container": "t.container",
}


def owner_of(fact: Fact) -> str | None:
    """SQL of what the lines of a row belong to; None when it has none."""
    return _OWNER[LINES[fact.name]] if fact.name in LINES else None
