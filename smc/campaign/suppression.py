"""The suppression list: addresses and customers that are not messaged, whatever was permitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smc.campaign.tables import query
from smc.errors import UsageError
from smc.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Addresses as messages use them, ids of customers, and the channel; no channel means all of them."""

    addresses: Sequence[str]
    customers: Sequence[str]
    channel: str | None


@dataclass(frozen=True, slots=True)
class SuppressionResult:
    """Rows that were written or taken back, and those that were as asked for already."""

    changed: int
    unchanged: int


def add(warehouse: Warehouse, which: Suppressed, *, reason: str, person: str, now: datetime) -> SuppressionResult:
    """Put them on the list; what is on it stays as it is. ``UsageError`` for an id that no customer has."""
    return _change(warehouse, "suppression_add", which, {"reason": reason, "person": person, "now": now})


def remove(warehouse: Warehouse, which: Suppressed, *, person: str, now: datetime) -> SuppressionResult:
    """Take them back, each for the channel for which it was put there. ``UsageError`` as for ``add``."""
    return _change(warehouse, "suppression_remove", which, {"person": person, "now": now})


def overview(warehouse: Warehouse) -> list[dict[str, Any]]:
    """What is on the list now, newest first."""
    return warehouse.records(query("suppression_list"))


def _change(warehouse: Warehouse, statement: str, which: Suppressed, said: dict[str, object]) -> SuppressionResult:
    with warehouse.transaction():
        warehouse.run(
            query("suppression_wanted"),
            addresses=sorted(set(which.addresses)), customers=sorted(set(which.customers)), channel=which.channel,
        )  # fmt: skip
        unknown = [row[0] for row in warehouse.rows(query("suppression_unknown"))]
        if unknown:
            raise UsageError(
                f"no customer has the id {', '.join(unknown[:5])}; nothing was changed",
                remedy="Correct the id; an address is given without --customer.",
            )
        changed = warehouse.run(query(statement), **said)
        warehouse.run(query("suppression_touched"))
        wanted = warehouse.value("select count(*) from suppression_wanted")
    return SuppressionResult(changed, max(0, wanted - changed))
