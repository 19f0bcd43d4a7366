"""Permissions, lists, and what other systems sent before."""

from __future__ import annotations

from smc.model.field import Field, ObjectType, id_

SUBSCRIPTION = ObjectType(
    "subscription", "Permission of a customer", ("customer_id", "channel", "category"),
    (
        id_("customer_id", "Customer id", "customer"),
        Field("channel", "string", "Channel", required=True),
        Field("category", "string", "Message category", required=True),
        Field("state", "string", "Yes, no or unknown", required=True, one_of=("yes", "no", "unknown")),
        Field("changed_at", "datetime", "Given or taken", required=True),
        Field("source", "string", "Where"),
        Field("wording", "string", "Text shown"),
    ),
    time="changed_at",
    log="subscription_log",
    final=("state", "no"),
    touches=True,
    note="Every row is kept in `subscription_log`; the newest one holds. `unknown` is never a yes, and no refusal.",
)  # fmt: skip

TAG_MEMBER = ObjectType(
    "tag_member", "Customer in a named list", ("customer_id", "tag"),
    (id_("customer_id", "Customer id", "customer"), Field("tag", "string", "Tag", required=True)),
    group=("tag",),
    touches=True,
    note="A file may name the tag in a column, or be a list of ids alone and have `tag: {constant: NAME}` in the feed.",
)  # fmt: skip

CONTROL_MEMBER = ObjectType(
    "control_member", "Customer in a control group of another system", ("customer_id", "control_group"),
    (
        id_("customer_id", "Customer id", "customer"),
        Field("control_group", "string", "`global`, or the campaign", required=True, default="global"),
        Field("starts_on", "date", "First day"),
        Field("ends_on", "date", "Last day"),
    ),
    group=("control_group",),
    touches=True,
)  # fmt: skip

PAST_MAILING = ObjectType(
    "past_mailing", "Mailing that another system sent", ("mailing",),
    (
        id_("mailing", "Mailing id"),
        Field("title", "string", "Title"),
        Field("channel", "string", "Channel", required=True),
        Field("starts_on", "date", "First day", required=True),
        Field("ends_on", "date", "Last day"),
    ),
)  # fmt: skip

PAST_MESSAGE = ObjectType(
    "past_message", "Recipient of a past mailing", ("mailing", "customer_id"),
    (
        id_("mailing", "Mailing id"),
        id_("customer_id", "Customer id", "customer"),
        Field("delivered_on", "date", "Day of delivery", required=True),
    ),
    group=("mailing",),
    touches=True,
)  # fmt: skip

PAST_MESSAGE_EVENT = ObjectType(
    "past_message_event", "What happened to a message of a past mailing", ("event_id",),
    (
        id_("event_id", "Event id", required=False),
        id_("mailing", "Mailing id"),
        id_("customer_id", "Customer id", "customer"),
        Field(
            "state", "string", "What happened", required=True,
            one_of=("sent", "delivered", "opened", "clicked", "bounced", "complained", "unsubscribed"),
        ),
        Field("occurred_at", "datetime", "When", required=True),
        Field("detail", "string", "Link that was clicked, or why it bounced"),
    ),
    order="occurred_at",
    spanned=True,
    by_content=True,
    immutable=True,
    touches=True,
)  # fmt: skip
