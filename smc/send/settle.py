"""Bring the states of the outbox back into the warehouse."""

from __future__ import annotations

from dataclasses import dataclass

from smc.send.consistency import check
from smc.send.outbox import Change, Outbox
from smc.send.readback import read_back
from smc.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class SettleResult:
    """Messages whose state changed since the last reading, by their new state."""

    accepted: int = 0
    failed: int = 0
    expired: int = 0
    suppressed: int = 0
    unknown: int = 0
    requeued: int = 0


def settle(warehouse: Warehouse, outbox: Outbox) -> SettleResult:
    """Read what is newer than the number kept in ``watermark``, in one transaction with that number.

    Reading twice changes nothing. ``RunError`` when one of the two databases was restored or lost, see
    ``smc.send.consistency``.
    """
    check(warehouse, outbox)
    return _counted(read_back(warehouse, outbox))


def _counted(changes: list[Change]) -> SettleResult:
    states = [change.state for change in changes]
    return SettleResult(
        accepted=states.count("accepted"),
        failed=states.count("failed"),
        expired=states.count("expired"),
        suppressed=states.count("suppressed"),
        unknown=states.count("unknown"),
        requeued=states.count("queued"),
    )
