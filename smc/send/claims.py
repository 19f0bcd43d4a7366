"""What a sender may take from the outbox: statements within a transaction of the outbox's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, func, or_, select, update

from smc.send.outbox_tables import facts, message
from smc.send.records import Claimed

_CLAIMED = tuple(Claimed.__dataclass_fields__)
_MINUTE = timedelta(minutes=1)


def due(channels: Collection[str], now: datetime, begin: datetime, paused: Collection[str]) -> Select[tuple[str]]:
    """Keys of what may go out, longest due first; nothing that ended before ``begin``."""
    return (
        select(message.c.message_key)
        .where(message.c.state == "queued", message.c.channel.in_(channels))
        .where(message.c.next_at <= now, message.c.expires_at > begin)
        .where(or_(message.c.closes_at.is_(None), message.c.closes_at > begin))
        .where(or_(message.c.campaign.is_(None), message.c.campaign.not_in(paused)))
        .order_by(message.c.next_at, message.c.message_key)
    )


def take(connection: Connection, chosen: Select[tuple[str]], limit: int, owner: str, now: datetime) -> list[Claimed]:
    """Claim the first of them."""
    keys = chosen.limit(limit).with_for_update(skip_locked=True)
    claim = (
        update(message)
        .where(message.c.message_key.in_(keys.scalar_subquery()))
        .values(state="claimed", owner=owner, claimed_at=now)
        .returning(*(message.c[name] for name in _CLAIMED))
    )
    rows = [Claimed(*row) for row in connection.execute(claim)]
    return sorted(rows, key=lambda row: (row.due_at, row.message_key))


def take_paced(
    connection: Connection, chosen: Select[tuple[str]], limit: int, owner: str, now: datetime
) -> list[Claimed]:  # fmt: skip
    """Claim of what has a pace as many as it leaves."""
    found: list[Claimed] = []
    for campaign, pace in _paces(connection) if limit > 0 else ():
        own = chosen.where(message.c.per_minute == pace, message.c.campaign == campaign)
        most = min(pace - _claimed_about(connection, campaign, now), limit - len(found))
        if most > 0:
            found += take(connection, own, most, owner, now)
    return found


def _paces(connection: Connection) -> Sequence[tuple[str, int]]:
    """Campaigns with their paces. Where there are any, other senders wait here for the end of this transaction."""
    asking = (
        select(message.c.campaign, message.c.per_minute)
        .where(message.c.state == "queued", message.c.per_minute.is_not(None))
        .distinct()
        .order_by(message.c.campaign, message.c.per_minute)
    )
    found = [(campaign, pace) for campaign, pace in connection.execute(asking)]
    if found:
        connection.execute(select(facts.c.value).where(facts.c.name == "seq").with_for_update())
    return found


def _claimed_about(connection: Connection, campaign: str, now: datetime) -> int:
    """By whomever in the minute that ends now. Another sender's clock, or his turn at the database, may be a little
    ahead; a claim from beyond the next minute was made by a clock that was wrong."""
    counted = select(func.count()).where(
        message.c.campaign == campaign, message.c.per_minute.is_not(None),
        message.c.claimed_at > now - _MINUTE, message.c.claimed_at <= now + _MINUTE,
    )  # fmt: skip
    return int(connection.scalar(counted) or 0)
