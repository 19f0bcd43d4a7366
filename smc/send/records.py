"""Messages of the outbox as values: handed over, claimed, settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["queued", "claimed", "accepted", "failed", "expired", "suppressed", "unknown"]


@dataclass(frozen=True, slots=True)
class Queued:
    """A message as the warehouse hands it over. ``closes_at``: from then on it waits until it is given another time.

    ``campaign``: what it belongs to; ``per_minute``: so many of that may be claimed in a minute; ``extras``: what it
    has beside its template, as ``smc.send.extras`` writes it.
    """

    message_key: str
    channel: str
    address: str
    customer_id: str
    template: str
    context: str
    sender: str
    reply_to: str | None
    unsubscribe_url: str | None
    unsubscribe_mailto: str | None
    feedback_id: str
    max_attempts: int
    due_at: datetime
    expires_at: datetime
    closes_at: datetime | None
    campaign: str | None = None
    per_minute: int | None = None
    extras: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed(Queued):
    """A message that this sender has taken; ``attempts`` were made before."""

    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """How an attempt ended. ``next_at`` is set when the state is queued again; ``counts``: the network was touched."""

    message_key: str
    state: State
    reason: str | None = None
    code: int | None = None
    text: str = ""
    next_at: datetime | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """A state that the warehouse has not read yet."""

    seq: int
    message_key: str
    state: State
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Recovered:
    """What dead senders left: back in the queue, or unknown."""

    requeued: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that no sender holds and that may still go out: queued, or unknown. ``coded``: it has a promocode."""

    message_key: str
    state: State
    address: str
    due_at: datetime
    closes_at: datetime | None
    coded: bool
