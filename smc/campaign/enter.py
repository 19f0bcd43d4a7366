"""Who enters tonight: hits of triggers that have not entered before, as far as re-entry rules and limits let them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlglot import exp

from smc.campaign.moments import period_began
from smc.campaign.program import buckets
from smc.campaign.tables import columns, query
from smc.campaign.triggers import delay, drawn_days, hits, newer
from smc.campaign.versions import Spec, Version
from smc.config.specs.campaign import CampaignSpec, MailingSpec, ReEntry
from smc.config.specs.watch import Watched
from smc.warehouse import DuckDBEngine, Warehouse, sql


@dataclass(frozen=True, slots=True)
class Entered:
    """New entries, how many of them are control, and who found no room."""

    entries: int
    control: int
    turned_away: int


def enter(warehouse: Warehouse, active: Sequence[Version], as_of: date, now: datetime) -> Entered:
    """Write the entries of the night. Raises nothing of its own."""
    engine = DuckDBEngine(warehouse)
    warehouse.run(query("create_hit"))
    for version in active:
        since, until = days_looked_at(version, as_of)
        for first, last in _looks(warehouse, version, since, until, as_of):
            found = hits(version.spec, first, last)
            target = sql(
                """select $campaign as campaign, customer_key, occurrence, happened_on, happened_at, context
                from $found as found where $past""",
                campaign=version.campaign, found=found, past=has_turn(version.spec, now),
            )  # fmt: skip
            engine.materialise("hit_found", target)
            if warehouse.value("select count(*) from hit_found"):  # an insert of nothing would slow the next one down
                warehouse.run("insert into hit select * from hit_found")
    warehouse.run(query("create_starting"), **_starting(active, as_of))
    warehouse.run(query("create_newcomer"), as_of=as_of, now=now)
    warehouse.run(query("enter"))
    return Entered(*warehouse.rows(query("count_newcomers"))[0])


def by_rows(spec: Spec) -> bool:
    """Whether rows let customers in, which a tick has too; the others go by days, figures or members."""
    return isinstance(spec, CampaignSpec) and isinstance(spec.trigger, Watched)


def has_turn(spec: Spec, now: datetime) -> exp.Expr:
    """Whether a hit has its turn by ``now``."""
    minutes = delay(spec)
    return sql("true") if minutes is None else sql("happened_at <= $then", then=now - timedelta(minutes=minutes))


def _starting(active: Sequence[Version], as_of: date) -> dict[str, list[object]]:
    return columns(
        [_letting_in(version, as_of) for version in active],
        "campaigns", "kinds", "versions", "again_after", "concurrent", "at_once", "control_buckets", "salts",
        "control_tags", "held_back", "rooms",
        "rooms_since", "newer",
    )  # fmt: skip


def _letting_in(version: Version, as_of: date) -> tuple[object, ...]:
    spec = version.spec
    group = spec.control_group
    room, concurrent = (None, False) if isinstance(spec, MailingSpec) else (spec.limit, spec.concurrent)
    at_once = concurrent and not isinstance(spec, MailingSpec) and spec.re_entry == "always"
    return (
        version.campaign, version.kind, version.version, again_after(spec), concurrent, at_once,
        buckets(group.percent) if group and group.percent else 0, group.salt if group else "",
        group.tag if group else None, spec.global_control == "exclude",
        room.entries if room else None, period_began(room.per, as_of) if room else None, newer(spec),
    )  # fmt: skip


def days_looked_at(version: Version, as_of: date) -> tuple[date, date]:
    """First and last day whose occurrences may enter: the look-back, but for a campaign nothing before it was on."""
    spec = version.spec
    since = as_of - timedelta(days=spec.look_back)
    if isinstance(spec, MailingSpec):
        return since, as_of
    return max(since, version.on_since, spec.valid_from or since), min(as_of, spec.valid_to or as_of)


def leave_overdue(warehouse: Warehouse, active: Sequence[Version], as_of: date) -> None:
    """Let out who was due while his campaign was off, more than its look-back before it was switched on."""
    rows = [
        (version.campaign, version.on_since - timedelta(days=version.spec.look_back))
        for version in active
        if isinstance(version.spec, CampaignSpec)
    ]
    warehouse.run(query("leave_overdue"), **columns(rows, "campaigns", "days"), as_of=as_of)


def _looks(
    warehouse: Warehouse, version: Version, since: date, until: date, as_of: date
) -> Iterator[tuple[date, date]]:
    """First and last day of each look at the trigger: one over all days, or one for each audience still to be drawn."""
    days = drawn_days(version.spec, since, until)
    if days is None:
        if since <= until:
            yield since, until
        return
    for day in days:
        if not _drawn_before(warehouse, version, day, as_of):
            yield day, day


def audience_name(campaign: str, day: date) -> str:
    """The watermark that says when the audience of a day was drawn."""
    return f"audience of {campaign} for {day}"


def _drawn_before(warehouse: Warehouse, version: Version, day: date, as_of: date) -> bool:
    """Whether the audience of a day was drawn by an earlier night; it is drawn once, and then it is frozen."""
    name = audience_name(version.campaign, day)
    drawn: date | None = warehouse.value("select as_of from watermark where name = $name", name=name)
    if drawn is None:
        warehouse.run("insert into watermark values ($name, $as_of, null)", name=name, as_of=as_of)
    return drawn is not None and drawn < as_of


def again_after(spec: Spec) -> int | None:
    """Days after the beginning of the last entry, at least one; None means never again."""
    if isinstance(spec, MailingSpec) or spec.re_entry == "never":
        return None
    return spec.re_entry.after if isinstance(spec.re_entry, ReEntry) else 1
