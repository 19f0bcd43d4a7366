"""Facts as far as they need nothing of a project: events, messages, carts, cards, polls, campaigns."""

from __future__ import annotations

from smc.model.fact import BRAND, DAY, PRODUCT, PRODUCT_CATEGORY, PRODUCT_NAME, Fact, FactField, system
from smc.model.objects import OBJECTS

EVENTS = Fact(
    "events", "Events", "event", "event", "t.day",
    (*system(OBJECTS["event"], "event_id", "name", "occurred_at", "source"), DAY),
    reads=frozenset({"event"}),
    context="t.context",
    key="t.event_id",
    at="t.occurred_at",
)  # fmt: skip

WEB_EVENTS = Fact(
    "web_events", "Web events", "web event", "web_event", "t.day",
    (
        *system(OBJECTS["web_event"], "event_id", "visitor", "session", "name", "occurred_at", "page", "product_id"),
        FactField("category_id", "Category of the row, else of its product", "category",
                  "coalesce(t.category_key, p.category_key)", ("p",)),
        BRAND, PRODUCT_NAME,
        *system(OBJECTS["web_event"], "price", "container", "quantity", "source"), DAY,
    ),
    joins={"p": PRODUCT},
    reads=frozenset({"web_event", "product"}),
    context="t.context",
    key="t.event_id",
    at="t.occurred_at",
)  # fmt: skip

STATES = (
    "planned", "suppressed", "queued", "claimed", "accepted", "sent", "delivered", "bounced", "failed", "expired",
    "unknown",
)  # fmt: skip
SENT = ("sent", "accepted", "delivered", "bounced", "unknown")
"""States of a message that may have reached the customer: ``sent`` and ``delivered`` of the past, the others of smc."""

_ARMS = ("test", "control")

MESSAGES = Fact(
    "messages", "Messages, those of past mailings too", "message",
    """(
    select
        customer_key, campaign, kind, channel, category, template, arm, state, reason,
        coalesce(left_on, planned_on) as day, due_at as sent_at
    from message
    union all
    select
        m.customer_key, m.mailing, 'past', g.channel, null, null, 'test', 'delivered', null,
        m.delivered_on, cast(m.delivered_on as timestamptz)
    from past_message as m
    left join past_mailing as g on g.mailing = m.mailing
    union all
    select
        e.customer_key, e.mailing, 'past', max(g.channel), null, null, 'test', min(e.state), null,
        min(e.day), min(e.occurred_at)
    from past_message_event as e
    left join past_message as m on m.mailing = e.mailing and m.customer_key = e.customer_key
    left join past_mailing as g on g.mailing = e.mailing
    where e.state in ('sent', 'delivered') and m.customer_key is null
    group by e.customer_key, e.mailing
)""",
    "t.day",
    (
        FactField("campaign", "Campaign or mailing", "string", "t.campaign"),
        FactField("kind", "Kind", "string", "t.kind", one_of=("campaign", "mailing", "past")),
        FactField("channel", "Channel", "string", "t.channel"),
        FactField("category", "Message category", "string", "t.category"),
        FactField("template", "Template", "string", "t.template"),
        FactField("arm", "Arm", "string", "t.arm", one_of=_ARMS),
        FactField("state", "State", "string", "t.state", one_of=STATES),
        FactField("reason", "Why it was not sent", "string", "t.reason"),
        FactField("sent_at", "When it was due", "datetime", "t.sent_at"),
        DAY,
    ),
    counts=f"t.state in {SENT}",
    counted_once=f"t.state in {SENT}",
    decides=("state", "reason"),
    reads=frozenset({"message", "past_message", "past_mailing", "past_message_event"}),
    touches=None,
    later=True,
)  # fmt: skip

REACTIONS = ("opened", "clicked", "complained", "unsubscribed", "bounced")

REACTED = Fact(
    "reactions", "Reactions to messages", "reaction", "past_message_event", "t.day",
    (
        FactField("reaction", "Reaction", "string", "t.state", one_of=REACTIONS),
        FactField("campaign", "Campaign or mailing", "string", "t.mailing"),
        FactField("channel", "Channel", "string", "g.channel", ("g",)),
        FactField("detail", "Link that was clicked, or why it bounced", "string", "t.detail"),
        FactField("occurred_at", "When", "datetime", "t.occurred_at"),
        DAY,
    ),
    counts=f"t.state in {REACTIONS}",
    counted_once=f"t.state in {REACTIONS}",
    joins={"g": "left join past_mailing as g on g.mailing = t.mailing"},
    reads=frozenset({"past_message_event", "past_mailing"}),
)  # fmt: skip

