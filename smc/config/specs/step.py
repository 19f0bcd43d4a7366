"""Steps of campaigns: what happens to those inside, in their order, with branches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from smc.config.specs.base import Clock, Day, Name, Percent, Spec
from smc.config.specs.comparison import Where
from smc.config.specs.delay import Delay
from smc.config.specs.effect import (
    AttributeStep,
    BonusesStep,
    CallStep,
    NotifyStep,
    PointsStep,
    WebhookStep,
)
from smc.config.specs.messaging import (
    MESSAGING,
    CascadeStep,
    Email,
    InAppStep,
    MessagingStep,
    MessengerStep,
    PopupStep,
    PushStep,
    Said,
    SmsStep,
    Status,
    ViberStep,
    said,
)
from smc.config.specs.policy import Weekday
from smc.config.specs.rule import Rule, only_key
from smc.config.specs.watch import AnyRow

NEXT, OTHERWISE, HELD_BACK = "next", "otherwise", "control"
"""Labels of ways from a step; those of a split have the names of its arms too. ``HELD_BACK``: on, as control."""
Period = Literal["total", "day", "week", "month"]


class Filter(Spec):
    """Who matches goes on. The others take ``otherwise`` and leave the campaign at its end.

    ``trigger``: fields of what let him in, such as the receipt, as they were then. Both must hold where both are given.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    where: Rule | None = Field(default=None, description="a rule that the customer must match at that moment")
    trigger: Where | None = Field(default=None, description="fields of what let him in, and what they must be")
    otherwise: tuple[Step, ...] = Field(default=(), description="steps for the others, who leave at their end")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.where is None and self.trigger is None:
            raise ValueError("needs where, trigger, or both")
        return self


class FilterStep(Spec):
    filter: Filter


class Arm(Spec):
    """A part of those who reach the split; at the end of its steps they go on behind the split."""

    name: Name = Field(description="name of the arm")
    share: Percent = Field(description="share of those who come to the split")
    steps: tuple[Step, ...] = Field(default=(), description="steps of the arm; none: straight on")


class Split(Spec):
    """An A/B test. Keep the salt: with a new one everybody is drawn again."""

    salt: str = Field(min_length=1, description="any text; another salt draws everybody anew")
    arms: tuple[Arm, ...] = Field(min_length=2, max_length=20, description="2 to 20; the shares add up to 100 %")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum((arm.share for arm in self.arms), Decimal(0))
        if total != 100:  # noqa: PLR2004 - percent
            raise ValueError(f"the shares of the arms add up to {total.normalize():f} %, not to 100 %")
        if len({arm.name for arm in self.arms}) < len(self.arms):
            raise ValueError("two arms have the same name")
        if any(arm.name == NEXT for arm in self.arms):
            raise ValueError(f"an arm cannot be named '{NEXT}', which is the way past the split")
        return self


class SplitStep(Spec):
    split: Split


class Control(Spec):
    """A control group for what follows. Keep the salt.

    Its share goes on as control customers do: nothing is sent, and rows keep when it would have been. Where
    ``otherwise`` is given the share takes those steps and leaves.
    """

    percent: Annotated[Percent, Field(gt=0, le=50)] = Field(description="share of the group, up to 50 %")
    salt: str = Field(min_length=1, description="any text; another salt draws everybody anew")
    otherwise: tuple[Step, ...] | None = Field(
        default=None,
        description="steps for the group, which leaves at their end. Without them it goes on, as control",
    )


class ControlStep(Spec):
    control: Control


class Limit(Spec):
    """So many customers pass, in all or in every day, week or month; the others take ``otherwise`` and leave.

    Of those who come at once a stable draw decides. ``name`` keeps the count when the campaign's text changes.
    """

    name: Name = Field(default="limit", description="name of the count; limits of one name count together")
    customers: int = Field(ge=1, description="so many pass")
    per: Period = Field(default="total", description="in all, or in every day, week or month")
    otherwise: tuple[Step, ...] = Field(default=(), description="steps for the others, who leave at their end")


class LimitStep(Spec):
    limit: Limit


class WaitStep(Spec):
    """So many days, to the beginning of that day; or so many hours or minutes after this moment."""

    wait: Delay


class WaitFor(Spec):
    """Until such a row happens, then on; who waits in vain takes ``otherwise`` and leaves the campaign at its end."""

    where: AnyRow = Field(description="the row that is waited for")
    within: Delay = Field(description="so long it is waited for")
    otherwise: tuple[Step, ...] = Field(default=(), description="steps for who waits in vain; he leaves at their end")


class WaitForStep(Spec):
    wait_for: WaitFor


class Until(Spec):
    """The first moment from now on that is as described, by the project's clock or the customer's.

    ``day``: that date; when it has passed nobody waits. ``weekday``, ``at``: the next such day, such time.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    day: Day | None = Field(default=None, description="that date; when it has passed nobody waits")
    weekday: Weekday | None = Field(default=None, description="the next such day, today too")
    at: Clock | None = Field(default=None, description="the next such time; without it the day's beginning")
    clock: Literal["project", "customer"] = Field(default="project", description="whose clock that is")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.day is None and self.weekday is None and self.at is None:
            raise ValueError("needs a day, a weekday or a time (at)")
        if self.day is not None and self.weekday is not None:
            raise ValueError("needs either a day or a weekday")
        return self


class WaitUntilStep(Spec):
    wait_until: Until


class EmailStep(Spec):
    email: Email


class MessageStatus(Spec):
    """Whether the last message of this stay has got so far; the others take ``otherwise`` and leave at its end."""

    is_: Status = Field(alias="is", description="how far the message must have got")
    otherwise: tuple[Step, ...] = Field(default=(), description="steps for the others, who leave at their end")


class MessageStatusStep(Spec):
    message_status: MessageStatus


class TagChange(Spec):
    """Put the customer on a named list, or take him off."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    add: Name | None = Field(default=None, description="put him on this list")
    remove: Name | None = Field(default=None, description="take him off this list")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.add is None) == (self.remove is None):
            raise ValueError("needs either add or remove")
        return self


