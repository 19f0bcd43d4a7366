"""What a mailing sends: one content, or several that are tried on parts of the audience, with a rule which one wins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, pairwise
from math import ceil
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from smc.config.specs.base import Name, Percent, Spec
from smc.config.specs.delay import Delay
from smc.config.specs.messaging import CHANNELS, MESSAGING, Channel, Email, Message, Said
from smc.config.specs.step import NEXT, Arm, EmailStep, Path, Split, SplitStep, Step, WaitStep, every, messages_of

REST = "rest"
"""The arm of those who wait for the winner."""
Measure = Literal["revenue", "receipts", "buyers", "unsubscribed", "bounced", "opened", "clicked"]
COLLECTED: frozenset[Measure] = frozenset({"opened", "clicked"})
"""Measures that the collector would bring."""
ONE_OF = ", ".join(["template", *(channel for channel in CHANNELS if channel != "email")])
"""Keys of contents."""


class Content(Message):
    """What is sent: a letter by its template, or a message by another channel."""

    template: Name | None = Field(default=None, description="template of the letter")

    @property
    def sending(self) -> tuple[Step, ...]:
        """The steps that send what is given."""
        letter = (EmailStep(email=Email(template=self.template)),) if self.template is not None else ()
        return (*letter, *self.notes)

    @property
    def saying(self) -> tuple[tuple[Path, Said], ...]:
        """What is given, each with its place in the YAML; a template stands where the others begin."""
        found = (said for step in self.sending for _, said in messages_of(step))
        return tuple((() if said.channel == "email" else (said.channel,), said) for said in found)


class Variant(Content):
    """One content, and the share of those who get it among those on whom contents are tried."""

    name: Name = Field(description="name of the variant")
    share: Annotated[Percent, Field(gt=0)] = Field(description="share of those on whom variants are tried")
    subject: str | None = Field(default=None, min_length=1, description="instead of the template's")
    sender: str | None = Field(default=None, description="mailbox instead of the channel's")
    attachments: tuple[str, ...] | None = Field(default=None, description="files instead of the mailing's")

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if len(self.sending) != 1:
            raise ValueError(f"a variant needs one content: {ONE_OF}")
        return self

    @property
    def channel(self) -> Channel:
        return self.saying[0][1].channel


class Winner(Spec):
    """Contents are tried on a part of the audience; after a time the best one goes to all the others.

    ``by``: revenue, receipts, or buyers per recipient, the most of it; or unsubscribed or bounced, the fewest.
    """

    by: Measure = Field(description="what is compared, per recipient")
    test: Annotated[Percent, Field(gt=0, lt=100)] = Field(description="share of the audience on which they are tried")
    after: Delay = Field(description="so long after the audience was drawn the winner is chosen")
    at_least: int = Field(
        default=100, ge=1, description="recipients that each must have had; with fewer the first one is taken"
    )


class Variants(Spec):
    """Two to five contents. Keep the salt: with a new one everybody is drawn again."""

    salt: str = Field(min_length=1, description="any text; another salt draws everybody anew")
    arms: tuple[Variant, ...] = Field(min_length=2, max_length=5, description="2 to 5; the shares add up to 100 %")
    winner: Winner | None = Field(default=None, description="how the one is chosen that all the others get")

    def rooms(self, limit: int) -> Mapping[str, int]:
        """How many recipients each variant is tried on when there are so many in all: its share of the tried part.

        Sums are rounded up, so that together they are not more than that part.
        """
        part = limit * (self.winner.test if self.winner else 100) / Decimal(10_000)
        ends = [0, *(ceil(part * share) for share in accumulate(arm.share for arm in self.arms))]
        return {arm.name: end - begin for arm, (begin, end) in zip(self.arms, pairwise(ends), strict=True)}

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum((arm.share for arm in self.arms), Decimal(0))
        if total != 100:  # noqa: PLR2004 - percent
            raise ValueError(f"the shares of the variants add up to {total.normalize():f} %, not to 100 %")
        if len({arm.name for arm in self.arms}) < len(self.arms):
            raise ValueError("two variants have the same name")
        if len({arm.channel for arm in self.arms}) > 1:
            raise ValueError("variants are sent by one channel: consent and addresses are others in each")
        if taken := next((arm.name for arm in self.arms if arm.name in {NEXT, REST}), None):
            raise ValueError(f"a variant cannot be named '{taken}', which means something else")
        return self


class MailingCode(Spec):
    """A code of a group for each recipient. ``repeat_last``: his last one again, if it can still be used."""

    group: Name = Field(description="group of promocodes.yaml")
    repeat_last: bool = Field(default=False, description="his last code of the group again, if it can still be used")


UtmValue = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Utm(Spec):
    """Parameters that are added to all links to the web. ``campaign`` is the mailing's id, ``content`` the variant,
    unless they are given."""

    source: UtmValue = Field(description="utm_source")
    medium: UtmValue = Field(default="email", description="utm_medium")
    campaign: UtmValue | None = Field(default=None, description="utm_campaign; the mailing's id unless said")
    term: UtmValue | None = Field(default=None, description="utm_term")
    content: UtmValue | None = Field(default=None, description="utm_content; the variant unless said")


class Contest(Split):
    """The arms of a choice: everybody takes the one that has won."""

    by: Measure


class ContestStep(SplitStep):
    """Where the rest of an audience learns which variant has won. Mailings are reduced to it; nobody writes it."""

    split: Contest


def steps_of_variants(variants: Variants) -> tuple[Step, ...]:
    """A split into the variants; with a winner also into the rest, who wait and then all get what has won."""
    winner = variants.winner
    part = winner.test / 100 if winner else Decimal(1)
    arms = [_arm(one, one.share * part) for one in variants.arms]
    if winner:
        contest = Contest(salt=variants.salt, by=winner.by, arms=tuple(_arm(one, one.share) for one in variants.arms))
        waiting = (WaitStep(wait=winner.after), ContestStep(split=contest))
        arms.append(Arm(name=REST, share=100 - winner.test, steps=waiting))
    return (SplitStep(split=Split(salt=variants.salt, arms=tuple(arms))),)


def _arm(variant: Variant, share: Decimal) -> Arm:
    return Arm(name=variant.name, share=share, steps=variant.sending)


@dataclass(frozen=True, slots=True)
class Send:
    """A step of a mailing that sends. ``variant``: its name, empty where there are none; ``won``: to the rest."""

    step: int
    variant: str
    won: bool


def sends_of(steps: Sequence[Step], variants: Variants | None) -> Iterator[Send]:
    """The steps that send, by their numbers."""
    for number, (path, step) in enumerate(every(steps), start=1):
        if isinstance(step, (EmailStep, *MESSAGING)):
            arms = [index for key, index in pairwise(path) if key == "arms"]
            name = variants.arms[int(arms[-1])].name if variants else ""
            yield Send(number, name, won=len(arms) > 1)
