"""The night of the campaigns: who enters, who moves to which step, and which messages that asks for.

Everything is sets: triggers, steps and limits are statements over all customers and campaigns at once. A night runs as
many rounds as its longest path has steps without a wait. It is one transaction, and a second run for the same day
finds nobody due: occurrences have entered, and those inside wait or have left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from smc.campaign.policy import allow
from smc.campaign.program import Instruction, program, rules, steps_of
from smc.campaign.triggers import fixed_day, hits
from smc.campaign.versions import PACKAGE, Spec, Version, in_flight, record
from smc.config.specs.campaign import CampaignSpec, MailingSpec, ReEntry
from smc.config.specs.project import ChannelsSpec, ProjectSpec
from smc.config.specs.rule import Rule
from smc.errors import RunError
from smc.warehouse import Warehouse, sql, statement

BUCKETS_PER_PERCENT = 100


@dataclass(frozen=True, slots=True)
class PlanResult:
    """Counts of one night. ``messages`` will be sent; ``suppressed`` have a reason not to be."""

    entered: int
    control: int
    moved: int
    left: int
    messages: int
    suppressed: int


def plan(
    warehouse: Warehouse,
    *,
    campaigns: Mapping[str, CampaignSpec],
    mailings: Mapping[str, MailingSpec],
    settings: ProjectSpec,
    channels: ChannelsSpec,
    as_of: date,
    now: datetime,
) -> PlanResult:
    """Plan the night of ``as_of``. ``now`` (UTC) decides whether the day's sending time has passed."""
    specs: dict[str, Spec] = {**campaigns, **mailings}
    with warehouse.transaction():
        _refuse_past(warehouse, as_of)
        present = record(warehouse, specs, as_of)
        active = [version for version in present if version.spec.active]
        _prepare(warehouse, present, settings)
        entered, control = _enter(warehouse, active, as_of)
        warehouse.run(_query("leave_removed"), as_of=as_of, known=sorted(specs))
        moved, left = _walk(warehouse, active, as_of)
        allow(warehouse, settings=settings, channels=channels, as_of=as_of, now=now)
        counts = warehouse.rows("select count(*) filter (reason is null), count(reason) from gated")[0]
    return PlanResult(entered, control, moved, left, *counts)


