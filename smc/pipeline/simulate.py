"""Campaigns over past days with a moving clock: night after night in a scratch copy, from which nothing leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from smc.campaign.plan import every_rule
from smc.campaign.tally import Tally
from smc.config.pairs import pairs
from smc.config.problem import nearest
from smc.config.specs.attribution import attribution_of
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.rule import InSegmentRule, SegmentSpec
from smc.config.specs.step import ControlStep, SplitStep, every
from smc.errors import UsageError
from smc.pipeline.counted import receipts_counted, refuse_uncounted
from smc.pipeline.moment import Moment
from smc.pipeline.plans import cost, prices, with_segments
from smc.pipeline.rewind import bring, lighten, query, rewind
from smc.pipeline.run import execute
from smc.pipeline.session import Progress, Session
from smc.pipeline.stages import BY_NAME
from smc.pipeline.store import open_scratch
from smc.pipeline.trial import needed, used_metrics
from smc.pipeline.unjudged import unjudged
from smc.pipeline.watch import refuse_unknown
from smc.project import Project
from smc.report.attributed import Window, fill_windows
from smc.report.power import Power, power
from smc.segment.walk import conditions
from smc.warehouse import Warehouse

_SMALL = 1_000_000
"""Receipts of a base whose nights are thousands of short statements: more threads only get in each other's way."""
_CAPS = "policy"
"""Reason of messages that found no room beside others."""


@dataclass(frozen=True, slots=True)
class Day:
    """What one simulated night did."""

    day: date
    tally: Tally
    turned_away: int


@dataclass(frozen=True, slots=True)
class Line:
    """A campaign or mailing over all days. ``power``: what its control group could show, from what customers did in the
    days of attribution: ``test`` and ``control`` customers, of whom ``buyers`` bought."""

    name: str
    kind: str
    entered: int
    messages: Mapping[str, int]
    suppressed: Mapping[str, int]
    cost: Decimal
    test: int
    control: int
    buyers: int
    power: Power

    @property
    def lost_to_caps(self) -> int:
        return self.suppressed.get(_CAPS, 0)


@dataclass(frozen=True, slots=True)
class Simulation:
    """``spread``: (messages, customers who got so many). ``most``: the most for one customer on a day, and in a week.

    ``groups``: rows of campaign, step, group and customers. ``conflicts``: rows of campaign, what its messages lost to
    under a cap, and how many. ``unjudged``: why the figures of a campaign are not those of the days.
    """

    days: tuple[Day, ...]
    lines: tuple[Line, ...]
    spread: tuple[tuple[int, int], ...]
    most: tuple[int, int]
    groups: tuple[Mapping[str, Any], ...]
    conflicts: tuple[Mapping[str, Any], ...]
    unjudged: Mapping[str, tuple[str, ...]]


