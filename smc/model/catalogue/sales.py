"""Receipts, orders and promocodes."""

from __future__ import annotations

from smc.model.field import Field, History, ObjectType, changed_at, id_

RECEIPT = ObjectType(
    "receipt", "Sale", ("receipt_id",),
    (
        id_("receipt_id", "Receipt id", "receipt"),
        id_("customer_id", "Customer id", "customer", required=False),
        id_("store_id", "Store id", required=False),
        Field("purchased_at", "datetime", "Time of purchase", required=True),
        Field("status", "string", "Status", one_of=("paid", "cancelled", "returned"), default="paid"),
        Field("total", "decimal", "Total after discounts", required=True),
        Field("discount", "decimal", "Discount"),
        Field("bonus_paid", "decimal", "Paid with bonuses"),
        Field("bonus_accrued", "decimal", "Bonuses given"),
        Field("promocode", "string", "Promocode"),
        Field("source", "string", "Source"),
        id_("return_of", "Receipt that this one returns", "receipt", required=False),
    ),
    custom=True,
    order="purchased_at",
    amount="total",
    touches=True,
    note="A cancelled receipt counts nowhere. A return has a negative total, or `return_of`, or the status returned: a "
    "receipt with one of the first two that is paid, or has no status, is kept as returned. Returns are no receipts "
    "and no visits; their amounts are added as they stand, so let them be negative.",
)  # fmt: skip

RECEIPT_LINE = ObjectType(
    "receipt_line", "Line of a receipt", ("receipt_id", "line_no"),
    (
        id_("receipt_id", "Receipt id", "receipt"),
        Field("line_no", "integer", "Line number", required=True),
        id_("product_id", "Product id", "product"),
        Field("quantity", "quantity", "Quantity", required=True),
        Field("price", "decimal", "Price per piece"),
        Field("amount", "decimal", "Amount after discount", required=True),
        Field("discount", "decimal", "Discount"),
    ),
    custom=True,
    order="day",
    amount="amount",
    group=("receipt_id",),
    touches=True,
    note="A line with a negative quantity or amount was brought back, also on a paid receipt: it is taken from sums, "
    "and is no purchase of its product.",
)  # fmt: skip

ORDER = ObjectType(
    "order", "Order", ("order_id",),
    (
        id_("order_id", "Order id", "order"),
        id_("customer_id", "Customer id", "customer", required=False),
        id_("store_id", "Store id", required=False),
        Field("ordered_at", "datetime", "Time of the order"),
        Field("status", "string", "General status", at="status_at", listed=True),
        Field("total", "decimal", "Total after discounts"),
        Field("discount", "decimal", "Discount"),
        Field("bonus_paid", "decimal", "Paid with bonuses"),
        Field("bonus_accrued", "decimal", "Bonuses given"),
        Field("promocode", "string", "Promocode"),
        Field("source", "string", "Source"),
        Field("delivery_status", "string", "Status of the delivery", at="delivery_at", listed=True),
        Field("delivery_method", "string", "Way of delivery", at="delivery_at"),
        Field("delivery_address", "string", "Address of the delivery", at="delivery_at"),
        Field("delivery_cost", "decimal", "Price of the delivery", at="delivery_at"),
        Field("delivery_on", "date", "Day of the delivery", at="delivery_at"),
        Field("tracking", "string", "Number of the parcel", at="delivery_at"),
        Field("payment_status", "string", "Status of the payment", at="payment_at", listed=True),
        Field("payment_method", "string", "Way of payment", at="payment_at"),
        Field("paid", "decimal", "Amount paid", at="payment_at"),
        Field("paid_at", "datetime", "Time of the payment", at="payment_at"),
        changed_at(),
    ),
    custom=True,
    table="customer_order",
    time="changed_at",
    history=History(
        "order_status_log",
        (("status", "general"), ("delivery_status", "delivery"), ("payment_status", "payment")),
        value="status",
    ),
    order="ordered_at",
    amount="total",
    touches=True,
    note="The three statuses are independent, each with a time of its own: feeds of the shop, the courier and the "
    "bank may bring one each. The codes are those of `order_statuses` in fields.yaml; an order counts when none of its "
    "codes says that it does not. Every status is kept in `order_status_log`.",
)  # fmt: skip

ORDER_LINE = ObjectType(
    "order_line", "Line of an order", ("order_id", "line_no"),
    (
        id_("order_id", "Order id", "order"),
        Field("line_no", "integer", "Line number", required=True),
        id_("product_id", "Product id", "product"),
        Field("quantity", "quantity", "Quantity", required=True),
        Field("price", "decimal", "Price per piece"),
        Field("amount", "decimal", "Amount after discount", required=True),
        Field("discount", "decimal", "Discount"),
    ),
    custom=True,
    order="day",
    amount="amount",
    group=("order_id",),
    touches=True,
    note="Mode replace takes lines that an order does not have any more away.",
)  # fmt: skip

PROMOCODE = ObjectType(
    "promocode", "Code to redeem", ("pool", "code"),
    (
        id_("code", "Code"),
        id_("pool", "Group of codes"),
        Field("title", "string", "Title"),
        Field("valid_from", "date", "First day"),
        Field("valid_to", "date", "Last day"),
        Field("status", "string", "Status", one_of=("active", "used", "void"), default="active"),
        id_("customer_id", "Customer to whom it was given", "customer", required=False),
        Field("uses_left", "integer", "How often it can still be redeemed"),
    ),
    custom=True,
    group=("pool",),
    touches=True,
)  # fmt: skip

PROMOCODE_USE = ObjectType(
    "promocode_use", "Redemption of a promocode", ("pool", "code", "customer_id", "used_on"),
    (
        id_("code", "Code"),
        id_("pool", "Group of codes"),
        id_("customer_id", "Customer id", "customer"),
        Field("used_on", "date", "Day", required=True),
    ),
    touches=True,
)  # fmt: skip