PROMOCODES = Fact(
    "promocodes", "Promocodes issued and used", "promocode",
    """(
    select
        p.customer_key, 'issued' as happened, p.code, p.pool, p.status, p.valid_from, p.valid_to, p.uses_left, p.custom,
        i.day
    from promocode as p
    left join (
        select pool, code, customer_key, min(issued_on) as day from promocode_issue group by pool, code, customer_key
    ) as i on i.pool = p.pool and i.code = p.code and i.customer_key = p.customer_key
    union all
    select
        u.customer_key, 'used', u.code, u.pool, c.status, c.valid_from, c.valid_to, c.uses_left, c.custom, u.used_on
    from (
        select customer_key, code, pool, used_on from promocode_use
        union all
        select customer_key, code, pool, used_on from promocode_seen
    ) as u
    left join promocode as c on c.pool = u.pool and c.code = u.code
)""",
    "t.day",
    (
        FactField("happened", "What happened", "string", "t.happened", one_of=("issued", "used")),
        FactField("code", "Code", "string", "t.code"),
        FactField("group", "Group of codes", "string", "t.pool"),
        FactField("status", "Status", "string", "t.status", one_of=("active", "used", "void")),
        FactField("valid_from", "First day", "date", "t.valid_from"),
        FactField("valid_to", "Last day", "date", "t.valid_to"),
        FactField("uses_left", "How often it can still be redeemed", "integer", "t.uses_left"),
        FactField("day", "Day of use, or of issue where smc gave the code", "date", "t.day"),
    ),
    reads=frozenset({"promocode", "promocode_issue", "promocode_use", "promocode_seen"}),
    touches=None,
    key="t.pool || ' ' || t.code || ' ' || cast(t.day as varchar)",
)  # fmt: skip

CARDS = Fact(
    "cards", "Loyalty cards", "card", "card", "cast(t.issued_at as date)",
    (
        *system(OBJECTS["card"], "card_id", "status", "level", "issued_at"),
        FactField("active", "Still valid", "boolean", "coalesce(t.active, true)"),
        FactField("day", "Local day of issue", "date", "cast(t.issued_at as date)"),
    ),
    counts="coalesce(t.active, true)",
    counted_once="coalesce(t.active, true)",
    decides=("active",),
    reads=frozenset({"card"}),
    touches=None,
)  # fmt: skip

CONTAINERS = Fact(
    "containers", "Products in carts, favourites and other lists", "product in a list", "container",
    "cast(t.added_at as date)",
    (
        *system(OBJECTS["container"], "container", "product_id"),
        PRODUCT_CATEGORY, BRAND, PRODUCT_NAME,
        *system(OBJECTS["container"], "quantity", "price", "added_at"),
        FactField("amount", "Price times quantity; one piece where none is given", "decimal",
                  "try_cast(cast(coalesce(t.quantity, 1) as decimal(19, 3)) * t.price as decimal(24, 4))"),
        FactField("stock", "Stock of the product", "decimal", "p.stock", ("p",)),
        FactField("day", "Local day when it was put in", "date", "cast(t.added_at as date)"),
    ),
    joins={"p": PRODUCT, "pi": "left join product_ident as pi on pi.product_key = t.product_key"},
    reads=frozenset({"container", "product"}),
    key="t.container || ' ' || pi.product_id || ' ' || cast(cast(t.added_at as date) as varchar)",
    at="t.added_at",
    key_needs=("pi",),
)  # fmt: skip

BONUSES = Fact(
    "bonuses", "Bonus accounts", "bonus account", "bonus_balance", None,
    system(OBJECTS["bonus_balance"], "account", "active", "pending", "expiring", "expires_on", "changed_at"),
    reads=frozenset({"bonus_balance"}),
)  # fmt: skip

POLL_ANSWERS = Fact(
    "poll_answers", "Answers to polls", "answer", "poll_answer", "cast(t.answered_at as date)",
    (
        *system(OBJECTS["poll_answer"], "poll", "question", "answer", "answered_at"),
        FactField("day", "Local day of the answer", "date", "cast(t.answered_at as date)"),
    ),
    reads=frozenset({"poll_answer"}),
    key="t.poll",
    at="t.answered_at",
)  # fmt: skip

ENTRIES = Fact(
    "entries", "Stays in campaigns and mailings", "stay", "entry", "t.entered_on",
    (
        FactField("campaign", "Campaign or mailing", "string", "t.campaign"),
        FactField("kind", "Kind", "string", "t.kind", one_of=("campaign", "mailing")),
        FactField("arm", "Arm", "string", "t.arm", one_of=_ARMS),
        FactField("occurrence", "This birthday, this receipt, …", "string", "t.occurrence"),
        FactField("exit_reason", "Why the stay ended", "string", "t.exit_reason"),
        FactField("exited_on", "Day of the end", "date", "t.exited_on"),
        FactField("day", "Day of entry", "date", "t.entered_on"),
    ),
    reads=frozenset({"entry"}),
    touches=None,
    later=True,
)  # fmt: skip

STEPS = Fact(
    "steps", "Steps of campaigns", "step",
    """(
    select e.customer_key, e.campaign, e.arm, l.step, l.visit, l.outcome, l.done_on
    from step_log as l
    join entry as e on e.entry_key = l.entry_key
)""",
    "t.done_on",
    (
        FactField("campaign", "Campaign or mailing", "string", "t.campaign"),
        FactField("arm", "Arm", "string", "t.arm", one_of=_ARMS),
        FactField("step", "Number of the step, 1 first", "integer", "t.step"),
        FactField("visit", "Which time, 1 first", "integer", "t.visit"),
        FactField("outcome", "Outcome", "string", "t.outcome"),
        FactField("day", "Day", "date", "t.done_on"),
    ),
    reads=frozenset({"entry", "step_log"}),
    touches=None,
    later=True,
)  # fmt: skip
