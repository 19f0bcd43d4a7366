"""How the outbox writes down results, and the numbers by which the warehouse reads them: within its transactions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, cast, func, select, update

from smc.send.outbox_tables import attempt, facts, message
from smc.send.records import Settled


def settle(connection: Connection, ended: Sequence[Settled], now: datetime) -> None:
    seq = next_seq(connection)
    later = bindparam("later", type_=message.c.next_at.type)
    connection.execute(
        update(attempt)
        .where(attempt.c.message_key == bindparam("key"), attempt.c.ended_at.is_(None))
        .values(ended_at=bindparam("now"), code=bindparam("reply"), text=bindparam("words")),
        [{"key": end.message_key, "now": now, "reply": end.code, "words": end.text} for end in ended],
    )
    connection.execute(
        update(message)
        .where(message.c.message_key == bindparam("key"))
        .values(
            state=bindparam("to"), reason=bindparam("why"), owner=None, settled_at=bindparam("now"),
            seq=bindparam("number"), next_at=func.coalesce(later, message.c.next_at),
            max_attempts=message.c.max_attempts + bindparam("free"),
        ),
        [
            {"key": end.message_key, "to": end.state, "why": end.reason, "now": now, "later": end.next_at,
             "number": 0 if end.state == "queued" else seq, "free": 0 if end.counts else 1}
            for end in ended
        ],
    )  # fmt: skip


def next_seq(connection: Connection) -> int:
    """The number of this transaction. Its row is locked until the commit, so numbers become visible in their order."""
    more = cast(cast(facts.c.value, Integer) + 1, facts.c.value.type)
    connection.execute(update(facts).where(facts.c.name == "seq").values(value=more))
    return int(fact(connection, "seq"))


def fact(connection: Connection, name: str) -> str:
    return str(connection.scalar(select(facts.c.value).where(facts.c.name == name)))
