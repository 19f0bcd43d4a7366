"""The night of the campaigns: who enters, who moves to which step, and which messages that asks for.

Everything is sets: triggers, steps and limits are statements over all customers and campaigns at once. A run has as
many rounds as its longest path has steps without a wait. It is one transaction, and a second run for the same moment
finds nobody due: occurrences have entered, and those inside wait or have left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from smc.campaign.check import rules_of
from smc.campaign.codes import Coded, prepare_codes
from smc.campaign.enter import by_rows, enter, leave_overdue
from smc.campaign.filters import filters_of
from smc.campaign.goals import look_at_goals
from smc.campaign.held import held
from smc.campaign.moments import midnight
from smc.campaign.opened import open_since
from smc.campaign.policy import allow, hold_back, stop_exited
from smc.campaign.run import Run
from smc.campaign.tables import query
from smc.campaign.tasks import prepare_polls, write_tasks
from smc.campaign.times import version_settings
from smc.campaign.versions import Spec, Version, in_flight, missed_versions, record
from smc.campaign.walk import prepare, walk
from smc.campaign.watches import Open, inside, present_watches
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.policy import GLOBAL
from smc.config.specs.poll import PollSpec
from smc.config.specs.project import ChannelsSpec, FieldsSpec, ProjectSpec
from smc.config.specs.promocode import PromocodesSpec
from smc.config.specs.rule import Rule
from smc.config.watch import Watch, together
from smc.errors import RunError
from smc.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class PlanResult:
    """Counts of one run. ``turned_away`` found no room; ``suppressed`` messages have a reason not to be sent;
    ``taken_back``: messages of earlier runs that waited, of stays that something has ended."""

    entered: int
    control: int
    turned_away: int
    moved: int
    left: int
    messages: int
    suppressed: int
    tasks: int
    taken_back: int = 0


def plan(
    warehouse: Warehouse,
    *,
    campaigns: Mapping[str, CampaignSpec],
    mailings: Mapping[str, MailingSpec],
    settings: ProjectSpec,
    channels: ChannelsSpec,
    promocodes: PromocodesSpec,
    polls: Mapping[str, PollSpec] | None = None,
    coded: Coded,
    as_of: date,
    now: datetime,
    fields: FieldsSpec | None = None,
    night: date | None = None,
) -> PlanResult:
    """Plan the night of ``as_of``. ``now`` (UTC) decides whether the day's sending time has passed.

    ``coded``: what prints a promocode. ``fields``: the project's own, which data of triggers may have.
    ``night``: the day of the last night, when this is a tick behind it. A tick lets in by rows alone; who is due at the
    beginning of a day is left to the night of that day, and so are mailings and what is no longer in the project.
    Campaigns that name what is not there (``held``) do nothing; what they planned before goes on its way.
    """
    specs: dict[str, Spec] = {**campaigns, **mailings}
    with warehouse.transaction():
        _refuse_past(warehouse, as_of)
        present = record(warehouse, specs, as_of)
        stopped = held(warehouse, campaigns)
        active = [version for version in present if version.spec.active and version.campaign not in stopped]
        run = Run(as_of, now, settings.timezone, _left_to_night(as_of, night, settings.timezone))
        known = _known(warehouse, present)
        _prepare(warehouse, known, promocodes, polls or {}, run)
        asking = [*known, *_waiting(warehouse, known)]
        version_settings(warehouse, asking, settings)
        warehouse.run(query("create_global_member"), name=GLOBAL, as_of=as_of)
        entered = enter(warehouse, [one for one in active if night is None or by_rows(one.spec)], as_of, now)
        gone = {one.campaign for one in known} - specs.keys() if night is None else set[str]()
        _let_out(warehouse, gone, active, as_of)
        taken_back = _end_stays(warehouse, specs, known, run, stopped)
        asked = filters_of(((one.campaign, one.version, one.spec) for one in known), fields or FieldsSpec(), as_of)
        walking = [one for one in active if night is None or one.kind == "campaign"]
        walked = walk(warehouse, walking, run, asked, settings.categories)
        tasks = write_tasks(warehouse, settings.categories, as_of)
        lifetimes = {name: channel.lifetime for name, channel in channels if channel is not None}
        names = {version.campaign for version in present if version.spec.active or _paused(version.spec)}
        allow(warehouse, asking, settings=settings, lifetimes=lifetimes, active=names, coded=coded, run=run)
        planned, suppressed = warehouse.rows(query("count_gated"))[0]
    return PlanResult(
        entered.entries, entered.control, entered.turned_away, walked.moved, walked.left, planned, suppressed, tasks,
        taken_back,
    )  # fmt: skip


def _prepare(
    warehouse: Warehouse, known: Sequence[Version], promocodes: PromocodesSpec, polls: Mapping[str, PollSpec], run: Run
) -> None:
    """What steps need to know: all programs, groups of codes, polls."""
    prepare(warehouse, known, run)
    prepare_codes(warehouse, promocodes)
    prepare_polls(warehouse, polls, run.as_of)


def _let_out(warehouse: Warehouse, gone: Collection[str], active: Sequence[Version], as_of: date) -> None:
    """Who is inside what is gone, who was due too long ago, and whoever is control by now."""
    if gone:
        warehouse.run(query("leave_removed"), as_of=as_of, gone=sorted(gone))
    leave_overdue(warehouse, active, as_of)
    hold_back(warehouse)


def _end_stays(
    warehouse: Warehouse, specs: Mapping[str, Spec], known: Sequence[Version], run: Run, stopped: Collection[str]
) -> int:
    """Goals, and what ends stays with all that waits in them; how many messages that was."""
    look_at_goals(warehouse, specs, known, run, held=stopped)
    return stop_exited(warehouse)


def _left_to_night(as_of: date, night: date | None, zone: str) -> datetime | None:
    """The beginning of a day whose night is still to come."""
    return midnight(as_of, ZoneInfo(zone)) if night is not None and night < as_of else None


def _paused(spec: Spec) -> bool:
    """What waits of it goes on later, and keeps its room."""
    return isinstance(spec, MailingSpec) and spec.status == "paused"


def rules_needed(
    warehouse: Warehouse, campaigns: Mapping[str, CampaignSpec]
) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The filter rules that tonight's steps may ask for: those of the present texts, and those only of texts in flight.

    Campaigns that are gone ask for nothing, and those that are switched off for their goals alone.
    """
    active = {name: spec for name, spec in campaigns.items() if spec.active}
    present = dict.fromkeys(rule for spec in campaigns.values() for rule in _asked(spec))
    flying = [version.spec for version in in_flight(warehouse) if version.campaign in active]
    return tuple(present), tuple(
        dict.fromkeys(rule for spec in flying for rule in every_rule(spec) if rule not in present)
    )


