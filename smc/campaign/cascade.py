"""Cascades: a message by the first channel that works, the others only when it was not sent in its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smc.campaign.program import Program
from smc.campaign.run import Run
from smc.campaign.tables import columns, query
from smc.campaign.versions import Version
from smc.config.specs.project import CategorySettings
from smc.warehouse import Warehouse
from smc.warehouse.permitted import permissions

Categories = Mapping[str, CategorySettings]


def rungs(programs: Sequence[tuple[Version, Program]]) -> dict[str, list[object]]:
    """The messages of all cascades, for the table ``rung``."""
    rows = [
        (
            version.campaign, version.version, line.step, place, one.said.channel, one.said.template, one.minutes,
            one.last,
        )
        for version, text in programs
        for line in text.instructions
        for place, one in enumerate(line.tries, start=1)
    ]  # fmt: skip
    return columns(rows, "campaigns", "versions", "steps", "places", "channels", "templates", "minutes", "lasts")


def try_next(warehouse: Warehouse, categories: Categories, run: Run) -> None:
    """For everyone who stands at a cascade: whether a message was sent, and else the next one by which he is reached.

    What was not sent in its time is taken back; the hand-over tells the outbox.
    """
    warehouse.run(query("note_tried"))
    for name in ("touch_untried", "stop_untried", "create_rung_recipient"):
        warehouse.run(query(name))
    channels = [name for (name,) in warehouse.rows("select distinct channel from rung order by channel")]
    permissions(warehouse, categories, channels)
    warehouse.run(query("create_next_try"))
    for name in ("decide_cascade", "time_cascade", "collect_tries"):
        warehouse.run(query(name), **({"now": run.now} if name == "time_cascade" else {}))
