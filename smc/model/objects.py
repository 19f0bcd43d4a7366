"""What smc knows about its objects: the one list that import, segments, templates and docs read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["string", "integer", "decimal", "quantity", "boolean", "date", "datetime"]


@dataclass(frozen=True, slots=True)
class Field:
    """A system field. ``refers`` names the object whose text id stands here; the warehouse keeps its integer key."""

    name: str
    type: Type
    title: str
    required: bool = False
    refers: str | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object that a feed can bring. ``key`` says which fields make a row the same row."""

    name: str
    title: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    custom: bool = False

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


def _id(name: str, title: str, refers: str | None = None, *, required: bool = True) -> Field:
    return Field(name, "string", title, required=required, refers=refers)


CUSTOMER = ObjectType(
    "customer", "Profile of a customer", ("customer_id",),
    (
        _id("customer_id", "Customer id", "customer"),
        Field("full_name", "string", "Full name"),
        Field("first_name", "string", "First name"),
        Field("middle_name", "string", "Middle name"),
        Field("last_name", "string", "Last name"),
        Field("email", "string", "E-mail"),
        Field("phone", "string", "Phone"),
        Field("birth_date", "date", "Birth date"),
        Field("gender", "string", "Gender"),
        Field("country", "string", "Country"),
        Field("region", "string", "Region"),
        Field("city", "string", "City"),
        Field("zip", "string", "Postal code"),
        Field("address", "string", "Address"),
        Field("timezone", "string", "Time zone"),
        Field("registered_at", "datetime", "Registered"),
        Field("source", "string", "Source"),
    ),
    custom=True,
)  # fmt: skip

CATEGORY = ObjectType(
    "category", "Node of the category tree", ("category_id",),
    (
        _id("category_id", "Category id", "category"),
        _id("parent_id", "Category above", "category", required=False),
        Field("name", "string", "Name"),
    ),
)  # fmt: skip

PRODUCT = ObjectType(
    "product", "Product of the catalogue", ("product_id",),
    (
        _id("product_id", "Product id", "product"),
        Field("name", "string", "Name"),
        Field("brand", "string", "Brand"),
        _id("category_id", "Category", "category", required=False),
        Field("price", "decimal", "Price"),
        Field("url", "string", "Page"),
        Field("image_url", "string", "Picture"),
    ),
)  # fmt: skip

STORE = ObjectType(
    "store", "Shop", ("store_id",),
    (
        _id("store_id", "Store id"),
        Field("name", "string", "Name"),
        Field("region", "string", "Region"),
        Field("city", "string", "City"),
        Field("address", "string", "Address"),
    ),
)  # fmt: skip

RECEIPT = ObjectType(
    "receipt", "Sale", ("receipt_id",),
    (
        _id("receipt_id", "Receipt id", "receipt"),
        _id("customer_id", "Customer id", "customer", required=False),
        _id("store_id", "Store id", required=False),
        Field("purchased_at", "datetime", "Time of purchase", required=True),
        Field("status", "string", "Status", one_of=("paid", "cancelled", "returned")),
        Field("total", "decimal", "Total after discounts", required=True),
        Field("discount", "decimal", "Discount"),
        Field("bonus_paid", "decimal", "Paid with bonuses"),
        Field("bonus_accrued", "decimal", "Bonuses given"),
        Field("promocode", "string", "Promocode"),
        Field("source", "string", "Source"),
    ),
)  # fmt: skip

RECEIPT_LINE = ObjectType(
    "receipt_line", "Line of a receipt", ("receipt_id", "line_no"),
    (
        _id("receipt_id", "Receipt id", "receipt"),
        Field("line_no", "integer", "Line number", required=True),
        _id("product_id", "Product id", "product"),
        Field("quantity", "quantity", "Quantity", required=True),
        Field("price", "decimal", "Price per piece"),
        Field("amount", "decimal", "Amount after discount", required=True),
        Field("discount", "decimal", "Discount"),
    ),
)  # fmt: skip

PROMOCODE = ObjectType(
    "promocode", "Code to redeem", ("pool", "code"),
    (
        _id("code", "Code"),
        _id("pool", "Group of codes"),
        Field("title", "string", "Title"),
        Field("valid_from", "date", "First day"),
        Field("valid_to", "date", "Last day"),
    ),
)  # fmt: skip

PROMOCODE_USE = ObjectType(
    "promocode_use", "Redemption of a promocode", ("pool", "code", "customer_id", "used_on"),
    (
        _id("code", "Code"),
        _id("pool", "Group of codes"),
        _id("customer_id", "Customer id", "customer"),
        Field("used_on", "date", "Day", required=True),
    ),
)  # fmt: skip

SUBSCRIPTION = ObjectType(
    "subscription", "Permission of a customer", ("customer_id", "channel", "category"),
    (
        _id("customer_id", "Customer id", "customer"),
        Field("channel", "string", "Channel", required=True),
        Field("category", "string", "Message category", required=True),
        Field("state", "string", "Yes or no", required=True, one_of=("yes", "no")),
        Field("changed_at", "datetime", "Given or taken", required=True),
        Field("source", "string", "Where"),
        Field("wording", "string", "Text shown"),
    ),
)  # fmt: skip

TAG_MEMBER = ObjectType(
    "tag_member",
    "Customer in a named list",
    ("customer_id", "tag"),
    (_id("customer_id", "Customer id", "customer"), Field("tag", "string", "Tag", required=True)),
)

PAST_MAILING = ObjectType(
    "past_mailing", "Mailing that another system sent", ("mailing",),
    (
        _id("mailing", "Mailing id"),
        Field("title", "string", "Title"),
        Field("channel", "string", "Channel", required=True),
        Field("starts_on", "date", "First day", required=True),
        Field("ends_on", "date", "Last day"),
    ),
)  # fmt: skip

PAST_MESSAGE = ObjectType(
    "past_message", "Recipient of a past mailing", ("mailing", "customer_id"),
    (
        _id("mailing", "Mailing id"),
        _id("customer_id", "Customer id", "customer"),
        Field("delivered_on", "date", "Day of delivery", required=True),
    ),
)  # fmt: skip

OBJECTS = {
    item.name: item
    for item in (
        CATEGORY, PRODUCT, STORE, CUSTOMER, SUBSCRIPTION, TAG_MEMBER, RECEIPT, RECEIPT_LINE,
        PROMOCODE, PROMOCODE_USE, PAST_MAILING, PAST_MESSAGE,
    )
}  # fmt: skip
"""In the order in which a night loads them."""