def _asked(spec: CampaignSpec) -> Iterator[Rule]:
    if spec.active:
        yield from every_rule(spec)
    elif spec.goal is not None and spec.goal.where is not None:
        yield spec.goal.where


def every_rule(spec: Spec) -> Iterator[Rule]:
    """The rules of filters, and of what ends stays."""
    yield from (rule for _, rule in rules_of(spec)) if isinstance(spec, CampaignSpec) else ()


def watches_needed(
    warehouse: Warehouse, campaigns: Mapping[str, CampaignSpec], as_of: date
) -> tuple[dict[str, Watch], dict[str, Watch]]:
    """The rows that campaigns wait for in the night of ``as_of``, by key: those of the present texts, and those only of
    texts in flight. Campaigns that are gone wait for nothing, and those that are switched off for their goals alone.
    """
    active = {name: spec for name, spec in campaigns.items() if spec.active}
    since, nobody = open_since(warehouse, campaigns, as_of), Open()
    present = [
        watch for name, spec in campaigns.items() for watch in present_watches(spec, as_of, since.get(name, nobody))
    ]
    flying = [version for version in in_flight(warehouse) if version.campaign in active]
    old = [watch for one in flying for watch in inside(one.spec, as_of, since.get(one.campaign, nobody))]
    every, keys = together((*present, *old)), {watch.row.key for watch in present}
    return {key: every[key] for key in every if key in keys}, {key: every[key] for key in every if key not in keys}


def _refuse_past(warehouse: Warehouse, as_of: date) -> None:
    last = warehouse.value("select as_of from watermark where name = 'campaign'")
    if last is not None and as_of < last:
        raise RunError(
            f"campaigns have already run for {last}, so {as_of} cannot be planned any more",
            remedy="Run for that day or a later one; what was planned and sent is not rewritten.",
        )
    warehouse.run("delete from watermark where name = 'campaign'")
    warehouse.run("insert into watermark values ('campaign', $as_of, null)", as_of=as_of)


def _known(warehouse: Warehouse, present: Sequence[Version]) -> list[Version]:
    """Present texts, and those in flight."""
    return list(
        {(version.campaign, version.version): version for version in (*in_flight(warehouse), *present)}.values()
    )


def _waiting(warehouse: Warehouse, known: Sequence[Version]) -> list[Version]:
    """Texts beside the known ones that have messages on their way."""
    seen = {(version.campaign, version.version) for version in known}
    return [one for one in missed_versions(warehouse) if (one.campaign, one.version) not in seen]
