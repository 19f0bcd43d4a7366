"""Bring the states of the outbox back into the warehouse."""

from __future__ import annotations

from dataclasses import dataclass

from smc.send.outbox import Change, Outbox
from smc.warehouse import Warehouse, statement

_MARK = "outbox"


@dataclass(frozen=True, slots=True)
class SettleResult:
    """Messages whose state changed since the last reading, by their new state."""

    accepted: int = 0
    failed: int = 0
    expired: int = 0
    unknown: int = 0
    requeued: int = 0


def settle(warehouse: Warehouse, outbox: Outbox) -> SettleResult:
    """Read what is newer than the number kept in ``watermark``, in one transaction with that number.

    The number belongs to one outbox: from another file everything is read. Reading twice changes nothing.
    """
    changes = outbox.changes(_read_so_far(warehouse, outbox.id))
    if not changes:
        return SettleResult()
    with warehouse.transaction():
        warehouse.run(
            statement("smc.send", "settle"),
            keys=[change.message_key for change in changes],
            states=[change.state for change in changes],
            reasons=[change.reason for change in changes],
            times=[change.at.isoformat() for change in changes],
        )
        newest = changes[-1]
        warehouse.run("delete from watermark where name = $name", name=_MARK)
        warehouse.run(
            "insert into watermark values ($name, $day, $mark)",
            name=_MARK, day=newest.at.date(), mark=f"{outbox.id}:{newest.seq}",
        )  # fmt: skip
    return _counted(changes)


def _read_so_far(warehouse: Warehouse, outbox: str) -> int:
    mark = warehouse.value("select definition from watermark where name = $name", name=_MARK) or ":0"
    of, _, number = mark.partition(":")
    return int(number) if of == outbox else 0


def _counted(changes: list[Change]) -> SettleResult:
    states = [change.state for change in changes]
    return SettleResult(
        accepted=states.count("accepted"),
        failed=states.count("failed"),
        expired=states.count("expired"),
        unknown=states.count("unknown"),
        requeued=states.count("queued"),
    )
