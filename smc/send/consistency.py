"""Whether warehouse and outbox belong together, and how to go on when one of them was restored or lost.

Two databases cannot be restored to the same moment. What one of them has forgotten would be sent twice or never, so a
run stops until a person has said ``smc send --accept-restored``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Literal, assert_never

from smc.errors import RunError
from smc.send import marker, senders
from smc.send.outbox import Outbox, Settled
from smc.send.readback import Mark, mark, read_back, read_so_far, set_mark
from smc.warehouse import Warehouse, statement

_CHUNK = 50_000

Finding = Literal["other outbox", "older outbox", "older warehouse"]


@dataclass(frozen=True, slots=True)
class AcceptResult:
    """``ended``: the outbox learnt that they had left or ended; ``unknown``: due, may have left; ``planned``: the
    outbox lacked them, they are handed over again; ``cancelled``: queued, but the warehouse does not know them."""

    ended: int = 0
    unknown: int = 0
    planned: int = 0
    cancelled: int = 0


def check(warehouse: Warehouse, outbox: Outbox) -> None:
    """``RunError`` with a remedy unless the two belong together."""
    found = _found(warehouse, outbox)
    match found:
        case None:
            return
        case "other outbox":
            what = "this is not the outbox that the warehouse handed its messages to"
        case "older outbox":
            what = "the outbox is older than the warehouse: what it calls queued may have been sent"
        case "older warehouse":
            what = "the warehouse is older than the outbox: it does not know messages that were handed over"
        case _:
            assert_never(found)
    raise RunError(what, where=str(outbox.path), remedy=marker.REMEDY)


def accept(warehouse: Warehouse, outbox: Outbox, now: datetime, *, retry_unknown: bool = False) -> AcceptResult:
    """Go on with what is there, by order of a person; nothing happens when the two belong together.

    An older or other outbox learns from the warehouse what had ended. Messages that were due and that both call queued,
    or that the outbox lacks, may have left since: they become ``unknown``; those not yet due stay queued, or are
    planned again. With ``retry_unknown`` they all go out, maybe twice. Queued messages that an older warehouse does not
    know are cancelled. Killed anywhere, it is called again.
    """
    _refuse_living(outbox)
    found = _found(warehouse, outbox)
    done = AcceptResult()
    if found in ("other outbox", "older outbox"):
        done = _take_outbox(warehouse, outbox, now, retry_unknown=retry_unknown)
    elif retry_unknown:
        done = _give_back(warehouse, _lacking(warehouse, outbox, ["unknown"]), now, again=True)
        done = _added(done, _give_back_notices(warehouse, _lacking_notices(warehouse, outbox, lost=True), again=True))
    if found:
        done = replace(done, cancelled=_cancel_strangers(warehouse, outbox, now))
        read_back(warehouse, outbox)
        marker.write(outbox)
    return done


def _found(warehouse: Warehouse, outbox: Outbox) -> Finding | None:
    behind = marker.behind(outbox)
    known = mark(warehouse)
    if known and known.outbox != outbox.id and _handed_over(warehouse):
        return "other outbox"
    if behind or (known and known.outbox == outbox.id and known.seq > outbox.seq):
        return "older outbox"
    if _lacking(warehouse, outbox, ["queued"]) or _lacking_notices(warehouse, outbox, lost=False):
        return "older outbox"
    return "older warehouse" if next(_strangers(warehouse, outbox), None) else None


def _handed_over(warehouse: Warehouse) -> bool:
    return bool(warehouse.value("select true from message where state in ('queued', 'unknown', 'accepted') limit 1"))


def _lacking(warehouse: Warehouse, outbox: Outbox, states: list[str]) -> list[str]:
    """Messages in these states that the outbox does not have."""
    rows = warehouse.rows("select message_key from message where list_contains($s::varchar[], state)", s=states)
    keys = [key for (key,) in rows]
    known = outbox.known(keys)
    return [key for key in keys if key not in known]


def _lacking_notices(warehouse: Warehouse, outbox: Outbox, *, lost: bool) -> list[str]:
    """Notices that are handed over, and that the outbox does not have. ``lost``: those too that were given up so."""
    keys = [key for (key,) in warehouse.rows(statement("smc.send", "notices_out"), lost=lost)]
    known = outbox.known(keys)
    return [key for key in keys if key not in known]


def _strangers(warehouse: Warehouse, outbox: Outbox) -> Iterator[str]:
    """Keys that the warehouse does not have. An older warehouse has read up to an older number, and what was handed
    over later has changed since then or not yet ended; so the long past need not be looked at."""
    for keys in outbox.unread(read_so_far(warehouse, outbox.id), _CHUNK):
        for (key,) in warehouse.rows(statement("smc.send", "strangers"), keys=keys):
            yield key


def _refuse_living(outbox: Outbox) -> None:
    owners = outbox.owners()
    if living := set(owners) - set(senders.dead(outbox.path, owners)):
        raise RunError(
            f"{len(living)} senders are at work",
            where=str(outbox.path),
            remedy="Wait until they are done, or stop them.",
        )


def _take_outbox(warehouse: Warehouse, outbox: Outbox, now: datetime, *, retry_unknown: bool) -> AcceptResult:
    """Make an outbox that was restored or made anew agree with the warehouse. Until the marker is written at the end,
    nothing is sent and a second call begins again."""
    marker.begin(outbox)
    lost = _lacking(warehouse, outbox, ["queued", "unknown"] if retry_unknown else ["queued"])
    notices = _lacking_notices(warehouse, outbox, lost=retry_unknown)
    read = Mark(outbox.id, min(outbox.seq, read_so_far(warehouse, outbox.id)))
    with warehouse.transaction():
        done = _give_back(warehouse, lost, now, again=retry_unknown)
        done = _added(done, _give_back_notices(warehouse, notices, again=retry_unknown))
        set_mark(warehouse, read, now.date())
    outbox.recover(outbox.owners(), now, idempotent=[])
    ended = [item for item in _ended(warehouse, outbox) if not (retry_unknown and item.state == "unknown")]
    over = {item.message_key for item in ended}
    due = [] if retry_unknown else [item for item in _may_have_left(outbox, now) if item.message_key not in over]
    outbox.advance([*ended, *due], [], now)
    return replace(done, ended=len(ended), unknown=done.unknown + len(due))


def _give_back(warehouse: Warehouse, lost: list[str], now: datetime, *, again: bool) -> AcceptResult:
    """Plan again what the outbox lacks, or call it unknown when it may have left."""
    if not lost:
        return AcceptResult()
    warehouse.run(statement("smc.send", "lost"), keys=lost, now=now.isoformat(), again=again)
    warehouse.run(statement("smc.send", "touch"), keys=lost)
    count = int(warehouse.value(statement("smc.send", "planned_again"), keys=lost))
    return AcceptResult(unknown=len(lost) - count, planned=count)


def _give_back_notices(warehouse: Warehouse, lost: list[str], *, again: bool) -> AcceptResult:
    """Notices are due at once, so they may all have left: they are handed over again by order alone."""
    if not lost:
        return AcceptResult()
    for name in ("lost_notices", "lost_notified"):
        warehouse.run(statement("smc.send", name), keys=lost, again=again)
    return AcceptResult(planned=len(lost)) if again else AcceptResult(unknown=len(lost))


def _added(one: AcceptResult, more: AcceptResult) -> AcceptResult:
    return replace(one, unknown=one.unknown + more.unknown, planned=one.planned + more.planned)


def _cancel_strangers(warehouse: Warehouse, outbox: Outbox, now: datetime) -> int:
    """Nobody can look at the consent for a message that the warehouse does not know."""
    outbox.recover(outbox.owners(), now, idempotent=[])
    return outbox.cancel(list(_strangers(warehouse, outbox)), "the warehouse was restored", now)


def _ended(warehouse: Warehouse, outbox: Outbox) -> list[Settled]:
    """What the outbox holds open and the warehouse knows to have ended, or to be unknown."""
    found: list[Settled] = []
    for items in outbox.waiting(_CHUNK):
        held = {item.message_key: item.state for item in items}
        rows = warehouse.rows(statement("smc.send", "ended"), keys=list(held))
        found.extend(Settled(key, state, reason) for key, state, reason in rows if state != held[key])
    return found


def _may_have_left(outbox: Outbox, now: datetime) -> list[Settled]:
    waiting = chain.from_iterable(outbox.waiting(_CHUNK))
    due = (item for item in waiting if item.state == "queued" and item.due_at <= now)
    return [Settled(item.message_key, "unknown", "the outbox was restored") for item in due]
