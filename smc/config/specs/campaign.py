"""The kinds ``campaigns/*.yaml``, ``mailings/*.yaml`` and ``templates/*/template.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from smc.config.specs.attribution import Attributed
from smc.config.specs.base import Day, Days, Name, Percent, Spec
from smc.config.specs.case import CampaignCaseSpec
from smc.config.specs.comparison import Window
from smc.config.specs.delay import Delay
from smc.config.specs.messaging import Channel, Said
from smc.config.specs.policy import ContactSettings
from smc.config.specs.rule import Rule
from smc.config.specs.step import Path, Period, Step
from smc.config.specs.trigger import Trigger
from smc.config.specs.variant import (
    ONE_OF,
    Content,
    MailingCode,
    Send,
    Utm,
    Variant,
    Variants,
    sends_of,
    steps_of_variants,
)
from smc.config.specs.watch import AnyRow


class ReEntry(Spec):
    """After the last entry began, so many days must pass."""

    after: Days = Field(ge=1)


class ControlGroup(Spec):
    """Who is never messaged: a stable share, the customers of a tag, or both. Keep the salt: a new one draws anew."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    percent: Annotated[Percent | None, Field(le=50)] = Field(default=None, description="share, up to 50 %")
    salt: str = Field(default="", description="any text; another salt draws everybody anew")
    tag: Name | None = Field(default=None, description="list of customers who are held back")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if (self.percent is None) != (not self.salt):
            raise ValueError("percent and salt go together")
        if self.percent is None and self.tag is None:
            raise ValueError("needs percent and salt, or a tag")
        return self


class Room(Spec):
    """How many may enter, in all or in every day, week or month. Of those who come at once a stable draw decides."""

    entries: int = Field(ge=1)
    per: Period = "total"


