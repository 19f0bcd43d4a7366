"""What else must change when rows of an object changed: lines carry facts of their receipt, order and product,
categories and regions their ancestors, visitors become customers; and customers whose facts changed are noted for the
metrics.

Everything here reads ``smc_changed`` and ``smc_old`` of merge.py and runs in the same transaction.
"""

from __future__ import annotations

from datetime import date

from smc.config.objects import order_codes
from smc.config.specs.project import FieldsSpec
from smc.errors import FeedError
from smc.import_.load.history import keep_history
from smc.import_.load.target import Target
from smc.warehouse import Warehouse, statement

RECOGNISED_WITHIN = 60
"""Days within which an anonymous visitor must be recognised for his events to become a customer's."""

_LINES_FOLLOW = {
    "receipt": ("receipt_lines_follow",),
    "product": ("products_changed", "buyers_touched", "product_lines_follow", "product_order_lines_follow"),
    "product_category": ("products_placed", "buyers_touched"),
}
_CODES = {"receipt": "promocode", "promocode": "code", "promocode_use": "code"}
"""Columns with promocodes; those that campaigns gave are looked at when something of them changes."""
_DEEPEST = 64
_KINDS = {"status": "general", "delivery_status": "delivery", "payment_status": "payment"}


def follow(warehouse: Warehouse, target: Target, as_of: date) -> None:
    """Bring what repeats or sums up other tables up to date. ``FeedError`` when a tree is no tree."""
    name = target.item.name
    keep_history(warehouse, target, as_of)
    match name:
        case "order":
            warehouse.run(_query("order_judged"))
            _settle_orders(warehouse)
        case "web_event":
            recognise(warehouse)
        case "region":
            _rebuild_regions(warehouse)
        case "card":
            warehouse.run(_query("card_handed_on"), as_of=as_of)
        case "product_category":
            _check_classifier(warehouse)
        case _:
            pass
    if target.item.touches:
        _touch(warehouse, target)
    if name in _LINES_FOLLOW and _has_lines(warehouse):
        for query in _LINES_FOLLOW[name]:
            warehouse.run(_query(query))
    if name == "category" or warehouse.value(_query("tree_lacks")):
        _rebuild_tree(warehouse)


def keep_order_codes(warehouse: Warehouse, fields: FieldsSpec) -> None:
    """Take over the codes of order statuses; where fields.yaml has changed, orders are judged anew by it."""
    given = fields.order_statuses
    titles = {"status": given.general, "delivery_status": given.delivery, "payment_status": given.payment}
    codes = sorted(
        (_KINDS[field], code, titles[field][code].title, counts)
        for field, words in order_codes(fields).items()
        for code, counts in words.items()
    )
    if codes == warehouse.rows(_query("order_codes")):
        return
    with warehouse.transaction():
        warehouse.run(_query("order_codes_forget"))
        kinds, names, words, counts = zip(*codes, strict=True) if codes else ((), (), (), ())
        warehouse.run(
            _query("order_codes_add"), kinds=list(kinds), codes=list(names), titles=list(words), counts=list(counts)
        )
        warehouse.run(_query("order_judged_all"))
        warehouse.run(_query("order_touched"))
        _settle_orders(warehouse)


def _settle_orders(warehouse: Warehouse) -> None:
    """Day and counted of the orders in ``smc_judged``, and what their lines carry."""
    warehouse.run(_query("order_settle"))
    warehouse.run(_query("order_lines_follow"))


def _touch(warehouse: Warehouse, target: Target) -> None:
    """Customers of rows that are new or different now, and those who had the row before; their promocodes."""
    keys = ", ".join(target.keys)
    warehouse.run(
        "insert into customer_touched select distinct customer_key from (select customer_key from smc_changed "
        f"union all select o.customer_key from smc_old o semi join smc_changed n using ({keys})) "
        "where customer_key is not null"
    )
    if column := _CODES.get(target.item.name):
        _touch_codes(warehouse, column, f"select {column} from smc_changed union all select {column} from smc_old")


def touch_codes_gone(warehouse: Warehouse, target: Target) -> None:
    """The same for rows that went (``smc_gone``)."""
    if column := _CODES.get(target.item.name):
        _touch_codes(warehouse, column, f"select {column} from smc_gone")


def _touch_codes(warehouse: Warehouse, column: str, rows: str) -> None:
    """Nothing is noted as long as no campaign has given a code."""
    if warehouse.rows("select 1 from promocode_issue limit 1"):
        warehouse.run(
            f"insert into code_touched select distinct lower(trim({column})) from ({rows}) where {column} is not null"
        )


def recognise(warehouse: Warehouse) -> None:
    """Anonymous events belong to the customer by whom the same visitor is recognised next. The visitors are those of
    ``smc_changed`` and ``smc_old``."""
    first, last = warehouse.rows(_query("web_span"))[0]
    if first is None:
        return
    warehouse.run(_query("web_visitors"), first=first, last=last, days=RECOGNISED_WITHIN)
    warehouse.run(_query("web_owners"), first=first, last=last, days=RECOGNISED_WITHIN)
    warehouse.run(_query("web_touched"))
    warehouse.run(_query("web_attach"), first=first, days=RECOGNISED_WITHIN, last=last)


def _has_lines(warehouse: Warehouse) -> bool:
    return bool(warehouse.rows("select 1 from receipt_line limit 1")) or bool(
        warehouse.rows("select 1 from order_line limit 1")
    )


def _rebuild_tree(warehouse: Warehouse) -> None:
    """Every category id with itself and everything above it; customers of moved categories are noted."""
    warehouse.run(_query("tree_build"), deepest=_DEEPEST)
    _no_circle("categories", warehouse.rows(_query("tree_circle"), deepest=_DEEPEST))
    if mixed := warehouse.rows(_query("tree_mixed")):
        raise FeedError(
            f"the categories {_names(mixed)} are below one of another classifier",
            remedy="Correct parent_id or classifier of them; a prefix keeps ids of two classifiers apart.",
        )
    if _has_lines(warehouse):
        warehouse.run(_query("products_moved"))
        warehouse.run(_query("buyers_touched"))
    for name in ("tree_clear", "tree_fill"):
        warehouse.run(_query(name))


def _rebuild_regions(warehouse: Warehouse) -> None:
    warehouse.run(_query("region_build"), deepest=_DEEPEST)
    _no_circle("regions", warehouse.rows(_query("region_circle"), deepest=_DEEPEST))
    for name in ("region_clear", "region_fill"):
        warehouse.run(_query(name))


def _no_circle(what: str, circle: list[tuple[object, ...]]) -> None:
    if circle:
        raise FeedError(
            f"the {what} {_names(circle)} are each above another in a circle, or more than {_DEEPEST} levels deep",
            remedy="Correct parent_id of one of them.",
        )


def _check_classifier(warehouse: Warehouse) -> None:
    if warehouse.value(_query("classifier_main")):
        raise FeedError(
            "the file gives products a place in the classifier main",
            remedy="Map it as category_id of the object product; product_category is for further classifiers.",
        )


def _names(rows: list[tuple[object, ...]]) -> str:
    return ", ".join(str(row[0]) for row in rows[:10])


def _query(name: str) -> str:
    return statement("smc.import_", name)
