"""What the warehouse has read of the outbox: a row of ``watermark``, with the outbox's id and the last number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from smc.send.outbox import Change, Outbox
from smc.warehouse import Warehouse, statement

_NAME = "outbox"


@dataclass(frozen=True, slots=True)
class Mark:
    """Read up to ``seq`` from the outbox with this id."""

    outbox: str
    seq: int


def mark(warehouse: Warehouse) -> Mark | None:
    """None when nothing was ever handed over."""
    found = warehouse.value("select definition from watermark where name = $name", name=_NAME)
    if found is None:
        return None
    of, _, number = found.partition(":")
    return Mark(of, int(number))


def set_mark(warehouse: Warehouse, new: Mark, day: date) -> None:
    """Within a transaction of the caller's."""
    warehouse.run("delete from watermark where name = $name", name=_NAME)
    warehouse.run(
        "insert into watermark values ($name, $day, $mark)", name=_NAME, day=day, mark=f"{new.outbox}:{new.seq}"
    )


def read_so_far(warehouse: Warehouse, outbox: str) -> int:
    """The last number read from this outbox; 0 from another one, which is read from its beginning."""
    found = mark(warehouse)
    return found.seq if found and found.outbox == outbox else 0


def read_back(warehouse: Warehouse, outbox: Outbox) -> list[Change]:
    """States that are newer than the mark come into ``message``, in one transaction with the mark."""
    changes = outbox.changes(read_so_far(warehouse, outbox.id))
    if not changes:
        return []
    with warehouse.transaction():
        warehouse.run(
            statement("smc.send", "settle"),
            keys=[change.message_key for change in changes],
            states=[change.state for change in changes],
            reasons=[change.reason for change in changes],
            times=[change.at.isoformat() for change in changes],
        )
        warehouse.run(statement("smc.send", "touch"), keys=[change.message_key for change in changes])
        for name in ("settle_notices", "settle_notified", "settle_copies"):
            warehouse.run(statement("smc.send", name), keys=[change.message_key for change in changes],
                          states=[change.state for change in changes])  # fmt: skip
        newest = changes[-1]
        set_mark(warehouse, Mark(outbox.id, newest.seq), newest.at.date())
    return changes
