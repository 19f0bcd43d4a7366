"""A campaign's tree of steps as a flat program, and a mailing as the smallest campaign.

Steps are numbered from 1 in the order of the YAML; the steps of ``otherwise`` follow their filter. The engine knows
only programs: what a marketer can write is reduced to them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from smc.config.specs.campaign import (
    CampaignSpec,
    Email,
    EmailStep,
    ExitStep,
    FilterStep,
    MailingSpec,
    Step,
    TagStep,
    WaitStep,
)
from smc.config.specs.rule import Rule, rule_key

Action = Literal["filter", "email", "wait", "tag", "untag", "exit"]
FINISHED = "finished"
FILTERED = "filtered"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step. ``next_step`` None means the customer leaves with ``next_reason``; ``else_*`` is for refused ones."""

    step: int
    action: Action
    argument: str
    days: int
    next_step: int | None
    next_reason: str | None
    else_step: int | None = None
    else_reason: str | None = None


def steps_of(spec: CampaignSpec | MailingSpec) -> tuple[Step, ...]:
    """The steps of a campaign; a mailing has the one that sends it."""
    if isinstance(spec, MailingSpec):
        return (EmailStep(email=Email(template=spec.template)),)
    return spec.steps


def program(spec: CampaignSpec | MailingSpec) -> tuple[Instruction, ...]:
    """The steps as instructions, ordered by number."""
    return tuple(_block(steps_of(spec), first=1, then=None, reason=FINISHED))


def size(steps: Sequence[Step]) -> int:
    """How many numbers the steps take, branches included."""
    return sum(1 + size(step.filter.otherwise) if isinstance(step, FilterStep) else 1 for step in steps)


def rules(steps: Sequence[Step]) -> Iterator[Rule]:
    """The rules of all filters, branches included."""
    for step in steps:
        if isinstance(step, FilterStep):
            yield step.filter.where
            yield from rules(step.filter.otherwise)


def _block(steps: Sequence[Step], *, first: int, then: int | None, reason: str) -> Iterator[Instruction]:
    """The steps numbered from ``first``; after the last one comes ``then``, or the way out with ``reason``."""
    number = first
    for index, step in enumerate(steps):
        after = number + size([step])
        following = after if index + 1 < len(steps) else then
        yield _instruction(step, number, following, reason if following is None else None)
        if isinstance(step, FilterStep):
            yield from _block(step.filter.otherwise, first=number + 1, then=None, reason=FILTERED)
        number = after


def _instruction(step: Step, number: int, following: int | None, reason: str | None) -> Instruction:
    match step:
        case FilterStep(filter=choice):
            branch = number + 1 if choice.otherwise else None
            refused = None if choice.otherwise else FILTERED
            key = rule_key(choice.where)
            return Instruction(number, "filter", key, 0, following, reason, branch, refused)
        case EmailStep(email=email):
            return Instruction(number, "email", email.template, 0, following, reason)
        case WaitStep(wait=days):
            return Instruction(number, "wait", "", days, following, reason)
        case TagStep(tag=change):
            action: Action = "tag" if change.add else "untag"
            return Instruction(number, action, change.add or change.remove or "", 0, following, reason)
        case ExitStep(exit=why):
            return Instruction(number, "exit", "", 0, None, why)
        case _:
            assert_never(step)