def rules_needed(
    warehouse: Warehouse, campaigns: Mapping[str, CampaignSpec]
) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The filter rules that tonight's steps may ask for: those of the present texts, and those only of texts in flight.

    Campaigns that are gone or switched off ask for nothing.
    """
    active = {name: spec for name, spec in campaigns.items() if spec.active}
    present = dict.fromkeys(rule for spec in active.values() for rule in rules(steps_of(spec)))
    flying = [version.spec for version in in_flight(warehouse) if version.campaign in active]
    return tuple(present), tuple(dict.fromkeys(r for spec in flying for r in rules(steps_of(spec)) if r not in present))


def overview(warehouse: Warehouse, as_of: date) -> list[dict[str, object]]:
    """Per campaign and mailing what the run of ``as_of`` planned."""
    rows = warehouse.records(_query("overview"), as_of=as_of)
    reasons: dict[str, list[str]] = {}
    for campaign, reason, messages in warehouse.rows(_query("overview_reasons"), as_of=as_of):
        reasons.setdefault(campaign, []).append(f"{reason} {messages}")
    return [{**row, "reasons": ", ".join(reasons.get(str(row["campaign"]), [])) or None} for row in rows]


def _query(name: str) -> str:
    return statement(PACKAGE, name)


def _refuse_past(warehouse: Warehouse, as_of: date) -> None:
    last = warehouse.value("select as_of from watermark where name = 'campaign'")
    if last is not None and as_of < last:
        raise RunError(
            f"campaigns have already run for {last}, so {as_of} cannot be planned any more",
            remedy="Run for that day or a later one; what was planned and sent is not rewritten.",
        )
    warehouse.run("delete from watermark where name = 'campaign'")
    warehouse.run("insert into watermark values ('campaign', $as_of, null)", as_of=as_of)


def _prepare(warehouse: Warehouse, present: Sequence[Version], settings: ProjectSpec) -> None:
    """Tables of all programs: present ones and those in flight."""
    versions = {(version.campaign, version.version): version for version in (*in_flight(warehouse), *present)}
    lines = [(version, line) for version in versions.values() for line in program(version.spec)]
    warehouse.run(_query("create_program"))
    warehouse.run(_query("insert_program"), **_columns(lines))
    warehouse.run(
        _query("create_setting"),
        campaigns=[version.campaign for version in versions.values()],
        versions=[version.version for version in versions.values()],
        categories=[version.spec.category for version in versions.values()],
        priorities=[version.spec.priority for version in versions.values()],
        send_at=[_send_at(version.spec, settings) for version in versions.values()],
    )


def _columns(lines: Sequence[tuple[Version, Instruction]]) -> dict[str, list[object]]:
    return {
        "campaigns": [version.campaign for version, _ in lines],
        "versions": [version.version for version, _ in lines],
        "steps": [line.step for _, line in lines],
        "actions": [line.action for _, line in lines],
        "arguments": [line.argument for _, line in lines],
        "days": [line.days for _, line in lines],
        "next_steps": [line.next_step for _, line in lines],
        "next_reasons": [line.next_reason for _, line in lines],
        "else_steps": [line.else_step for _, line in lines],
        "else_reasons": [line.else_reason for _, line in lines],
    }


def _send_at(spec: Spec, settings: ProjectSpec) -> str:
    return (spec.send_at if isinstance(spec, MailingSpec) else None) or settings.send_at


def _enter(warehouse: Warehouse, active: Sequence[Version], as_of: date) -> tuple[int, int]:
    """Entries of the night and how many of them are control."""
    warehouse.run(_query("create_hit"))
    for version in active:
        since, until = days_looked_at(version, as_of)
        if since <= until and not _drawn_before(warehouse, version, since, as_of):
            found = hits(version.spec, since, until)
            target = sql(
                "select $campaign as campaign, customer_key, occurrence, happened_on from $found as found",
                campaign=version.campaign, found=found,
            )  # fmt: skip
            warehouse.run(sql("insert into hit select * from $target as target", target=target))
    groups = [version.spec.control_group for version in active]
    warehouse.run(
        _query("create_starting"),
        campaigns=[version.campaign for version in active],
        kinds=[version.kind for version in active],
        versions=[version.version for version in active],
        again_after=[_again_after(version.spec) for version in active],
        control_buckets=[int(group.percent * BUCKETS_PER_PERCENT) if group else 0 for group in groups],
        salts=[group.salt if group else "" for group in groups],
    )
    warehouse.run(_query("create_newcomer"), as_of=as_of)
    warehouse.run("insert into entry select * from newcomer")
    entered, control = warehouse.rows("select count(*), count(*) filter (arm = 'control') from newcomer")[0]
    return entered, control


def days_looked_at(version: Version, as_of: date) -> tuple[date, date]:
    """First and last day whose occurrences may enter: the look-back, but for a campaign nothing before it was there."""
    spec = version.spec
    since = as_of - timedelta(days=spec.look_back)
    if isinstance(spec, MailingSpec):
        return since, as_of
    return max(since, version.first_seen, spec.valid_from or since), min(as_of, spec.valid_to or as_of)


def _drawn_before(warehouse: Warehouse, version: Version, since: date, as_of: date) -> bool:
    """Whether an audience of a fixed day was drawn by an earlier night; it is drawn once, and then it is frozen."""
    day = fixed_day(version.spec)
    if day is None or not since <= day <= as_of:
        return False
    name = f"audience of {version.campaign} for {day}"
    drawn: date | None = warehouse.value("select as_of from watermark where name = $name", name=name)
    if drawn is None:
        warehouse.run("insert into watermark values ($name, $as_of, null)", name=name, as_of=as_of)
    return drawn is not None and drawn < as_of


def _again_after(spec: Spec) -> int | None:
    """Days after the beginning of the last entry, at least one; None means never again."""
    if isinstance(spec, MailingSpec) or spec.re_entry == "never":
        return None
    return spec.re_entry.after if isinstance(spec.re_entry, ReEntry) else 1


def _walk(warehouse: Warehouse, active: Sequence[Version], as_of: date) -> tuple[int, int]:
    """Move everyone who is due until all wait or have left. Returns steps done and customers who left."""
    warehouse.run(_query("create_resting"))
    warehouse.run(_query("create_candidate"))
    warehouse.run(_query("create_walker"), as_of=as_of, active=[version.campaign for version in active])
    moved = 0
    while warehouse.value("select count(*) from walker"):
        warehouse.run(_query("move"))
        moved += warehouse.run(_query("log_moved"), as_of=as_of)
        warehouse.run(_query("collect_candidates"))
        warehouse.run(_query("change_tags"), as_of=as_of)
        warehouse.run(_query("rest_moved"), as_of=as_of)
        warehouse.run(_query("next_walker"))
    warehouse.run(_query("settle_entries"), as_of=as_of)
    return moved, warehouse.value("select count(*) from resting where step is null")
