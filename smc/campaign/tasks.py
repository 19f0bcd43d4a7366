"""What campaigns want done beside messages, written down once: tasks, and the ledger of points and bonuses.

A task's key is made of entry, step, visit, kind and target. It is handed over later, by ``smc.send.tasks``; fields that
are set, and polls that were answered, are looked after here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from smc.campaign.tables import columns, query
from smc.config.specs.poll import PollSpec
from smc.config.specs.project import CategorySettings
from smc.warehouse import Warehouse
from smc.warehouse.permitted import CALL, permissions


def prepare_polls(warehouse: Warehouse, polls: Mapping[str, PollSpec], as_of: date) -> None:
    """Which polls are over, and who has taken part, for the steps that open polls. Behind the table of programs."""
    rows = [(name, poll.limits.answers, poll.limits.until, poll.limits.again) for name, poll in polls.items()]
    warehouse.run(query("create_poll_setting"), **columns(rows, "polls", "answers", "until", "again"))
    warehouse.run(query("create_closed_poll"), as_of=as_of)
    warehouse.run(query("create_poll_taken"), as_of=as_of)


def write_tasks(warehouse: Warehouse, categories: dict[str, CategorySettings], as_of: date) -> int:
    """Within the transaction of the campaign stage, when all have walked. How many tasks are to be done."""
    if not warehouse.value("select count(*) from effect"):
        return 0
    warehouse.run(query("create_amount"))
    warehouse.run(query("create_called"))
    permissions(warehouse, categories, [CALL])
    warehouse.run(query("write_tasks"), as_of=as_of)
    warehouse.run(query("write_accruals"), as_of=as_of)
    return int(warehouse.value(query("count_tasks"), as_of=as_of))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run wants done for so many customers, and for how many it is not done, by reason."""

    campaign: str
    kind: str
    target: str
    planned: int
    suppressed: dict[str, int]


def wanted(warehouse: Warehouse, as_of: date) -> list[Wanted]:
    """Behind the campaign stage, per campaign, kind and what it is done with."""
    found: dict[tuple[str, str, str], Wanted] = {}
    for campaign, kind, target, planned, reason, left_out in warehouse.rows(query("tasks_planned"), as_of=as_of):
        old = found.get((campaign, kind, target), Wanted(campaign, kind, target, 0, {}))
        reasons = old.suppressed | ({reason: left_out} if reason else {})
        found[campaign, kind, target] = replace(old, planned=old.planned + planned, suppressed=reasons)
    return list(found.values())


def settle_tasks(warehouse: Warehouse, active: Collection[str], as_of: date) -> None:
    """Before the import: set fields as the steps of earlier days say, so that what a feed brings after a step holds.

    ``active``: ids of the campaigns that are there and switched on; the fields of others wait until they are, or until
    the night's stage of tasks stops them. Polls that were answered are done. Running it again changes nothing.
    """
    with warehouse.transaction():
        warehouse.run(query("create_field_news"), active=sorted(active), as_of=as_of)
        if warehouse.value("select count(*) from field_news"):
            for name in ("set_fields", "touch_field_owners", "fields_done"):
                warehouse.run(query(name))
        warehouse.run(query("polls_done"))
