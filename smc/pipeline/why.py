"""Why one customer gets something or not: what campaigns, segments and words say of him, put together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

from smc.campaign.check import rules_of
from smc.campaign.why import Reason, Stay, reasons
from smc.config.problem import nearest
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.rule import SegmentSpec
from smc.config.specs.step import every
from smc.errors import UsageError
from smc.pipeline.moment import moment_of
from smc.pipeline.store import last_day, open_workspace
from smc.project import Project
from smc.report.mailings import steps_of_mailing
from smc.report.words import StepText, steps_in_words
from smc.segment.ground import Ground
from smc.segment.why import Told, found_customer, why
from smc.warehouse import Warehouse, statement
from smc.warehouse.marts import marts_ready


@dataclass(frozen=True, slots=True)
class Filter:
    """A rule of the present text and the customer's way through it, as it is now.

    ``step``: the number of the filter's step; None for ``goal`` and ``exit_when``, which ``of`` names.
    """

    of: str
    step: int | None
    path: Told


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of a customer and one campaign. ``texts``: steps in words by version and number.

    ``filters`` are only worked out when one campaign is asked for.
    """

    reason: Reason
    texts: Mapping[tuple[int, int], StepText]
    filters: tuple[Filter, ...]

    @property
    def verdict(self) -> str:
        """One line: where he is, or why he is nowhere."""
        inside = next((stay for stay in self.reason.stays if stay.exited_on is None), None)
        if inside is not None:
            return f"inside since {inside.entered_on}, {self.standing(inside)}"
        if shut := self.reason.stopped:
            return f"{shut.gate}: no{f' ({shut.has})' if shut.has else ''}"
        return "nothing stops him"

    def standing(self, stay: Stay) -> str:
        """Where he stands, and when that step is due by the project's clock."""
        if stay.step is None:
            return f"left on {stay.exited_on}: {stay.exit_reason}"
        text = self.texts.get((stay.version, stay.step))
        control = ", as control" if stay.arm == "control" else ""
        return f"before step {stay.step} “{text.text if text else '?'}”, due {stay.due_at:%Y-%m-%d %H:%M}{control}"


@dataclass(frozen=True, slots=True)
class Answer:
    customer_id: str
    as_of: date
    campaigns: tuple[Shown, ...]


def explain(project: Project, customer_id: str, campaign: str | None, as_of: date | None) -> Answer:
    """What the snapshot says; nothing is written. Raises ``UsageError`` for names and ids that are not there."""
    specs = project.programmes
    if campaign is not None:
        if campaign not in specs:
            raise UsageError(f"there is no campaign or mailing '{campaign}'", remedy=nearest(campaign, specs))
        specs = {campaign: specs[campaign]}
    with _ground(project, as_of) as ground:
        key, own_id, _ = found_customer(ground.warehouse, customer_id)
        found = reasons(
            ground.warehouse, specs, key, own_id, as_of=ground.as_of, now=moment_of(project, ground.as_of).planned_at
        )
        texts = texts_on_record(ground.warehouse, project, ground.as_of)
        shown = (
            Shown(reason, texts.get(reason.name, {}), _filters(ground, reason, project, own_id) if campaign else ())
            for reason in found
        )
        return Answer(own_id, ground.as_of, tuple(shown))


@contextmanager
def _ground(project: Project, as_of: date | None) -> Iterator[Ground]:
    with open_workspace(project) as warehouse, marts_ready(warehouse, project.fields):
        day = last_day(warehouse, as_of)
        yield Ground(
            warehouse, project.segments, project.fields, project.metrics, day, project.settings.categories,
            project.defined,
        )  # fmt: skip


def texts_on_record(warehouse: Warehouse, project: Project, as_of: date) -> dict[str, dict[tuple[int, int], StepText]]:
    """Steps in words of every version on record."""
    titles = {name: spec.title for name, spec in project.segments.items()}
    found: dict[str, dict[tuple[int, int], StepText]] = {}
    for row in warehouse.records(statement("smc.report", "campaign_versions"), as_of=as_of):
        spec = json.loads(row["spec"])
        for text in steps_in_words(spec.get("steps") or steps_of_mailing(spec), titles):
            found.setdefault(row["campaign"], {})[row["version"], text.number] = text
    return found


def _filters(ground: Ground, reason: Reason, project: Project, own_id: str) -> tuple[Filter, ...]:
    """The present text's filters, each as if it were a segment."""
    spec = project.campaigns.get(reason.name)
    if not isinstance(spec, CampaignSpec):
        return ()
    numbers = {path: number for number, (path, _) in enumerate(every(spec.steps), start=1)}
    found = []
    for path, rule in rules_of(spec):
        name = next(free for number in count() if (free := f"filter_{number}") not in ground.segments)
        segments = {**ground.segments, name: SegmentSpec(title=name, rule=rule)}
        told = why(replace(ground, segments=segments), own_id, name).root
        if told is not None:
            found.append(Filter(str(path[-2]), numbers.get(path[:-2]), told))
    return tuple(found)
