"""Objects that no feed brings because smc makes them itself, as far as a test may give them."""

from __future__ import annotations

from smc.model.field import Field, ObjectType, id_

MESSAGE = ObjectType(
    "message", "Message of a campaign or mailing, sent or left out", ("message_key",),
    (
        id_("message_key", "Key"),
        id_("customer_id", "Customer id", "customer"),
        Field("entry_key", "string", "Entry", default="entry"),
        Field("campaign", "string", "Campaign or mailing", default="campaign"),
        Field("kind", "string", "Which", one_of=("campaign", "mailing"), default="campaign"),
        Field("version", "integer", "Version of the campaign", default="1"),
        Field("step", "integer", "Step", default="1"),
        Field("channel", "string", "Channel", default="email"),
        Field("category", "string", "Message category", default="marketing"),
        Field("template", "string", "Template", default="template"),
        Field("arm", "string", "Test or control", one_of=("test", "control"), default="test"),
        Field("planned_on", "date", "Day of the run that planned it", required=True),
        Field("due_at", "datetime", "Not before", required=True),
        Field("expires_at", "datetime", "Not after", required=True),
        Field(
            "state", "string", "What became of it", default="delivered",
            one_of=(
                "planned", "suppressed", "queued", "accepted", "delivered", "bounced", "failed", "expired", "unknown",
            ),
        ),
        Field("reason", "string", "Why it was left out or failed"),
        Field("state_at", "datetime", "When that was known", required=True),
    ),
)  # fmt: skip

ENTRY = ObjectType(
    "entry", "Stay of a customer in a campaign", ("entry_key",),
    (
        id_("entry_key", "Key", "entry"),
        id_("customer_id", "Customer id", "customer"),
        Field("campaign", "string", "Campaign or mailing", required=True),
        Field("kind", "string", "Which", one_of=("campaign", "mailing"), default="campaign"),
        Field("version", "integer", "Version that he entered", default="1"),
        Field("occurrence", "string", "Which birthday, which receipt", default="once"),
        Field("entered_on", "date", "Day when he entered", required=True),
        Field("arm", "string", "Test or control", one_of=("test", "control"), default="test"),
        Field("step", "integer", "Number of the step where he stands"),
        Field("due_at", "datetime", "When that step is due"),
        Field("exited_on", "date", "Day when he left"),
        Field("exit_reason", "string", "Why he left"),
    ),
)  # fmt: skip

STEP_LOG = ObjectType(
    "step_log", "What happened at a step of a campaign", (),
    (
        id_("entry_key", "Entry", "entry"),
        Field("step", "integer", "Number of the step", default="1"),
        Field("visit", "integer", "How often he has been there", default="1"),
        Field("done_on", "date", "Day", required=True),
        Field("outcome", "string", "passed, refused, messaged, …", default="passed"),
    ),
)  # fmt: skip

OWN = {item.name: item for item in (ENTRY, STEP_LOG, MESSAGE)}
"""In the order in which they are put in, behind what feeds bring."""
KEYED = {"entry": "entry_key"}
"""Fields of these objects that name another one are texts, not integer keys."""
