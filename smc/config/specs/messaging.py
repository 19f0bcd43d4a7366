"""Bodies of the steps that send messages by other channels than e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self, assert_never, get_args

from pydantic import ConfigDict, Field, model_validator

from smc.config.specs.base import Name, Spec
from smc.config.specs.delay import Delay

Channel = Literal["email", "sms", "push", "viber", "messenger", "in_app", "popup"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Text = Annotated[str, Field(min_length=1, max_length=4_000)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Link = Annotated[str, Field(min_length=1, max_length=2_000, description="an address; it may hold variables")]
TITLE, TEXT, BUTTON = "a line above the text", "what it says; it may hold variables", "a button below the text"
Status = Literal["sent", "failed", "suppressed", "delivered", "bounced", "opened", "clicked"]
KNOWN: tuple[Status, ...] = ("sent", "failed", "suppressed")
"""What smc knows of its messages without reports of delivery and without a collector."""
DATA = "data."
"""Before the names of the data of a push message."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a step sends, and by which channel: a template by its name, and parts that stand in the step."""

    channel: Channel
    template: str = ""
    parts: tuple[tuple[str, str], ...] = ()


class Email(Spec):
    """Send the template by the channel ``email``."""

    template: Name = Field(description="template of a letter")


class _Worded(Spec):
    """A text that stands here, or the name of a template with a text (``body.txt`` without ``body.html``)."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    template: Name | None = Field(default=None, description="template that has only a text, instead of text")
    text: Text | None = Field(default=None, description="what it says; it may hold variables")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.template is None) == (self.text is None):
            raise ValueError("needs either text or template")
        return self


class Sms(_Worded):
    """Send a text message by the channel ``sms``: a text, or a template that has only a text."""


class SmsStep(Spec):
    sms: Sms


class Push(Spec):
    """Send a push message to the devices of the customer. ``data``: what the app gets beside it."""

    title: Title | None = Field(default=None, description=TITLE)
    text: Text = Field(description=TEXT)
    link: Link | None = None
    image: Link | None = None
    data: dict[Annotated[str, Field(min_length=1, max_length=64)], Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict, max_length=32, description="what the app gets beside it; texts may hold variables"
    )


class PushStep(Spec):
    push: Push


class Button(Spec):
    title: Annotated[str, Field(min_length=1, max_length=30)] = Field(description="words on the button")
    link: Link


class Viber(Spec):
    """Send a Viber message: text, and if wanted a picture and one button."""

    text: Text = Field(description=TEXT)
    image: Link | None = None
    button: Button | None = Field(default=None, description=BUTTON)


class ViberStep(Spec):
    viber: Viber


class Messenger(Spec):
    """Send a message by the messengers and bots that the customer uses."""

    text: Text = Field(description=TEXT)
    image: Link | None = None
    button: Button | None = Field(default=None, description=BUTTON)


class MessengerStep(Spec):
    messenger: Messenger


class Shown(Spec):
    """Show a message in the shop's own app or pages."""

    title: Title | None = Field(default=None, description=TITLE)
    text: Text = Field(description=TEXT)
    link: Link | None = None
    image: Link | None = None


class InAppStep(Spec):
    in_app: Shown


class PopupStep(Spec):
    popup: Shown


MessagingStep = SmsStep | PushStep | ViberStep | MessengerStep | InAppStep | PopupStep
NOTES: Mapping[Channel, type[MessagingStep]] = {
    "sms": SmsStep, "push": PushStep, "viber": ViberStep, "messenger": MessengerStep, "in_app": InAppStep,
    "popup": PopupStep,
}  # fmt: skip
MESSAGING = (SmsStep, PushStep, ViberStep, MessengerStep, InAppStep, PopupStep)


class Message(Spec):
    """One message by another channel than e-mail, where something sends one without being a tree of steps."""

    sms: Sms | None = Field(default=None, description="a text message")
    push: Push | None = Field(default=None, description="a push message")
    viber: Viber | None = Field(default=None, description="a Viber message")
    messenger: Messenger | None = Field(default=None, description="a message by messengers and bots")
    in_app: Shown | None = Field(default=None, description="a message in the shop's app")
    popup: Shown | None = Field(default=None, description="a message on the shop's pages")

    @property
    def notes(self) -> tuple[MessagingStep, ...]:
        """Those that are given, as steps."""
        given = ((channel, getattr(self, channel)) for channel in NOTES)
        return tuple(NOTES[channel].model_validate({channel: body}) for channel, body in given if body is not None)


class Try(Message):
    """One message of a cascade; ``within``: so long after its time it must be sent, or the next one is tried."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 2})

    email: Email | None = Field(default=None, description="a letter")
    within: Delay | None = Field(default=None, description="so long it is waited for; the last try has none")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.notes) + (self.email is not None) != 1:
            raise ValueError(f"needs one message, by one of: {', '.join(CHANNELS)}")
        return self

    @property
    def said(self) -> Said:
        return _said("email", self.email) if self.email else said(self.notes[0])


class Cascade(Spec):
    """One message, by the first channel that works.

    Channels in which the customer cannot be reached are passed over at once. What is not sent ``within`` its time is
    taken back, and the next one is tried. He goes on when one was sent, or the last one was tried.
    """

    tries: tuple[Try, ...] = Field(
        min_length=2, max_length=7, description="messages by 2 to 7 channels, in their order"
    )
    until: Literal["sent", "delivered"] = Field(
        default="sent", description="what ends it; `delivered` is refused as long as nothing reports deliveries"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        channels = [one.said.channel for one in self.tries]
        if len(set(channels)) < len(channels):
            raise ValueError("a channel is tried twice")
        if any(one.within is None for one in self.tries[:-1]):
            raise ValueError("each try but the last needs 'within': how long it is waited for")
        if self.tries[-1].within is not None:
            raise ValueError("behind the last try nothing is waited for, so it has no 'within'")
        return self


class CascadeStep(Spec):
    cascade: Cascade


def said(step: MessagingStep) -> Said:
    """What the step sends."""
    match step:
        case SmsStep(sms=body):
            return _said("sms", body)
        case PushStep(push=body):
            return _said("push", body)
        case ViberStep(viber=body):
            return _said("viber", body)
        case MessengerStep(messenger=body):
            return _said("messenger", body)
        case InAppStep(in_app=body):
            return _said("in_app", body)
        case PopupStep(popup=body):
            return _said("popup", body)
        case _:
            assert_never(step)


def _said(channel: Channel, body: Email | Sms | Push | Viber | Messenger | Shown) -> Said:
    match body:
        case Email(template=template):
            return Said(channel, template)
        case Sms(template=template):
            return Said(channel, template or "", _parts(body))
        case Push(data=data):
            return Said(channel, "", (*_parts(body), *((DATA + name, one) for name, one in data.items())))
        case Viber(button=button) | Messenger(button=button):
            return Said(channel, "", (*_parts(body), *_button(button)))
        case Shown():
            return Said(channel, "", _parts(body))
        case _:
            assert_never(body)


def _parts(body: Spec) -> tuple[tuple[str, str], ...]:
    """The texts of a body by their names."""
    return tuple((name, one) for name, one in body if isinstance(one, str) and name != "template")


def _button(button: Button | None) -> tuple[tuple[str, str], ...]:
    return (("button.title", button.title), ("button.link", button.link)) if button else ()
