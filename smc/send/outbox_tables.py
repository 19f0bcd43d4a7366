"""Tables of the outbox, the same on SQLite and PostgreSQL. Instants are ISO 8601 text in UTC, which sorts by time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    case,
    select,
    text,
    update,
)

VERSION = 4


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as fixed-width UTC text, so that comparing texts compares times."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's shape
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - same
        return None if value is None else datetime.fromisoformat(value)


metadata = MetaData()

message = Table(
    "outbox_message",
    metadata,
    Column("message_key", String(32), primary_key=True, comment="key of the warehouse's message"),
    Column("channel", String(32), nullable=False, comment="email, sms, …"),
    Column("address", Text, nullable=False, comment="where to; of a channel with several devices all, as JSON"),
    Column("customer_id", Text, nullable=False, comment="the shop's id"),
    Column("template", String(64), nullable=False, comment="sha256, joins outbox_template"),
    Column("context", Text, nullable=False, comment="what the template needs to know, as JSON"),
    Column("sender", Text, nullable=False, comment="mailbox of From, or the name that phones show"),
    Column("reply_to", Text, comment="mailbox of Reply-To"),
    Column("unsubscribe_url", Text, comment="one-click link of List-Unsubscribe"),
    Column("unsubscribe_mailto", Text, comment="mail link of List-Unsubscribe"),
    Column("feedback_id", Text, nullable=False, comment="Feedback-ID"),
    Column("max_attempts", Integer, nullable=False, comment="attempts before it fails"),
    Column("due_at", Instant, nullable=False, comment="not before"),
    Column("expires_at", Instant, nullable=False, comment="not after"),
    Column("closes_at", Instant, comment="not from then on, until it is given another time; null: no such end"),
    Column("campaign", Text, comment="campaign or mailing; null: none"),
    Column("per_minute", Integer, comment="so many of its campaign may be claimed in a minute; null: all"),
    Column("extras", Text, comment="what the letter has beside its template, as JSON; null: nothing"),
    Column("next_at", Instant, nullable=False, comment="not before: due_at, or later after a temporary failure"),
    Column(
        "state", String(16), nullable=False, comment="queued, claimed, accepted, failed, expired, suppressed, unknown"
    ),
    Column("reason", Text, comment="why failed, suppressed or unknown"),
    Column("attempts", Integer, nullable=False, comment="attempts that touched the network"),
    Column("owner", String(64), comment="sender process that claimed it"),
    Column("claimed_at", Instant, comment="when"),
    Column("settled_at", Instant, comment="when the state became what it is"),
    Column("seq", BigInteger, nullable=False, comment="number of the change that the warehouse has to read; 0 none"),
    Index("outbox_message_queue", "state", "per_minute", "next_at"),
    Index(
        "outbox_message_pace",
        "campaign",
        "claimed_at",
        sqlite_where=text("per_minute is not null"),
        postgresql_where=text("per_minute is not null"),
    ),
    Index("outbox_message_seq", "seq"),
    comment="Message on its way",
)

template = Table(
    "outbox_template",
    metadata,
    Column("sha256", String(64), primary_key=True, comment="of the parts"),
    Column("name", Text, nullable=False, comment="name in the project"),
    Column("subject", Text, nullable=False, comment="source"),
    Column("preheader", Text, nullable=False, comment="source"),
    Column("html", Text, nullable=False, comment="source"),
    Column("text", Text, comment="source; null: made from the HTML"),
    Column("parts", Text, comment="of a short message: sources by name, a JSON object; null: a letter"),
    comment="Template as it was when messages with it were handed over",
)

attached = Table(
    "outbox_file",
    metadata,
    Column("sha256", String(64), primary_key=True, comment="of name, type and content"),
    Column("name", Text, nullable=False, comment="name that readers see"),
    Column("kind", Text, nullable=False, comment="type such as application/pdf"),
    Column("content", LargeBinary, nullable=False, comment="the file"),
    comment="File that goes with messages, as it was when they were handed over",
)

attempt = Table(
    "attempt",
    metadata,
    Column("message_key", String(32), primary_key=True, comment="joins outbox_message"),
    Column("attempt_no", Integer, primary_key=True, comment="counts from 1"),
    Column("started_at", Instant, nullable=False, comment="before the network was touched"),
    Column("ended_at", Instant, comment="null: in flight, or its sender died"),
    Column("code", Integer, comment="reply code"),
    Column("text", Text, comment="reply without personal data"),
    comment="Try to hand a message to a server",
)

facts = Table(
    "outbox_fact",
    metadata,
    Column("name", String(32), primary_key=True, comment="version, id, seq"),
    Column("value", Text, nullable=False, comment="its value"),
    comment="What the outbox knows of itself",
)


_UPGRADES = {
    2: ("alter table outbox_message add column closes_at varchar(32)",),
    3: (
        "alter table outbox_message add column campaign text",
        "alter table outbox_message add column extras text",
        "alter table outbox_message add column per_minute integer",
        "drop index outbox_message_queue",
        "create index outbox_message_queue on outbox_message (state, per_minute, next_at)",
        "create index outbox_message_pace on outbox_message (campaign, claimed_at) where per_minute is not null",
    ),
    4: ("alter table outbox_template add column parts text",),
}
"""What an older outbox lacks, by the version that brought it."""
_CAMPAIGN = 3


def upgrade(connection: Connection, version: int) -> None:
    """Bring an outbox of an older version to this one."""
    for number in range(version + 1, VERSION + 1):
        for statement in _UPGRADES[number]:
            connection.exec_driver_sql(statement)
        if number == _CAMPAIGN:
            _name_campaigns(connection)
    if version < VERSION:
        connection.execute(facts.update().where(facts.c.name == "version").values(value=str(VERSION)))


def _name_campaigns(connection: Connection) -> None:
    """Say of what may still leave what it belongs to: the first word of its Feedback-ID. Notices have no customer."""
    column = message.c.feedback_id
    which = message.c.state.in_(["queued", "claimed", "unknown"]) & (message.c.customer_id != "")
    names = {one: one.partition(":")[0] for one in connection.scalars(select(column).where(which).distinct())}
    if names:
        connection.execute(update(message).where(which).values(campaign=case(names, value=column)))
