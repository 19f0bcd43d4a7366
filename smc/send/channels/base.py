"""What a channel is: a way to hand one message to a server, and the four ways in which that can end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message ready to leave. ``sender`` and ``address`` are bare ASCII addresses of a letter, and what the channel
    needs otherwise; ``data`` is complete. ``suffix``: what a file of it ends in."""

    message_key: str
    sender: str
    address: str
    data: bytes
    suffix: str = ".eml"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The other side has taken responsibility."""

    code: int | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: trying this message again cannot help. ``reason`` is one of the words of product.md."""

    reason: str
    code: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now; this message may be tried later."""

    reason: str
    code: int | None
    text: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The route itself is out of order; nothing was handed over and the message is not to blame."""

    text: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended after the message was handed over and before the answer: it may have arrived."""

    text: str


Outcome = Accepted | Refused | Deferred | NotSent | Lost


class Channel(Protocol):
    """Made by its name as ``Class(route, root)`` inside a running event loop; ``route`` is its part of channels.yaml.

    ``slots``: messages in flight at once. ``idempotent``: sending the same message again does no harm. ``outward``:
    messages reach people, so they leave by the real clock alone.
    """

    slots: int
    idempotent: bool
    outward: bool

    async def send(self, parcel: Parcel) -> Outcome:
        """Hand one message over. May be called ``slots`` times at once; raises nothing that the world can cause."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