class Reached(Spec):
    """A rule that the customer matches, or a row that happened since the occurrence that let him in; one will do."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    where: Rule | None = None
    happens: AnyRow | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.where is None and self.happens is None:
            raise ValueError("needs where, happens, or both")
        return self


class ExitWhen(Reached):
    """Looked at every night for all who are inside, before they go on."""


class Goal(Reached):
    """What the campaign is for: looked at every night until ``attribution`` days after the entry, also when he left."""

    exit: bool = Field(default=False, description="Who has reached it leaves")


class CampaignSpec(ContactSettings):
    """A trigger and a tree of steps. The file's name is the campaign's id: keep ``id`` when you rename the file."""

    id: Name | None = None
    title: str
    active: bool = True
    category: Name
    priority: int = Field(default=50, ge=0, le=100, description="higher wins when a cap leaves room for one")
    valid_from: Day | None = None
    valid_to: Day | None = None
    trigger: Trigger
    look_back: Days = Field(default=3, le=30, description="missed days that are caught up")
    re_entry: Literal["never", "always"] | ReEntry = "always"
    concurrent: bool = Field(default=False, description="whether who is inside may enter once more")
    limit: Room | None = None
    control_group: ControlGroup | None = None
    attribution: Days = Field(default=14, ge=1)
    exit_when: ExitWhen | None = None
    goal: Goal | None = None
    steps: tuple[Step, ...] = Field(min_length=1)
    tests: dict[Name, CampaignCaseSpec] = Field(default={}, description="nights of a small shop, run by smc test")


Status = Literal["draft", "active", "paused"]


class MailingSpec(ContactSettings, Content):
    """One message to an audience at a time: a letter by its template, or a message by another channel."""

    former: ClassVar[Mapping[str, str]] = {
        "active": "Write status: draft instead of active: false, and nothing instead of active: true."
    }

    id: Name | None = Field(default=None, description="what it is known by; the file's name unless said")
    title: str = Field(description="words for people")
    status: Status = Field(default="active", description="a draft is not sent, a paused one stands still")
    category: Name = Field(description="message category of smc.yaml, which says what consent is needed")
    priority: int = Field(default=50, ge=0, le=100, description="higher wins when a cap leaves room for one")
    audience: Name = Field(description="segment that gets it")
    exclude: tuple[Name, ...] = Field(default=(), description="segments whose members do not get it")
    bought: Window | None = Field(
        default=None, description="only who has a paid receipt of this time; its today is send_on"
    )
    send_on: Day = Field(description="the day on which the audience is drawn and the message is due")
    look_back: Days = Field(default=1, le=7, description="missed days that are caught up")
    variants: Variants | None = Field(default=None, description="instead of one content: several, and which one wins")
    promocode: MailingCode | None = Field(default=None, description="gives a code to each recipient")
    utm: Utm | None = Field(default=None, description="parameters that are added to all links to the web")
    attachments: tuple[str, ...] = Field(default=(), description="files, from the project's folder")
    watchers: tuple[Name, ...] = Field(default=(), description="people of smc.yaml who get a copy")
    per_minute: int | None = Field(default=None, ge=1, description="so many messages leave in a minute at most")
    lifetime: Delay | None = Field(default=None, description="what could not leave so long after send_at expires")
    limit: int | None = Field(default=None, ge=1, description="recipients in all; a stable draw decides who they are")
    control_group: ControlGroup | None = Field(default=None, description="who does not get it")
    attribution: Attributed = Field(default=14, description="which receipts count: of so many days, none, or more")

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if len(self.sending) + (self.variants is not None) != 1:
            raise ValueError(f"needs one of {ONE_OF}, or variants")
        return self

    @property
    def active(self) -> bool:
        return self.status == "active"

    @property
    def steps(self) -> tuple[Step, ...]:
        """The mailing as the steps of a campaign."""
        return steps_of_variants(self.variants) if self.variants else self.sending

    @property
    def sends(self) -> tuple[Send, ...]:
        """Those of its steps that send."""
        return tuple(sends_of(self.steps, self.variants))

    def variant(self, name: str) -> Variant | None:
        """The variant of a name; None where there are none."""
        arms = self.variants.arms if self.variants else ()
        return next((arm for arm in arms if arm.name == name), None)

    @property
    def attached(self) -> tuple[tuple[Path, tuple[str, ...]], ...]:
        """The lists of files that letters of it may have, each with its place in the YAML."""
        arms = enumerate(self.variants.arms if self.variants else ())
        own = ((("variants", "arms", number, "attachments"), arm.attachments or ()) for number, arm in arms)
        return ((("attachments",), self.attachments), *own)

    def room(self, send: Send) -> int | None:
        """Recipients that there may be when a step has sent: its own where a variant is tried, else those in all."""
        if self.limit is None or self.variants is None or not self.tries(send):
            return self.limit
        return self.variants.rooms(self.limit)[send.variant]

    def tries(self, send: Send) -> bool:
        """Whether a step sends to those on whom a variant is tried."""
        return self.variants is not None and self.variants.winner is not None and not send.won

    @property
    def contents(self) -> tuple[tuple[Path, Said], ...]:
        """What it sends, each with its place in the YAML."""
        arms = enumerate(self.variants.arms if self.variants else ())
        own = ((("variants", "arms", number, *path), said) for number, arm in arms for path, said in arm.saying)
        return (*self.saying, *own)

    @property
    def channel(self) -> Channel:
        """By which it is sent, all variants by the same."""
        return self.contents[0][1].channel


def canonical(spec: CampaignSpec | MailingSpec) -> str:
    """The same text for the same meaning; switching it off and on and its tests make no new version.

    What is not said is left out: a key that the language learns later makes no new versions.
    """
    return spec.model_dump_json(by_alias=True, exclude={"active", "status", "tests"}, exclude_none=True)


class TemplateSpec(Spec):
    """``template.yaml`` beside ``body.html`` and, if wanted, ``body.txt``; without it the text comes from the HTML.

    A template with ``body.txt`` alone is a text, for text messages and the like; it has no subject.
    """

    title: str
    subject: Annotated[str, Field(min_length=1)] | None = None
    preheader: str = ""
