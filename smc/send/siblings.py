"""Cascades at the hand-over: a message goes on its way only when the one before it, by another channel, cannot.

The warehouse does not know what a sender has in hand, so the outbox is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from smc.send.outbox import Outbox
from smc.warehouse import Warehouse, statement

_SENT = frozenset({"accepted", "unknown", "delivered"})
_OPEN = frozenset({"queued", "claimed"})


@dataclass(frozen=True, slots=True)
class Siblings:
    """Keys of planned messages: of which another channel has ``sent`` one, and of which one is still in its hands."""

    sent: frozenset[str]
    open: frozenset[str]


NOBODY = Siblings(frozenset(), frozenset())


def siblings(warehouse: Warehouse, outbox: Outbox) -> Siblings:
    """To be asked when the outbox knows what the warehouse has taken back: a sender takes none of that afterwards."""
    rows = warehouse.rows(statement("smc.send", "siblings"))
    held = outbox.states([other for _, other, _ in rows])
    now = [(key, held.get(other, state)) for key, other, state in rows]
    sent = frozenset(key for key, state in now if state in _SENT)
    return Siblings(sent, frozenset(key for key, state in now if state in _OPEN) - sent)
