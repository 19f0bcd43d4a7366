"""When tonight's messages may go out, as tables: the moments they are meant for, slots, and days of calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from smc.campaign.moments import first_moment, midnight, moment_of
from smc.campaign.run import Run
from smc.campaign.slots import Schedule, schedule, slots
from smc.campaign.tables import columns, query
from smc.campaign.versions import Spec, Version
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.delay import minutes_of
from smc.config.specs.policy import SendingSettings
from smc.config.specs.project import ProjectSpec
from smc.config.specs.step import Until
from smc.warehouse import Warehouse

_DAY = timedelta(days=1)
_FURTHEST = 92
"""Days: nobody looks for a slot beyond them, however long a channel lets messages wait."""

_AIM = ("send_at", "zones", "today", "following", "today_ends", "following_ends", "now_ends")


@dataclass(frozen=True, slots=True)
class Horizon:
    """The local days for which messages can be planned, the last one included."""

    first: date
    last: date

    @classmethod
    def of(cls, as_of: date, lifetimes: Mapping[str, int]) -> Horizon:
        return cls(as_of - _DAY, as_of + (min(max(lifetimes.values(), default=1), _FURTHEST) + 2) * _DAY)


def time_tables(
    warehouse: Warehouse,
    versions: Sequence[Version],
    zones: Mapping[str, ZoneInfo],
    *,
    settings: ProjectSpec,
    lifetimes: Mapping[str, int],
    run: Run,
) -> None:
    """Make ``timing``, ``aim`` and ``slot``."""
    used: dict[Schedule, str] = {}
    rows = [_timing(version, channel, settings.sending, used) for version in versions for channel in lifetimes]
    warehouse.run(
        query("create_timing"),
        **columns(rows, "campaigns", "versions", "channels", "schedules", "awake", "windowed", "if_missed"),
    )
    hours = sorted({version.spec.send_at or settings.send_at for version in versions})
    aims = [(at, name, *_aim(at, zone, run)) for at in hours for name, zone in zones.items()]
    warehouse.run(query("create_aim"), **columns(aims, *_AIM))
    horizon = Horizon.of(run.as_of, lifetimes)
    spans = [
        (number, name, *span)
        for rules, number in used.items()
        for name, zone in zones.items()
        for span in slots(rules, horizon.first, horizon.last, zone)
    ]
    warehouse.run(query("create_slot"), **columns(spans, "schedules", "zones", "opens_at", "closes_at"))


def version_settings(warehouse: Warehouse, versions: Sequence[Version], settings: ProjectSpec) -> None:
    """Make ``version_setting``."""
    rows = [_setting(version, settings) for version in versions]
    names = (
        "campaigns", "versions", "categories", "priorities", "send_at", "clocks", "held_back", "control_tags",
        "minutes",
    )  # fmt: skip
    warehouse.run(query("create_setting"), **columns(rows, *names))


def calendar(warehouse: Warehouse, zones: Mapping[str, ZoneInfo], first: date, last: date) -> None:
    """Make ``local_day``: the days ``first`` to ``last`` in every zone."""
    rows = [
        (name, day.toordinal(), midnight(day, zone), midnight(day + _DAY, zone))
        for name, zone in zones.items()
        for day in (first + step * _DAY for step in range((last - first).days + 1))
    ]
    warehouse.run(query("create_local_day"), **columns(rows, "zones", "numbers", "begins_at", "ends_at"))


def _setting(version: Version, settings: ProjectSpec) -> tuple[object, ...]:
    spec = version.spec
    return (
        version.campaign, version.version, spec.category, spec.priority, spec.send_at or settings.send_at,
        spec.clock or settings.sending.clock, spec.global_control == "exclude",
        spec.control_group.tag if spec.control_group else None, _minutes(spec),
    )  # fmt: skip


def _minutes(spec: Spec) -> int | None:
    """How long messages live; None: as long as their channel lets them."""
    if isinstance(spec, CampaignSpec) or spec.lifetime is None:
        return None
    return minutes_of(spec.lifetime)


def _timing(version: Version, channel: str, sending: SendingSettings, used: dict[Schedule, str]) -> tuple[object, ...]:
    """``used`` learns about schedules, and has a number for each."""
    spec = version.spec
    whole = schedule(sending, channel, spec.category, spec.window)
    numbers = [used.setdefault(one, str(len(used))) if one else None for one in (whole, whole.awake)]
    if_missed = spec.if_missed or sending.if_missed
    return version.campaign, version.version, channel, *numbers, bool(whole.groups), if_missed


def _aim(at: str, zone: ZoneInfo, run: Run) -> tuple[datetime, ...]:
    today, following = moment_of(run.as_of, at, zone), first_moment(Until(at=at), run.now, zone)
    return today, following, *(_day_ends(moment, zone) for moment in (today, following, run.now))


def _day_ends(moment: datetime, zone: ZoneInfo) -> datetime:
    return midnight(moment.astimezone(zone).date() + _DAY, zone)
