"""Customers, their cards, and where they can be reached."""

from __future__ import annotations

from smc.model.field import Field, ObjectType, active, changed_at, id_

CUSTOMER = ObjectType(
    "customer", "Profile of a customer", ("customer_id",),
    (
        id_("customer_id", "Customer id", "customer"),
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
        active("Still a customer"),
    ),
    custom=True,
    touches=True,
    note="A customer who is not active is never messaged.",
)  # fmt: skip

CARD = ObjectType(
    "card", "Loyalty card", ("card_id",),
    (
        id_("card_id", "Card number"),
        id_("customer_id", "Holder", "customer", required=False),
        Field("status", "string", "Status, as the shop codes it"),
        Field("level", "string", "Level, as the shop codes it"),
        Field("issued_at", "datetime", "Issued"),
        active("Still valid"),
    ),
    custom=True,
    touches=True,
    note="A card belongs to one customer; a customer may have several cards.",
)  # fmt: skip

CONTACT_POINT = ObjectType(
    "contact_point", "Push token or messenger id", ("channel", "address"),
    (
        Field("channel", "string", "Channel, such as push or telegram", required=True),
        id_("address", "Token or id within the channel"),
        id_("customer_id", "Customer id", "customer"),
        Field("device", "string", "Device"),
        Field("app", "string", "App"),
        active("Still valid"),
        changed_at("Time of this state"),
    ),
    custom=True,
    time="changed_at",
    touches=True,
    note="An address belongs to one customer: the newest row says whom, so that a phone that was handed on gets no "
    "messages for its former owner.",
)  # fmt: skip