class TagStep(Spec):
    tag: TagChange


class Promocode(Spec):
    """Give a code of a group; the messages behind print it as ``{{ promocode }}``.

    ``repeat_last``: the customer's last code of the group again, if it can still be used. When no code is left, those
    without one take ``otherwise`` and leave; where it is not given they go on, and a letter with the code is not sent.
    """

    group: Name = Field(description="group of promocodes.yaml")
    repeat_last: bool = Field(default=False, description="his last code of the group again, if it can still be used")
    otherwise: tuple[Step, ...] | None = Field(
        default=None, description="steps for who gets no code; he leaves at their end. Without them he goes on"
    )


class PromocodeStep(Spec):
    promocode: Promocode


class StartPoll(Spec):
    """Open a poll of ``polls/`` to the customer.

    Who finds it closed, or has taken part already, takes ``otherwise`` and leaves; where it is not given he goes on.
    """

    poll: Name = Field(description="poll of polls/")
    otherwise: tuple[Step, ...] | None = Field(
        default=None, description="steps for who cannot take part; he leaves at their end. Without them he goes on"
    )


class PollStep(Spec):
    poll: StartPoll


class ExitStep(Spec):
    """Leave the campaign; the text is the reason shown in reports."""

    exit: Annotated[str, Field(min_length=1)]


Step = Annotated[
    Annotated[FilterStep, Tag("filter")]
    | Annotated[SplitStep, Tag("split")]
    | Annotated[ControlStep, Tag("control")]
    | Annotated[LimitStep, Tag("limit")]
    | Annotated[WaitStep, Tag("wait")]
    | Annotated[WaitUntilStep, Tag("wait_until")]
    | Annotated[WaitForStep, Tag("wait_for")]
    | Annotated[EmailStep, Tag("email")]
    | Annotated[SmsStep, Tag("sms")]
    | Annotated[PushStep, Tag("push")]
    | Annotated[ViberStep, Tag("viber")]
    | Annotated[MessengerStep, Tag("messenger")]
    | Annotated[InAppStep, Tag("in_app")]
    | Annotated[PopupStep, Tag("popup")]
    | Annotated[CascadeStep, Tag("cascade")]
    | Annotated[MessageStatusStep, Tag("message_status")]
    | Annotated[TagStep, Tag("tag")]
    | Annotated[PromocodeStep, Tag("promocode")]
    | Annotated[PointsStep, Tag("points")]
    | Annotated[BonusesStep, Tag("bonuses")]
    | Annotated[AttributeStep, Tag("attribute")]
    | Annotated[CallStep, Tag("call")]
    | Annotated[NotifyStep, Tag("notify")]
    | Annotated[WebhookStep, Tag("webhook")]
    | Annotated[PollStep, Tag("poll")]
    | Annotated[ExitStep, Tag("exit")],
    Discriminator(only_key),
]

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """Steps within a step: the label under which customers take them, and their place below the step in the YAML.

    ``joins``: at their end customers go on behind the step; else they leave.
    """

    label: str
    path: Path
    steps: tuple[Step, ...]
    joins: bool = False


def branches(step: Step) -> tuple[Branch, ...]:
    """The branches of a step, in their order. Whoever walks the tree of steps asks here."""
    match step:
        case FilterStep(filter=body) | LimitStep(limit=body) | WaitForStep(wait_for=body):
            return (Branch(OTHERWISE, (only_key(step) or "", OTHERWISE), body.otherwise),)
        case MessageStatusStep(message_status=body):
            return (Branch(OTHERWISE, ("message_status", OTHERWISE), body.otherwise),)
        case ControlStep(control=body) | PromocodeStep(promocode=body) | PollStep(poll=body) if (
            body.otherwise is not None
        ):
            return (Branch(OTHERWISE, (only_key(step) or "", OTHERWISE), body.otherwise),)
        case SplitStep(split=body):
            return tuple(
                Branch(arm.name, ("split", "arms", index, "steps"), arm.steps, joins=True)
                for index, arm in enumerate(body.arms)
            )
        case _:
            return ()


def messages_of(step: Step) -> tuple[tuple[Path, Said], ...]:
    """What a step sends, of a cascade all that it may try, each with its place below the step in the YAML."""
    if isinstance(step, CascadeStep):
        tries = enumerate(one.said for one in step.cascade.tries)
        return tuple((("cascade", "tries", number, one.channel), one) for number, one in tries)
    if not isinstance(step, (EmailStep, *MESSAGING)):
        return ()
    one = said_by(step)
    return (((one.channel,), one),)


def said_by(step: EmailStep | MessagingStep) -> Said:
    """What a step that is a message sends."""
    return Said("email", step.email.template) if isinstance(step, EmailStep) else said(step)


def every(steps: Sequence[Step], path: Path = ("steps",)) -> Iterator[tuple[Path, Step]]:
    """Every step of a tree with its place in the YAML, a step before those within it."""
    for index, step in enumerate(steps):
        here = (*path, index)
        yield here, step
        for branch in branches(step):
            yield from every(branch.steps, (*here, *branch.path))