def simulate(project: Project, since: date, until: date, names: Sequence[str], progress: Progress) -> Simulation:
    """Run the named campaigns and mailings, or all that are switched on, for every day of the period.

    Raises ``UsageError`` for names that are not there and days of which there is no data.
    """
    if until < since:
        raise UsageError(f"--to {until} is before --from {since}", remedy="Exchange the two.")
    asked = _Asked(project, _chosen(project, names, since, until), since, until)
    with _prepared(asked, progress) as copy:
        return _figures(asked, copy.warehouse, tuple(_nights(asked, copy, progress)))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is simulated, by ids, from the first day to the last."""

    project: Project
    chosen: tuple[str, ...]
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class _Copy:
    """The scratch copy, the project cut down to what is asked for, the stages of its nights, and what they compute."""

    warehouse: Warehouse
    project: Project
    stages: tuple[str, ...]
    columns: frozenset[str] | None


@contextmanager
def _prepared(asked: _Asked, progress: Progress) -> Iterator[_Copy]:
    lean = _lean(asked.project, asked.chosen)
    with open_scratch(asked.project) as warehouse:
        last = warehouse.value("select as_of from watermark where name = 'metric'")
        if last is None or asked.until > last:
            raise UsageError(
                f"there is no data of {asked.until}", remedy=f"The last computed day is {last}; simulate days up to it."
            )
        progress("Take a copy back to the first day")
        if warehouse.value("select count(*) from receipt") < _SMALL:
            warehouse.run("set threads = 1")
        rewind(warehouse, asked.chosen, asked.since)
        needs = lighten(warehouse, lean, asked.since)
        stages = ("compute", *(("predict",) if needs.predictions else ()), "segment")
        _stages(_Copy(warehouse, lean, stages, needs.columns), asked.since - timedelta(days=1), full=True)
        yield _Copy(warehouse, lean, (*stages, "campaign"), needs.columns)


def _nights(asked: _Asked, copy: _Copy, progress: Progress) -> Iterator[Day]:
    count = (asked.until - asked.since).days + 1
    for number in range(count):
        day = asked.since + timedelta(days=number)
        progress("Simulate night after night", number / count)
        bring(copy.warehouse, day)
        planned = _stages(copy, day, full=False)["campaign"]
        done = with_segments(copy.project, copy.warehouse, day, planned.tally)
        copy.warehouse.run(query("day_accepted"), day=day, until=_began(copy, day + timedelta(days=1)))
        yield Day(day, done, planned.result.turned_away)


def _stages(copy: _Copy, day: date, *, full: bool) -> dict[str, Any]:
    """The stages of a night, as a night of a past day does them."""
    began = _began(copy, day)
    moment = Moment(day, began, began, lambda: began)
    session = Session(copy.project, moment, lambda *_: None, full=full, only=copy.columns, _open=copy.warehouse)
    for name in copy.stages:
        execute(BY_NAME[name], session, done=0)
    refuse_unknown(copy.warehouse, copy.project)
    return session.results


def _began(copy: _Copy, day: date) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(copy.project.settings.timezone)).astimezone(UTC)


def _chosen(project: Project, names: Sequence[str], since: date, until: date) -> tuple[str, ...]:
    """Ids of what is simulated; mailings only when their day lies in the period."""
    specs = project.programmes
    for name in names:
        if name not in specs:
            raise UsageError(f"there is no campaign or mailing '{name}'", remedy=nearest(name, specs))
    asked = {name: specs[name] for name in names} if names else {n: spec for n, spec in specs.items() if spec.active}
    return tuple(
        name for name, spec in asked.items() if not isinstance(spec, MailingSpec) or since <= spec.send_on <= until
    )


def _lean(project: Project, chosen: Sequence[str]) -> Project:
    """The project with only these switched on, and with what they ask for: the rest would be computed for nobody."""
    campaigns = {n: spec.model_copy(update={"active": n in chosen}) for n, spec in project.campaigns.items()}
    on = {True: "active", False: "draft"}
    mailings = {n: spec.model_copy(update={"status": on[n in chosen]}) for n, spec in project.mailings.items()}
    filters = {
        f"filter {number}": SegmentSpec(title="", rule=rule)
        for number, rule in enumerate(
            rule for name, spec in campaigns.items() if name in chosen for rule in every_rule(spec)
        )
    }
    inside = (leaf.in_segment for one in filters.values() for _, leaf in conditions(one.rule)
              if isinstance(leaf, InSegmentRule))  # fmt: skip
    segments = needed(
        project, {*(name for one in chosen for name in _named(project, project.programmes[one])), *inside}
    )
    return replace(
        project, campaigns=campaigns, mailings=mailings, segments=segments,
        metrics=used_metrics(project, {**segments, **filters}),
    )  # fmt: skip


def _named(project: Project, spec: CampaignSpec | MailingSpec) -> Iterator[str]:
    """Segments that the trigger or the audience may name: every text of it that is the name of one."""
    if isinstance(spec, MailingSpec):
        yield from (spec.audience, *spec.exclude)
        return
    texts = {one for _, one in pairs(spec.trigger) if isinstance(one, str)}
    yield from (name for name in project.segments if name in texts)


def _figures(asked: _Asked, warehouse: Warehouse, days: tuple[Day, ...]) -> Simulation:
    project, chosen = asked.project, asked.chosen
    period = {"since": asked.since, "until": asked.until}
    specs = project.programmes
    last = warehouse.value("select max(day) from receipt") or asked.until
    counted = receipts_counted(warehouse, project, asked.until)
    refuse_uncounted(counted, chosen)
    fill_windows(warehouse, (_window(name, specs[name]) for name in chosen), counted.queries)
    bought = {row["campaign"]: row for row in warehouse.records(query("simulated_bought"), last=last, **period)}
    draws = [
        (name, number)
        for name in chosen
        for number, (_, step) in enumerate(every(specs[name].steps), start=1)
        if isinstance(step, SplitStep | ControlStep)
    ]
    groups = warehouse.records(
        query("simulated_groups"), names=list(chosen), campaigns=[name for name, _ in draws],
        steps=[step for _, step in draws], **period,
    )  # fmt: skip
    most = warehouse.rows(query("simulated_most"), **period)[0]
    taken = warehouse.rows(query("simulated_taken_back"), **period)
    return Simulation(
        days, tuple(_line(project, name, days, bought.get(name, {}), taken) for name in chosen),
        tuple((row[0], row[1]) for row in warehouse.rows(query("simulated_spread"), **period)),
        (int(most[0] or 0), int(most[1] or 0)), tuple(groups),
        tuple(warehouse.records(query("simulated_conflicts"), **period)), _unjudged(asked),
    )  # fmt: skip


def _window(name: str, spec: CampaignSpec | MailingSpec) -> Window:
    return Window("mailing" if isinstance(spec, MailingSpec) else "campaign", name, attribution_of(spec.attribution))


def _unjudged(asked: _Asked) -> dict[str, tuple[str, ...]]:
    specs = asked.project.programmes
    found = {name: unjudged(_lean(asked.project, (name,)), specs[name], asked.since) for name in asked.chosen}
    return {name: why for name, why in found.items() if why}


def _line(
    project: Project, name: str, days: Sequence[Day], bought: Mapping[str, Any], taken: Sequence[tuple[Any, ...]]
) -> Line:  # fmt: skip
    own = [line for day in days for line in day.tally.lines if line.name == name]
    messages, suppressed = _added(line.messages for line in own), _added(line.suppressed for line in own)
    billed = _added(line.billed for line in own)
    for channel, reason, count in (row[1:] for row in taken if row[0] == name):
        billed[channel] = billed[channel] * (messages[channel] - count) // messages[channel]
        messages[channel] -= count
        suppressed[reason] = suppressed.get(reason, 0) + count
    test, control, buyers = (int(bought.get(key, 0)) for key in ("test", "control", "buyers"))
    return Line(
        name, "mailing" if name in project.mailings else "campaign", sum(line.entered for line in own), messages,
        suppressed, cost(billed, prices(project)), test, control, buyers,
        power(test, control, buyers=buyers, spread=float(bought.get("spread", 0))),
    )  # fmt: skip


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in counts:
        for key, count in one.items():
            found[key] = found.get(key, 0) + count
    return found
