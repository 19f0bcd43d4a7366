"""Everyone who is due walks from step to step, all campaigns at once, until all wait or have left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smc.campaign.cascade import Categories, rungs, try_next
from smc.campaign.contest import contests
from smc.campaign.filters import Filters, tested
from smc.campaign.moments import first_moment, midnight, period_began
from smc.campaign.program import Instruction, Program, program
from smc.campaign.run import Run
from smc.campaign.tables import columns, query
from smc.campaign.versions import Version
from smc.campaign.zones import zones_of_customers
from smc.warehouse import Warehouse

_DECIDED = {
    "filter": ("decide_filter",),
    "split": ("decide_draw",),
    "control": ("decide_draw",),
    "limit": ("take_room", "decide_limit"),
    "promocode": ("create_code_wish", "create_free_code", "issue_codes", "decide_promocode"),
    "poll": ("decide_poll",),
    "wait_for": ("decide_wait",),
    "contest": ("score_variants", "decide_contest"),
    "message_status": ("decide_status",),
}
"""Statements by which an action gives labels."""
_DATED = frozenset(
    {"take_room", "create_code_wish", "create_free_code", "issue_codes", "decide_promocode", "score_variants"}
)
_TIMED = frozenset({"score_variants"})


@dataclass(frozen=True, slots=True)
class Walked:
    """Steps done, and customers who left."""

    moved: int
    left: int


def prepare(warehouse: Warehouse, versions: Sequence[Version], run: Run) -> None:
    """Tables of all programs; what their steps say is written down for the hand-over."""
    programs = [(version, program(version.spec)) for version in versions]
    warehouse.run(query("create_program"), **_program(programs, run))
    warehouse.run(query("create_way"), **_ways(programs))
    warehouse.run(query("create_part"), **_parts(programs))
    warehouse.run(query("create_moment"), **_moments(warehouse, programs, run))
    warehouse.run(query("create_contest"), **contests(programs))
    warehouse.run(query("write_words"), **_words(programs))
    warehouse.run(query("create_rung"), **rungs(programs))


def walk(warehouse: Warehouse, active: Sequence[Version], run: Run, filters: Filters, categories: Categories) -> Walked:
    """Move everyone who is due; rows of ``candidate`` are the messages that steps asked for, of ``effect`` the rest.

    ``filters``: those on the data of triggers, of all programs. ``categories`` of messages decide who is reached by a
    cascade.
    """
    warehouse.run(query("create_resting"))
    warehouse.run(query("create_candidate"))
    warehouse.run(query("create_effect"))
    warehouse.run(query("create_tried"))
    warehouse.run(query("create_woken"), now=run.now)
    warehouse.run(query("create_held_back"))
    on = [version.campaign for version in active]
    warehouse.run(query("create_walker"), now=run.now, left=run.left, active=on)
    moved = 0
    while warehouse.value("select count(*) from walker"):
        moved += _round(warehouse, run, filters, categories)
    warehouse.run(query("settle_entries"), as_of=run.as_of)
    return Walked(moved, warehouse.value("select count(*) from resting where step is null"))


def _round(warehouse: Warehouse, run: Run, filters: Filters, categories: Categories) -> int:
    """One step of everyone. Returns how many."""
    warehouse.run(query("create_standing"))
    warehouse.run(query("create_decided"))
    present = {action for (action,) in warehouse.rows("select distinct action from standing")}
    for name in dict.fromkeys(one for action in _DECIDED if action in present for one in _DECIDED[action]):
        dated = {"as_of": run.as_of} if name in _DATED else {}
        warehouse.run(query(name), **dated, **({"now": run.now} if name in _TIMED else {}))
    if "filter" in present and filters:
        warehouse.run(tested(filters))
        warehouse.run(query("decide_data"))
    if "cascade" in present:
        try_next(warehouse, categories, run)
    warehouse.run(query("create_moved"), now=run.now, zone=run.zone)
    moved = warehouse.run(query("log_moved"), as_of=run.as_of)
    warehouse.run(query("collect_candidates"))
    warehouse.run(query("collect_effects"))
    warehouse.run(query("change_tags"), as_of=run.as_of)
    warehouse.run(query("rest_moved"), now=run.now)
    warehouse.run(query("next_walker"), now=run.now)
    return moved


Programs = Sequence[tuple[Version, Program]]


def _program(programs: Programs, run: Run) -> dict[str, list[object]]:
    rows = [
        (
            version.campaign, version.version, line.step, line.action, line.channel, line.argument, _due_at(line, run),
            line.room.customers if line.room else None,
            period_began(line.room.per, run.as_of) if line.room else None, line.detail,
        )
        for version, text in programs
        for line in text.instructions
    ]  # fmt: skip
    return columns(
        rows,
        "campaigns",
        "versions",
        "steps",
        "actions",
        "channels",
        "arguments",
        "due_at",
        "rooms",
        "rooms_since",
        "details",
    )


def _due_at(line: Instruction, run: Run) -> datetime | None:
    """When a wait ends that is the same for everyone: days at the beginning of the local day."""
    zone = ZoneInfo(run.zone)
    if line.until is not None:
        return first_moment(line.until, run.now, zone) if line.until.clock == "project" else None
    if line.minutes:
        return run.now + timedelta(minutes=line.minutes)
    return midnight(run.as_of + timedelta(days=line.days), zone) if line.days else None


def _ways(programs: Programs) -> dict[str, list[object]]:
    rows = [
        (version.campaign, version.version, way.step, way.label, way.to, way.reason)
        for version, text in programs
        for way in text.ways
    ]
    return columns(rows, "campaigns", "versions", "steps", "labels", "targets", "reasons")


def _parts(programs: Programs) -> dict[str, list[object]]:
    rows = [
        (version.campaign, version.version, line.step, part.low, part.high, part.label)
        for version, text in programs
        for line in text.instructions
        for part in line.draw
    ]
    return columns(rows, "campaigns", "versions", "steps", "lows", "highs", "labels")


def _words(programs: Programs) -> dict[str, list[object]]:
    rows = [
        (version.campaign, version.version, line.step, channel, json.dumps(dict(words), ensure_ascii=False))
        for version, text in programs
        for line in text.instructions
        for channel, words in [
            (line.channel, line.words), *((one.said.channel, one.said.parts) for one in line.tries)
        ]
        if words
    ]  # fmt: skip
    return columns(rows, "campaigns", "versions", "steps", "channels", "words")


def _moments(warehouse: Warehouse, programs: Programs, run: Run) -> dict[str, list[object]]:
    """Ends of waits for a moment of the customer's clock, for every zone that customers live in."""
    waits = [
        (version, line.step, line.until)
        for version, text in programs
        for line in text.instructions
        if line.until and line.until.clock == "customer"
    ]
    zones = zones_of_customers(warehouse, run.zone) if waits else {}
    rows = [
        (version.campaign, version.version, step, name, first_moment(until, run.now, zone))
        for version, step, until in waits
        for name, zone in zones.items()
    ]
    return columns(rows, "campaigns", "versions", "steps", "zones", "moments")
