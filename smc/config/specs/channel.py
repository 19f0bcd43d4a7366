"""The kind ``channels.yaml``: how messages of each channel leave."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, SecretStr, Tag, model_validator

from smc.config.specs.base import Days, FilePath, Host, Number, Spec
from smc.config.specs.rule import only_key

_SENDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._&-]{0,10}|\+?[0-9]{3,15}")


class FileRoute(Spec):
    """Messages become files: .eml for e-mail, .json for the rest. For trials, and for programs that take them on."""

    folder: FilePath


class ConsoleRoute(Spec):
    """Messages are printed as lines of JSON beside what a run says. For trials."""


class SmtpRoute(Spec):
    """One SMTP server. ``tls``: from the first byte, by STARTTLS, or none (loopback and private nets only)."""

    host: Host
    port: int = Field(default=587, ge=1, le=65535)
    tls: Literal["implicit", "starttls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    connections: int = Field(default=4, ge=1, le=64)
    timeout: int = Field(default=30, ge=1, le=600, description="seconds")
    ca_file: FilePath | None = None

    @model_validator(mode="after")
    def _credentials(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        if self.user is not None and self.tls == "none":
            raise ValueError("a password is not sent without TLS")
        return self


class FileRouteSpec(Spec):
    file: FileRoute


class ConsoleRouteSpec(Spec):
    console: ConsoleRoute


class SmtpRouteSpec(Spec):
    smtp: SmtpRoute


Route = Annotated[
    Annotated[FileRouteSpec, Tag("file")] | Annotated[SmtpRouteSpec, Tag("smtp")],
    Discriminator(only_key),
]
NoteRoute = Annotated[
    Annotated[FileRouteSpec, Tag("file")] | Annotated[ConsoleRouteSpec, Tag("console")],
    Discriminator(only_key),
]
Lifetime = Annotated[Days, Field(ge=1, description="a message not handed over by then expires")]
Attempts = Annotated[int, Field(ge=1, le=20)]
Price = Annotated[Number, Field(ge=0)]


class ChannelSpec(Spec):
    """How letters leave. ``sender`` is a mailbox such as ``Shop <news@example.com>``."""

    title: str
    sender: str
    reply_to: str | None = None
    route: Route
    lifetime: Lifetime = 2
    attempts: Attempts = 5
    price: Price | None = Field(
        default=None, description="what one message costs, in the currency of smc.yaml; for plan and simulate"
    )


def _shown(sender: str) -> str:
    if sender and not _SENDER.fullmatch(sender):
        raise ValueError("phones show a name of at most 11 Latin letters, digits and signs of '. _ & -', or a number")
    return sender


class SmsChannelSpec(Spec):
    """How text messages leave. ``sender``: the name or number that phones show, if the gateway takes one."""

    title: str
    sender: Annotated[str, AfterValidator(_shown)] = ""
    route: NoteRoute
    lifetime: Lifetime = 2
    attempts: Attempts = 5
    price: Price | None = Field(
        default=None, description="what one segment costs, in the currency of smc.yaml; for plan and simulate"
    )
    segments: int = Field(default=6, ge=1, le=255, description="a longer message is not sent")


class NoteChannelSpec(Spec):
    """How short messages of a channel leave. ``sender``: the name that customers see, where the channel shows one."""

    title: str
    sender: str = ""
    route: NoteRoute
    lifetime: Lifetime = 2
    attempts: Attempts = 5
    price: Price | None = Field(
        default=None, description="what one message costs, in the currency of smc.yaml; for plan and simulate"
    )


AnyChannel = ChannelSpec | SmsChannelSpec | NoteChannelSpec


class ChannelsSpec(Spec):
    """``channels.yaml``: the channels by which a project sends."""

    email: ChannelSpec | None = None
    sms: SmsChannelSpec | None = None
    push: NoteChannelSpec | None = None
    viber: NoteChannelSpec | None = None
    messenger: NoteChannelSpec | None = None
    in_app: NoteChannelSpec | None = None
    popup: NoteChannelSpec | None = None

    def named(self, name: str) -> AnyChannel | None:
        """The channel, if it is set up."""
        found: AnyChannel | None = getattr(self, name) if name in type(self).model_fields else None
        return found
