"""The tests of campaigns: nights of a shop on an empty warehouse, by the stages of a night but for sending."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smc.campaign.check import rules_of
from smc.campaign.check_trigger import segment_of
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.case import NightExpected
from smc.config.specs.rule import InSegmentRule, SegmentSpec
from smc.errors import ConfigError, SmcError
from smc.pipeline.moment import Moment
from smc.pipeline.session import Session
from smc.pipeline.stages import BY_NAME
from smc.pipeline.trial import clear, fill, needed, used_metrics
from smc.pipeline.watch import refuse_unknown
from smc.project import Project
from smc.segment.trial.nights import CampaignCase
from smc.segment.walk import conditions
from smc.warehouse import Warehouse
from smc.warehouse.marts import marts_ready

_STAGES = ("compute", "segment", "campaign")
_MEMORY = "1GB"
_ENTERED = """
    select i.customer_id from entry as e join customer_ident as i on i.customer_key = e.customer_key
    where e.entered_on = $as_of order by all
"""
_MESSAGES = """
    select i.customer_id, coalesce(nullif(m.template, ''), m.channel) as said, m.reason
    from message as m join customer_ident as i on i.customer_key = m.customer_key
    where m.planned_on = $as_of order by all
"""


@dataclass(frozen=True, slots=True)
class NightVerdict:
    """What differs on one night: ``(key, expected, found)``."""

    as_of: date
    wrong: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """``problem``: why the test could not be judged to its end."""

    case: CampaignCase
    verdicts: tuple[NightVerdict, ...]
    seconds: float
    problem: str = ""

    @property
    def passed(self) -> bool:
        return not self.problem and not any(verdict.wrong for verdict in self.verdicts)


def run_campaign_cases(
    project: Project, cases: Sequence[CampaignCase], say: Callable[..., None]
) -> Iterator[CampaignResult]:
    """Run each test. They share one warehouse in memory, which is emptied between them.

    Raises ``ConfigError`` for rows that the import would refuse, each with its place.
    """
    opened = Warehouse.open(Path(":memory:"), timezone=project.settings.timezone, memory=_MEMORY, threads=1)
    with opened as warehouse:
        for number, case in enumerate(cases):
            say(f"Test {case.name}", number / len(cases))
            yield _run(alone(project, case.campaign), warehouse, case)


def alone(project: Project, campaign: str) -> Project:
    """The project with this one campaign, switched on, and the segments that it asks for."""
    spec = project.campaigns[campaign].model_copy(update={"active": True})
    leaves = (leaf for rule in _filters(spec).values() for _, leaf in conditions(rule.rule))
    asked = {leaf.in_segment for leaf in leaves if isinstance(leaf, InSegmentRule)}
    if segment := segment_of(spec.trigger):
        asked.add(segment)
    segments = needed(project, asked)
    metrics = used_metrics(project, {**segments, **_filters(spec)})
    return replace(project, campaigns={campaign: spec}, mailings={}, segments=segments, metrics=metrics)


def _filters(spec: CampaignSpec) -> dict[str, SegmentSpec]:
    """The rules of filters, as if they were segments."""
    return {f"filter {at}": SegmentSpec(title="", rule=rule) for at, (_, rule) in enumerate(rules_of(spec))}


def _run(project: Project, warehouse: Warehouse, case: CampaignCase) -> CampaignResult:
    started = time.perf_counter()
    verdicts: list[NightVerdict] = []
    problem = ""
    try:
        clear(warehouse)
        tested = {**project.segments, **_filters(project.campaigns[case.campaign])}
        for night in case.nights:
            fill(project, warehouse, night.given, tested)
            with marts_ready(warehouse, project.fields):
                session = Session(project, _begin(project, night.given.as_of), lambda *_: None, _open=warehouse)
                for name in _STAGES:
                    BY_NAME[name].work(session)
                refuse_unknown(warehouse, project)
            verdicts.append(_judge(warehouse, night.given.as_of, night.expect))
    except ConfigError:
        raise
    except SmcError as error:
        problem = error.what
    return CampaignResult(case, tuple(verdicts), round(time.perf_counter() - started, 3), problem)


def _begin(project: Project, as_of: date) -> Moment:
    """The first minute of the day."""
    first = datetime.combine(as_of, datetime.min.time(), ZoneInfo(project.settings.timezone)).astimezone(UTC)
    return Moment(as_of, first, first, lambda: first)


def _judge(warehouse: Warehouse, as_of: date, expect: NightExpected) -> NightVerdict:
    messages = warehouse.rows(_MESSAGES, as_of=as_of)
    found: Mapping[str, Any] = {
        "entered": sorted(row[0] for row in warehouse.rows(_ENTERED, as_of=as_of)),
        "messages": {customer: template for customer, template, reason in messages if reason is None},
        "suppressed": {customer: reason for customer, _, reason in messages if reason is not None},
    }
    wanted = {
        "entered": None if expect.entered is None else sorted(expect.entered),
        "messages": expect.messages,
        "suppressed": expect.suppressed,
    }
    wrong = [(key, want, found[key]) for key, want in wanted.items() if want is not None and want != found[key]]
    return NightVerdict(as_of, tuple(wrong))
