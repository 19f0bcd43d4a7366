"""A campaign's tree of steps as a flat program, and a mailing as the smallest campaign.

Steps are numbered from 1 in the order of the YAML; the steps of a branch follow the step that has it. An instruction
says what happens at a step, a way where a customer goes from there: under the label ``next``, or under that of a
branch. The engine knows only programs: what a marketer can write is reduced to them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, assert_never

from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.comparison import Where
from smc.config.specs.delay import length_of, minutes_of
from smc.config.specs.effect import (
    AttributeStep,
    BonusesStep,
    CallStep,
    EffectStep,
    NotifyStep,
    PointsStep,
    WebhookStep,
)
from smc.config.specs.messaging import (
    CascadeStep,
    InAppStep,
    MessengerStep,
    PopupStep,
    PushStep,
    Said,
    SmsStep,
    Try,
    ViberStep,
)
from smc.config.specs.rule import rule_key
from smc.config.specs.step import (
    HELD_BACK,
    NEXT,
    OTHERWISE,
    ControlStep,
    EmailStep,
    ExitStep,
    FilterStep,
    Limit,
    LimitStep,
    MessageStatusStep,
    PollStep,
    PromocodeStep,
    SplitStep,
    Step,
    TagStep,
    Until,
    WaitForStep,
    WaitStep,
    WaitUntilStep,
    branches,
    every,
    said_by,
)
from smc.config.specs.variant import ContestStep

Action = Literal[
    "filter", "split", "contest", "control", "limit", "email", "sms", "push", "viber", "messenger", "in_app", "popup",
    "cascade", "message_status", "wait", "wait_until", "wait_for", "tag", "untag", "promocode", "exit", "points",
    "bonuses", "attribute", "call", "notify", "webhook", "poll",
]  # fmt: skip
FINISHED = "finished"
WAITING = "waiting"
"""The label of who stays at a step until a row happens or the time is over."""
_OUT = {
    "filter": "filtered", "control": "control group", "limit": "limit reached", "promocode": "no promocode",
    "wait_for": "waited in vain", "message_status": "status of the message",
    "poll": "poll not opened",
}  # fmt: skip
"""Why those leave who take ``otherwise``."""


@dataclass(frozen=True, slots=True)
class Part:
    """A range of buckets of a draw, ``low`` included and ``high`` not, and the label of whoever lies in it."""

    low: int
    high: int
    label: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A message of a cascade. ``minutes``: so long it is waited for; the last one is not."""

    said: Said
    minutes: int
    last: bool


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step. ``argument``: rule, template, tag, group of codes, name of a limit or measure of a contest; ``draw``:
    parts of splits and controls, whose argument is the salt; ``detail``: what else an effect has to know.

    ``channel``: of a step that sends a message; ``words``: its parts, where it names no template; ``tries``: of a
    cascade.
    ``days`` or ``minutes``: length of a wait; ``until``: its end;
    ``room``: of a limit; ``data``: what the data of the trigger must be.
    """

    step: int
    action: Action
    argument: str = ""
    channel: str | None = None
    days: int = 0
    minutes: int = 0
    until: Until | None = None
    room: Limit | None = None
    draw: tuple[Part, ...] = ()
    detail: str = ""
    data: Where | None = None
    words: tuple[tuple[str, str], ...] = ()
    tries: tuple[Tried, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """Where to go from a step; ``to`` None means out of the campaign, with ``reason``."""

    step: int
    label: str
    to: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Program:
    """The steps of one text, by their numbers, and the ways between them."""

    instructions: tuple[Instruction, ...]
    ways: tuple[Way, ...]


def program(spec: CampaignSpec | MailingSpec) -> Program:
    found = tuple(_block(spec.steps, first=1, then=None, reason=FINISHED))
    instructions = (one for one in found if isinstance(one, Instruction))
    return Program(tuple(instructions), tuple(one for one in found if isinstance(one, Way)))


def size(steps: Sequence[Step]) -> int:
    """How many numbers the steps take, branches included."""
    return sum(1 for _ in every(steps))


def _block(steps: Sequence[Step], *, first: int, then: int | None, reason: str) -> Iterator[Instruction | Way]:
    """The steps numbered from ``first``; after the last one comes ``then``, or the way out with ``reason``."""
    number = first
    for index, step in enumerate(steps):
        after = number + size([step])
        following = after if index + 1 < len(steps) else then
        instruction = _instruction(step, number)
        yield instruction
        why = step.exit if isinstance(step, ExitStep) else reason
        following = None if isinstance(step, ExitStep) else following
        yield _way(number, NEXT, following, why)
        if isinstance(step, WaitForStep | CascadeStep):
            yield _way(number, WAITING, number, "")
        if isinstance(step, ControlStep) and step.control.otherwise is None:
            yield _way(number, HELD_BACK, following, why)
        yield from _branches(step, instruction.action, following, reason, number)
        number = after


def _branches(
    step: Step, action: Action, following: int | None, reason: str, number: int
) -> Iterator[Instruction | Way]:
    begin = number + 1
    for branch in branches(step):
        then, why = (following, reason) if branch.joins else (None, _OUT[action])
        yield _way(number, branch.label, begin if branch.steps else then, why)
        yield from _block(branch.steps, first=begin, then=then, reason=why)
        begin += size(branch.steps)


def _way(step: int, label: str, to: int | None, reason: str) -> Way:
    return Way(step, label, to, reason if to is None else None)


def _instruction(step: Step, number: int) -> Instruction:  # noqa: C901, PLR0911, PLR0912 - one arm for each kind of step
    match step:
        case FilterStep(filter=choice):
            return Instruction(number, "filter", rule_key(choice.where) if choice.where else "", data=choice.trigger)
        case ContestStep(split=contest):
            return Instruction(number, "contest", contest.by)
        case SplitStep(split=split):
            shares = [(arm.name, arm.share) for arm in split.arms]
            return Instruction(number, "split", split.salt, draw=_parts(shares))
        case ControlStep(control=group):
            label = HELD_BACK if group.otherwise is None else OTHERWISE
            return Instruction(number, "control", group.salt, draw=_parts([(label, group.percent)]))
        case LimitStep(limit=limit):
            return Instruction(number, "limit", limit.name, room=limit)
        case EmailStep() | SmsStep() | PushStep() | ViberStep() | MessengerStep() | InAppStep() | PopupStep():
            what = said_by(step)
            return Instruction(number, what.channel, what.template, channel=what.channel, words=what.parts)
        case CascadeStep(cascade=cascade):
            return Instruction(number, "cascade", cascade.until, tries=tuple(_tries(cascade.tries)))
        case MessageStatusStep(message_status=status):
            return Instruction(number, "message_status", status.is_)
        case WaitStep(wait=delay):
            length = length_of(delay)
            return Instruction(number, "wait", days=length.days, minutes=length.minutes)
        case WaitUntilStep(wait_until=until):
            return Instruction(number, "wait_until", until=until)
        case WaitForStep(wait_for=wait):
            length = length_of(wait.within)
            return Instruction(number, "wait_for", wait.where.row.key, days=length.days, minutes=length.minutes)
        case TagStep(tag=change):
            return Instruction(number, "tag" if change.add else "untag", change.add or change.remove or "")
        case PromocodeStep(promocode=code):
            return Instruction(number, "promocode", code.group, detail="last" if code.repeat_last else "")
        case PointsStep() | BonusesStep() | AttributeStep() | CallStep() | NotifyStep() | WebhookStep() | PollStep():
            return _effect(step, number)
        case ExitStep():
            return Instruction(number, "exit")
        case _:
            assert_never(step)


def _tries(tries: Sequence[Try]) -> Iterator[Tried]:
    for one in tries:
        yield Tried(one.said, minutes_of(one.within) if one.within else 0, last=one is tries[-1])


def _effect(step: EffectStep | PollStep, number: int) -> Instruction:
    """``argument``: what it is done to or with, several parted by commas; ``detail``: the step as JSON, no branch."""
    action, argument, body = _done_to(step)
    return Instruction(number, action, argument, detail=body.model_dump_json(exclude_none=True, exclude={"otherwise"}))


def _done_to(step: EffectStep | PollStep) -> tuple[Action, str, Spec]:  # noqa: PLR0911 - one arm for each kind of step
    match step:
        case PointsStep(points=points):
            return "points", "points", points
        case BonusesStep(bonuses=bonuses):
            return "bonuses", bonuses.account, bonuses
        case AttributeStep(attribute=attribute):
            return "attribute", ",".join(attribute.set), attribute
        case CallStep(call=call):
            return "call", call.list, call
        case NotifyStep(notify=notice):
            return "notify", ",".join(dict.fromkeys(notice.to)), notice
        case WebhookStep(webhook=webhook):
            return "webhook", webhook.to, webhook
        case PollStep(poll=poll):
            return "poll", poll.poll, poll
        case _:
            assert_never(step)


def buckets(share: Decimal) -> int:
    """How many of the 10,000 buckets of a draw a share in percent has."""
    return int(share * 100)


def _parts(shares: Sequence[tuple[str, Decimal]]) -> tuple[Part, ...]:
    """Shares in percent as ranges of buckets; what is left over takes ``next``. Sums are rounded, so that shares that
    make the whole leave no bucket over."""
    found, low, whole = [], 0, Decimal(0)
    for label, share in shares:
        whole += share
        high = buckets(whole)
        found.append(Part(low, high, label))
        low = high
    return tuple(found)
