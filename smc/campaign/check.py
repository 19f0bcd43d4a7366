"""Mistakes of meaning in campaigns and mailings: unknown names, steps nobody reaches, limits that let nobody in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from smc.config.document import Document
from smc.config.problem import Problem, nearest
from smc.config.specs.campaign import (
    CampaignSpec,
    ControlGroup,
    EmailStep,
    EnteredSegment,
    ExitStep,
    FilterStep,
    MailingSpec,
    OnDate,
    Step,
    WaitStep,
)
from smc.config.specs.rule import Rule

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class CampaignNames:
    """What campaigns and mailings may name."""

    segments: frozenset[str]
    templates: frozenset[str]
    categories: frozenset[str]
    channels: frozenset[str]


def check_campaign(doc: Document[CampaignSpec], names: CampaignNames) -> list[Problem]:
    """Problems of one campaign; its filter rules are checked by the segment stage (see ``rules_of``)."""
    spec = doc.spec
    found = [*_category(doc, spec.category, names), *_control(doc, spec.control_group)]
    match spec.trigger:
        case EnteredSegment(entered_segment=segment):
            found += _known(doc, ("trigger", "entered_segment"), "segment", segment, names.segments)
        case OnDate(date=on):
            found += _known(doc, ("trigger", "date", "segment"), "segment", on.segment, names.segments)
        case _:
            pass
    if spec.valid_from and spec.valid_to and spec.valid_from > spec.valid_to:
        found.append(doc.problem(("valid_to",), "valid_to is before valid_from, so nobody could enter"))
    return [*found, *_steps(doc, ("steps",), spec.steps, names)]


def check_mailing(doc: Document[MailingSpec], names: CampaignNames) -> list[Problem]:
    """Problems of one mailing."""
    spec = doc.spec
    found = [*_category(doc, spec.category, names), *_control(doc, spec.control_group)]
    found += _known(doc, ("audience",), "segment", spec.audience, names.segments)
    for index, segment in enumerate(spec.exclude):
        found += _known(doc, ("exclude", index), "segment", segment, names.segments)
        if segment == spec.audience:
            found.append(doc.problem(("exclude", index), "the audience is excluded, so nobody would get the mailing"))
    return [*found, *_email(doc, ("template",), spec.template, names)]


def rules_of(spec: CampaignSpec) -> list[tuple[Path, Rule]]:
    """The filter rules of a campaign, each with its place in the YAML."""
    return list(_rules(("steps",), spec.steps))


def _rules(path: Path, steps: Sequence[Step]) -> Iterator[tuple[Path, Rule]]:
    for index, step in enumerate(steps):
        if isinstance(step, FilterStep):
            yield (*path, index, "filter", "where"), step.filter.where
            yield from _rules((*path, index, "filter", "otherwise"), step.filter.otherwise)


def _steps(doc: Document[Any], path: Path, steps: Sequence[Step], names: CampaignNames) -> Iterator[Problem]:
    for index, step in enumerate(steps):
        here, last = (*path, index), index + 1 == len(steps)
        match step:
            case ExitStep() if not last:
                yield doc.problem((*path, index + 1), "nobody reaches this step: the step before it lets everyone out")
            case WaitStep() if last:
                yield doc.problem(
                    (*here, "wait"), "a wait at the end does nothing", "Put a step behind it or remove it."
                )
            case EmailStep(email=email):
                yield from _email(doc, (*here, "email", "template"), email.template, names)
            case FilterStep(filter=choice):
                yield from _steps(doc, (*here, "filter", "otherwise"), choice.otherwise, names)
            case _:
                pass


def _email(doc: Document[Any], path: Path, template: str, names: CampaignNames) -> Iterator[Problem]:
    yield from _known(doc, path, "template", template, names.templates)
    if "email" not in names.channels:
        yield doc.problem(path, "the channel 'email' is not set up", "Describe it in channels.yaml.")


def _category(doc: Document[Any], category: str, names: CampaignNames) -> Iterator[Problem]:
    yield from _known(doc, ("category",), "message category", category, names.categories)


def _control(doc: Document[Any], group: ControlGroup | None) -> Iterator[Problem]:
    if group is not None and group.percent == 0:
        yield doc.problem(("control_group", "percent"), "a control group of 0 % has nobody in it", "Remove it.")


def _known(doc: Document[Any], path: Path, what: str, name: str, names: frozenset[str]) -> Iterator[Problem]:
    if name not in names:
        yield doc.problem(path, f"there is no {what} '{name}'", nearest(name, names))
