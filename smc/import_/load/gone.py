"""What else must change when rows of an object went: the reverse of follow.py. Reads ``smc_gone`` of modes.py."""

from __future__ import annotations

from datetime import date

from smc.import_.duplicates.redirect import forget_apart
from smc.import_.load.follow import follow, touch_codes_gone
from smc.import_.load.target import Target
from smc.warehouse import Warehouse, statement

_GONE = {
    "receipt": ("receipt_lines_gone",),
    "order": ("order_lines_gone",),
    "product": ("products_gone", "buyers_touched", "product_lines_gone", "product_order_lines_gone"),
    "product_category": ("products_gone", "buyers_touched"),
    "customer": ("customer_contacts_gone",),
}
_JUDGED_AGAIN = frozenset({"category", "region", "web_event"})


def follow_gone(warehouse: Warehouse, target: Target, as_of: date, *, still_there: bool) -> None:
    """Bring what repeats or sums up the rows up to date. ``still_there``: they were only marked as not active.

    Lines of a receipt that went stay, and count nowhere until it comes again. Of a customer who went, the profile and
    the ways to reach him go; his receipts, permissions and history stay under the key that stands for his id.
    """
    if "customer_key" in target.columns:
        warehouse.run(statement("smc.import_", "gone_touched"))
    touch_codes_gone(warehouse, target)
    if still_there:
        return
    for name in _GONE.get(target.item.name, ()):
        warehouse.run(statement("smc.import_", name))
    if target.item.name == "tag_member":
        warehouse.run(statement("smc.import_", "tag_past"), as_of=as_of)
    if target.item.name == "customer":
        forget_apart(warehouse)
    if target.item.name in _JUDGED_AGAIN:
        warehouse.run(f"create or replace temp view smc_changed as select * from {target.table} limit 0")
        warehouse.run("create or replace temp table smc_old as select * from smc_gone")
        follow(warehouse, target, as_of)
