"""What customers do besides buying, and what they have on their account."""

from __future__ import annotations

from smc.model.field import Field, ObjectType, changed_at, id_

EVENT = ObjectType(
    "event", "Event of a customer, or of nobody in particular", ("event_id",),
    (
        id_("event_id", "Event id", required=False),
        id_("customer_id", "Customer id; empty for a system event", "customer", required=False),
        Field("name", "string", "What happened", required=True),
        Field("occurred_at", "datetime", "When", required=True),
        Field("source", "string", "Source"),
        Field("context", "map", "Details by name"),
    ),
    order="occurred_at",
    spanned=True,
    by_content=True,
    immutable=True,
    touches=True,
)  # fmt: skip

WEB_EVENT = ObjectType(
    "web_event", "Visit of a page, or what was done there", ("event_id",),
    (
        id_("event_id", "Event id", required=False),
        Field("visitor", "string", "Visitor, such as the id in the cookie"),
        Field("session", "string", "Session"),
        Field("customer_id", "string", "Customer id; empty while anonymous", refers="customer", stored="given_key"),
        Field("name", "string", "What happened, such as view or add_to_cart", required=True),
        Field("occurred_at", "datetime", "When", required=True),
        Field("page", "string", "Page"),
        id_("product_id", "Product id", "product", required=False),
        id_("category_id", "Category id", "category", required=False),
        Field("price", "decimal", "Price shown then"),
        Field("container", "string", "Cart, favourites or another list"),
        Field("quantity", "quantity", "Quantity"),
        Field("source", "string", "Source"),
        Field("context", "map", "Details by name"),
    ),
    order="occurred_at",
    spanned=True,
    by_content=True,
    touches=True,
    note="An anonymous event belongs to the customer by whom the same visitor is recognised next, within 60 days.",
)  # fmt: skip

CONTAINER = ObjectType(
    "container", "Product in a cart, in favourites or in another list", ("customer_id", "container", "product_id"),
    (
        id_("customer_id", "Customer id", "customer"),
        Field("container", "string", "Name of the list", required=True),
        id_("product_id", "Product id", "product"),
        Field("quantity", "quantity", "Quantity"),
        Field("price", "decimal", "Price per piece"),
        Field("added_at", "datetime", "Put in"),
    ),
    custom=True,
    group=("customer_id", "container"),
    touches=True,
    note="Mode replace takes the lists of the file as whole: products that are not in them any more go.",
)  # fmt: skip

BONUS_BALANCE = ObjectType(
    "bonus_balance", "Bonus account of a customer", ("customer_id", "account"),
    (
        id_("customer_id", "Customer id", "customer"),
        Field("account", "string", "Account", required=True, default="main"),
        Field("active", "decimal", "Can be spent now"),
        Field("pending", "decimal", "Will be active later"),
        Field("expiring", "decimal", "Expires next"),
        Field("expires_on", "date", "Day when that expires"),
        changed_at("Time of this balance"),
    ),
    custom=True,
    time="changed_at",
    touches=True,
)  # fmt: skip

POLL_ANSWER = ObjectType(
    "poll_answer", "Answer to a question of a poll", ("poll", "question", "customer_id", "answer"),
    (
        id_("poll", "Poll"),
        id_("question", "Question"),
        id_("customer_id", "Customer id", "customer"),
        Field("answer", "string", "Answer; a row for each where several may be given", required=True),
        Field("answered_at", "datetime", "When"),
    ),
    group=("poll", "question", "customer_id"),
    touches=True,
)  # fmt: skip
