"""What else must change when rows of an object changed: lines carry facts of their receipt and product, categories
their ancestors, and customers whose facts changed are noted for the metrics.

Everything here reads ``smc_changed`` and ``smc_old`` of merge.py and runs in the same transaction.
"""

from __future__ import annotations

from smc.errors import FeedError
from smc.warehouse import Warehouse, statement

_AFTER = {"receipt": ("receipt_touched",), "receipt_line": ("line_touched",)}
_LINES_FOLLOW = {"receipt": ("receipt_lines_follow",), "product": ("product_touched", "product_lines_follow")}
_DEEPEST = 64


def follow(warehouse: Warehouse, table: str) -> None:
    """Bring the columns that repeat other tables up to date. ``FeedError`` when the category tree is no tree."""
    for name in _AFTER.get(table, ()):
        warehouse.run(_query(name))
    if table in _LINES_FOLLOW and _has_lines(warehouse):
        for name in _LINES_FOLLOW[table]:
            warehouse.run(_query(name))
    if table in {"category", "product"}:
        _rebuild_tree(warehouse)


def _has_lines(warehouse: Warehouse) -> bool:
    return bool(warehouse.rows("select 1 from receipt_line limit 1"))


def _rebuild_tree(warehouse: Warehouse) -> None:
    """Every category id with itself and everything above it; customers of moved categories are noted."""
    warehouse.run(_query("tree_build"), deepest=_DEEPEST)
    circle = warehouse.rows(_query("tree_circle"), deepest=_DEEPEST)
    if circle:
        names = ", ".join(str(row[0]) for row in circle[:10])
        raise FeedError(
            f"the categories {names} are each above another in a circle, or more than {_DEEPEST} levels deep",
            remedy="Correct parent_id of one of them.",
        )
    if _has_lines(warehouse):
        warehouse.run(_query("tree_touched"))
    for name in ("tree_clear", "tree_fill"):
        warehouse.run(_query(name))


def _query(name: str) -> str:
    return statement("smc.import_", name)
