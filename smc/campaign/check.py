"""Mistakes of meaning in campaigns and mailings: unknown names, steps nobody reaches, limits that let nobody in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, get_args

from smc.campaign.check_data import check_data
from smc.campaign.check_days import check_attribution, check_bought
from smc.campaign.check_effects import EffectNames, check_effects
from smc.campaign.check_status import check_status
from smc.campaign.check_trigger import TriggerNames, trigger_problems
from smc.campaign.data import fields_of
from smc.config.document import Document
from smc.config.facts import watched_facts
from smc.config.problem import Problem, nearest
from smc.config.specs.campaign import CampaignSpec, ControlGroup, MailingSpec, Reached
from smc.config.specs.effect import BonusesStep
from smc.config.specs.giving import GIVE, PRINT
from smc.config.specs.messaging import CascadeStep, Said
from smc.config.specs.project import FieldsSpec
from smc.config.specs.rule import Rule
from smc.config.specs.step import (
    ControlStep,
    ExitStep,
    FilterStep,
    Path,
    SplitStep,
    Step,
    WaitForStep,
    WaitStep,
    WaitUntilStep,
    branches,
    every,
    messages_of,
)
from smc.config.specs.variant import COLLECTED, Measure
from smc.model.template import TEXT


@dataclass(frozen=True, slots=True)
class CampaignNames:
    """What campaigns and mailings may name. ``letters``, ``texts``: templates, as far as they could be read.
    ``fields``, ``cells``, ``brought``: see ``TriggerNames``."""

    segments: frozenset[str]
    templates: frozenset[str]
    categories: frozenset[str]
    channels: frozenset[str]
    letters: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    fields: FieldsSpec | None = None
    cells: frozenset[str] | None = None
    brought: Mapping[str, frozenset[str]] | None = None
    effects: EffectNames = field(default_factory=EffectNames)

    @property
    def of_triggers(self) -> TriggerNames:
        return TriggerNames(
            self.segments, self.categories, self.fields, self.cells, self.brought, frozenset(self.effects.polls)
        )


def check_campaign(doc: Document[CampaignSpec], names: CampaignNames) -> list[Problem]:
    """Problems of one campaign; its filter rules are checked by the segment stage (see ``rules_of``)."""
    spec = doc.spec
    found = [*_category(doc, spec.category, names), *_control(doc, spec.control_group, names)]
    found += trigger_problems(doc, names.of_triggers)
    if spec.concurrent and spec.re_entry == "never":
        found.append(
            doc.problem(("concurrent",), "who never enters again has no stays at once", "Remove one of the two.")
        )
    if spec.valid_from and spec.valid_to and spec.valid_from > spec.valid_to:
        found.append(doc.problem(("valid_to",), "valid_to is before valid_from, so nobody could enter"))
    if names.fields is not None:
        found += check_data(doc, names.fields)
    return [
        *found,
        *_steps(doc, ("steps",), spec.steps, names),
        *check_status(doc, spec.steps),
        *check_effects(doc, spec.steps, names.effects, names.channels),
        *_total(doc, names),
    ]


def _total(doc: Document[CampaignSpec], names: CampaignNames) -> Iterator[Problem]:
    """A percentage is of a total that the trigger knows."""
    if names.fields is None or "total" in fields_of(doc.spec.trigger, watched_facts(names.fields)):
        return
    for path, step in every(doc.spec.steps):
        if isinstance(step, BonusesStep) and step.bonuses.percent is not None:
            message = "the trigger knows no total of which this could be a percentage"
            yield doc.problem((*path, "bonuses", "percent"), message, "Give an amount, or take a trigger by receipts.")


def check_mailing(doc: Document[MailingSpec], names: CampaignNames) -> list[Problem]:
    """Problems of one mailing."""
    spec = doc.spec
    found = [*_category(doc, spec.category, names), *_control(doc, spec.control_group, names)]
    found += _known(doc, ("audience",), "segment", spec.audience, names.segments)
    for index, segment in enumerate(spec.exclude):
        found += _known(doc, ("exclude", index), "segment", segment, names.segments)
        if segment == spec.audience:
            found.append(doc.problem(("exclude", index), "the audience is excluded, so nobody would get the mailing"))
    for path, said in spec.contents:
        found += _message(doc, path, said, names)
    found += _codes(doc, names)
    for index, person in enumerate(spec.watchers):
        if person not in names.effects.people:
            remedy = nearest(person, names.effects.people) if names.effects.people else "Write it in smc.yaml: people."
            found.append(doc.problem(("watchers", index), f"there is no person '{person}'", remedy))
    return [*found, *_of_letters(doc), *_winner(doc), *_salts(doc), *check_attribution(doc), *check_bought(doc)]


def _of_letters(doc: Document[MailingSpec]) -> Iterator[Problem]:
    """What letters alone can have."""
    spec = doc.spec
    if spec.channel == "email":
        return
    arms = enumerate(spec.variants.arms if spec.variants else ())
    own = ((("variants", "arms", number), arm, ("subject", "sender", "attachments")) for number, arm in arms)
    for path, one, keys in (((), spec, ("utm", "attachments", "watchers")), *own):
        for key in keys:
            if getattr(one, key):
                message = f"'{key}' is for letters, and this is sent by {spec.channel}"
                yield doc.problem((*path, key), message, "Remove it.")


def _salts(doc: Document[MailingSpec]) -> Iterator[Problem]:
    """Draws by one salt are one draw: a control group would be taken from the first variant alone."""
    group, variants = doc.spec.control_group, doc.spec.variants
    if group and variants and group.salt == variants.salt:
        message = "the control group has this salt too, so it would be drawn from the first variants alone"
        yield doc.problem(("variants", "salt"), message, "Give one of them another salt.")


def _codes(doc: Document[MailingSpec], names: CampaignNames) -> Iterator[Problem]:
    """Letters print a code where the mailing gives one, and only there."""
    code = doc.spec.promocode
    if code is not None and code.group not in names.effects.groups:
        remedy = nearest(code.group, names.effects.groups) if names.effects.groups else "Declare it in promocodes.yaml."
        yield doc.problem(("promocode", "group"), f"there is no group of promocodes '{code.group}'", remedy)
    for path, said in doc.spec.contents:
        where, template = (*path, "template"), said.template
        if template in names.effects.coded and code is None:
            message = f"the template '{template}' prints a promocode, and the mailing gives none"
            yield doc.problem(where, message, GIVE)
        if code is not None and template in names.templates and template not in names.effects.coded:
            message = f"the template '{template}' does not print the promocode, so nobody would see it"
            yield doc.problem(where, message, PRINT)


def _winner(doc: Document[MailingSpec]) -> Iterator[Problem]:
    winner = doc.spec.variants.winner if doc.spec.variants else None
    if winner and winner.by in COLLECTED:
        known = ", ".join(one for one in get_args(Measure) if one not in COLLECTED)
        message = f"'{winner.by}' is known only with the collector, which smc does not have yet"
        yield doc.problem(("variants", "winner", "by"), message, f"Take one of: {known}.")
    if winner and doc.spec.variants and doc.spec.limit is not None:
        most = min(doc.spec.variants.rooms(doc.spec.limit).values())
        if most < winner.at_least:
            message = f"with this limit a variant can have {most} recipients, and at_least asks for {winner.at_least}"
            yield doc.problem(("variants", "winner"), message, "Take a larger test or limit, or a smaller at_least.")


def rules_of(spec: CampaignSpec) -> list[tuple[Path, Rule]]:
    """The rules of a campaign, of its filters and of what ends stays, each with its place in the YAML."""
    filters = [
        ((*path, "filter", "where"), step.filter.where)
        for path, step in every(spec.steps)
        if isinstance(step, FilterStep) and step.filter.where is not None
    ]
    aimed: list[tuple[str, Reached | None]] = [("exit_when", spec.exit_when), ("goal", spec.goal)]
    return [*filters, *(((key, "where"), one.where) for key, one in aimed if one is not None and one.where is not None)]


def _steps(
    doc: Document[Any], path: Path, steps: Sequence[Step], names: CampaignNames, *, ends: bool = True
) -> Iterator[Problem]:
    """``ends``: behind the last step is the way out."""
    for index, step in enumerate(steps):
        here, last = (*path, index), index + 1 == len(steps)
        if _lets_nobody_on(step) and not last:
            yield doc.problem(
                (*path, index + 1), "nobody reaches this step: the step before it lets everyone out",
                "Remove it, or the exit before it.",
            )  # fmt: skip
        match step:
            case WaitStep() | WaitUntilStep() if last and ends:
                yield doc.problem(here, "a wait at the end does nothing", "Put a step behind it or remove it.")
            case WaitForStep(wait_for=wait) if last and ends and not wait.otherwise:
                yield doc.problem(here, "a wait at the end does nothing", "Put a step behind it or remove it.")
            case SplitStep(split=split):
                for number, arm in enumerate(split.arms):
                    yield from _share(doc, (*here, "split", "arms", number, "share"), arm.share, "an arm")
            case ControlStep(control=group):
                yield from _share(doc, (*here, "control", "percent"), group.percent, "a control group")
        yield from _messages(doc, here, step, names)
        for branch in branches(step):
            way_out = not branch.joins or (last and ends)
            yield from _steps(doc, (*here, *branch.path), branch.steps, names, ends=way_out)


def _lets_nobody_on(step: Step) -> bool:
    """Whether everyone leaves at the step or in one of its arms."""
    if isinstance(step, SplitStep):
        return all(any(map(_lets_nobody_on, arm.steps)) for arm in step.split.arms)
    return isinstance(step, ExitStep)


def _share(doc: Document[Any], path: Path, share: Decimal, what: str) -> Iterator[Problem]:
    if share == 0:
        yield doc.problem(path, f"{what} of 0 % has nobody in it", "Remove it or give it a share.")
    elif share * 100 % 1:
        yield doc.problem(path, f"{share} % is finer than customers are drawn", "Give at most two decimals.")


def _messages(doc: Document[Any], path: Path, step: Step, names: CampaignNames) -> Iterator[Problem]:
    for below, said in messages_of(step):
        yield from _message(doc, (*path, *below), said, names)
    if isinstance(step, CascadeStep) and step.cascade.until == "delivered":
        message = "no channel of smc tells yet what was delivered, so every message would be sent"
        yield doc.problem((*path, "cascade", "until"), message, "Write 'until: sent', or leave it out.")


def _message(doc: Document[Any], path: Path, said: Said, names: CampaignNames) -> Iterator[Problem]:
    """The channel is set up, and the template is there and of the right kind."""
    where, template = (*path, "template" if said.template else TEXT), said.template
    if template:
        yield from _known(doc, where, "template", template, names.templates)
    if said.channel == "email" and template in names.texts:
        yield doc.problem(where, f"the template '{template}' is a text, no letter", "Write body.html beside it.")
    if said.channel != "email" and template in names.letters:
        remedy = "Name a template that has body.txt and no body.html, or write 'text: …' here."
        yield doc.problem(where, f"the template '{template}' is a letter, no text", remedy)
    if said.channel not in names.channels:
        yield doc.problem(where, f"the channel '{said.channel}' is not set up", "Describe it in channels.yaml.")


def _category(doc: Document[Any], category: str, names: CampaignNames) -> Iterator[Problem]:
    yield from _known(doc, ("category",), "message category", category, names.categories)


def _control(doc: Document[Any], group: ControlGroup | None, names: CampaignNames) -> Iterator[Problem]:
    if group is not None and group.percent is not None:
        yield from _share(doc, ("control_group", "percent"), group.percent, "a control group")
    if group is not None and group.tag is not None:
        yield from _known(doc, ("control_group", "tag"), "tag", group.tag, names.tags)


def _known(doc: Document[Any], path: Path, what: str, name: str, names: frozenset[str]) -> Iterator[Problem]:
    if name not in names:
        yield doc.problem(path, f"there is no {what} '{name}'", nearest(name, names))
