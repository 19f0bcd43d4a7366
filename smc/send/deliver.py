"""Delivery: claim from the outbox, hand over to the channels, settle; safe to kill at any point, several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, assert_never

from smc import registry
from smc.config.specs.channel import AnyChannel, ChannelsSpec, ConsoleRouteSpec, FileRouteSpec, SmtpRouteSpec
from smc.config.specs.project import ProjectSpec
from smc.errors import RenderError
from smc.model.template import Content, Note
from smc.send import marker, senders
from smc.send.address import mailbox
from smc.send.channels.base import Accepted, Channel, Deferred, Lost, NotSent, Outcome, Parcel, Refused
from smc.send.context import loads
from smc.send.extras import loaded
from smc.send.groups import groups
from smc.send.links import tagged
from smc.send.mime import Envelope, Unsubscribe, build, file_part
from smc.send.notes import record
from smc.send.outbox import Claimed, Outbox, Recovered, Settled
from smc.send.render import Renderer

Clock = Callable[[], datetime]
Progress = Callable[[str], None]
TurnEnd = Literal["done", "time", "broken"]

CLAIM = 1_000
PER_SLOT = 4
"""Messages per connection that are begun by one commit; after a crash at most slots * PER_SLOT are unknown."""

LOOK = timedelta(seconds=1)
"""So long it is known what stands still; whoever claims asks anew."""

POLL = 1.0
"""Seconds between two looks whether the pace of a mailing leaves room."""

TURN = timedelta(seconds=10)
"""After so long a channel that has more to do lets the others have their turn."""

BACK_OFF = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))


@dataclass(frozen=True, slots=True)
class DeliverResult:
    """What one run of a sender did. ``problem`` says why it stopped early; then the rest waits in the queue.

    ``left``: messages of a past day that is replayed, by routes to people: they leave by the real clock or never.
    """

    accepted: int = 0
    failed: int = 0
    deferred: int = 0
    expired: int = 0
    unknown: int = 0
    requeued: int = 0
    waiting: int = 0
    left: int = 0
    problem: str = ""


def deliver(
    outbox: Outbox,
    *,
    channels: ChannelsSpec,
    settings: ProjectSpec,
    root: Path,
    now: Clock,
    progress: Progress,
    since: datetime | None = None,
    paused: Callable[[], Collection[str]] = tuple,
    patient: bool = True,
) -> DeliverResult:
    """Send everything that is due. ``root`` is the project's folder.

    Temporary failures wait in the queue for a later run. ``since``: the beginning of a past day that is replayed at one
    moment; what might have gone out in it goes, by routes that reach nobody. ``paused``: campaigns and mailings that
    stand still now, asked before every claim and every second. ``patient``: wait until what only its pace holds back
    has left too; other channels send meanwhile. ``RunError`` when an older copy of the outbox was put in its place, see
    ``smc.send.marker``.
    """
    marker.refuse_older(outbox)
    routes = {name: spec for name, spec in channels if spec is not None}
    left = [] if since is None else [name for name, one in _made(channels).items() if one.outward]
    started = now()
    recovered = recover(outbox, channels, started)
    result = DeliverResult(
        expired=outbox.expire(since or started), requeued=recovered.requeued, unknown=recovered.unknown
    )
    marker.write(outbox)
    try:
        with senders.sender(outbox.path, started) as owner:
            letters = Letters(outbox, Renderer.of(settings))
            work = _Delivery(outbox, owner, letters, now, progress, since, _Held(paused))
            at_work = {name: spec for name, spec in routes.items() if name not in left}
            result = asyncio.run(_in_turns(work, at_work, root, result, patient=patient))
    finally:
        marker.write(outbox)
    still = outbox.count_due(left, started, since or started, paused=paused()) if left else 0
    return replace(result, waiting=outbox.counts().get("queued", 0), left=still)


def recover(outbox: Outbox, channels: ChannelsSpec, now: datetime) -> Recovered:
    """Settle what senders had in hand that are dead by now."""
    gone = senders.dead(outbox.path, outbox.owners())
    found = outbox.recover(gone, now, idempotent=[name for name, one in _made(channels).items() if one.idempotent])
    senders.forget(outbox.path, gone)
    return found


def _made(channels: ChannelsSpec) -> dict[str, Any]:
    """The class of each channel of the project, for what it says of itself."""
    return {name: registry.load("smc.channels", kind(spec)) for name, spec in channels if spec is not None}


def kind(spec: AnyChannel) -> str:
    """Name of the channel's implementation."""
    match spec.route:
        case FileRouteSpec():
            return "file"
        case ConsoleRouteSpec():
            return "console"
        case SmtpRouteSpec():
            return "smtp"
        case _:
            assert_never(spec.route)


class Letters:
    """Makes the bytes of claimed letters and short messages; each template is read and compiled once."""

    def __init__(self, outbox: Outbox, renderer: Renderer) -> None:
        self._outbox = outbox
        self._renderer = renderer
        self._templates: dict[str, Content] = {}
        self._files: dict[str, bytes] = {}

    def load(self, claimed: Sequence[Claimed]) -> None:
        """Fetch the templates and files that these messages need."""
        if missing := {item.template for item in claimed} - self._templates.keys():
            self._templates |= self._outbox.templates(missing)
        if lacking := {sha for item in claimed for sha in loaded(item.extras).files} - self._files.keys():
            self._files |= {sha: file_part(file) for sha, file in self._outbox.files(lacking).items()}

    def parcel(self, item: Claimed) -> Parcel:
        """Raises ``RenderError``; the check at hand-over makes that rare."""
        content = self._templates[item.template]
        if isinstance(content, Note):
            data = record(item, self._renderer.note(content, loads(item.context)))
            return Parcel(item.message_key, item.sender, item.address, data, ".json")
        sender = mailbox(item.sender)
        if sender is None:
            raise RenderError(f"the sender '{item.sender}' is not a mailbox")
        envelope = Envelope(
            item.message_key, sender, item.address, item.due_at,
            mailbox(item.reply_to) if item.reply_to else None,
            Unsubscribe(item.unsubscribe_url, item.unsubscribe_mailto), item.feedback_id,
        )  # fmt: skip
        context, extras = loads(item.context), loaded(item.extras)
        letter = self._renderer.render(content, context)
        letter = tagged(letter, extras.utm, context.get("unsubscribe_url", ""))
        files = [self._files[sha] for sha in extras.files]
        return Parcel(item.message_key, sender.address, item.address, build(envelope, letter, files))


async def _in_turns(
    work: _Delivery, routes: Mapping[str, AnyChannel], root: Path, result: DeliverResult, *, patient: bool
) -> DeliverResult:  # fmt: skip
    """Let every channel send in its turn, until none has anything left. One that breaks down has no other turn."""
    channels: dict[str, Channel] = {}
    for name, spec in routes.items():
        route = kind(spec)
        channels[name] = registry.load("smc.channels", route)(getattr(spec.route, route), root)
    at_work = dict(channels)
    try:
        busy = True
        while busy or (patient and await work.room(at_work)):
            busy = False
            for name, channel in list(at_work.items()):
                result, end = await work.turn(name, channel, result)
                busy = busy or end == "time"
                if end == "broken":
                    del at_work[name]
    finally:
        for channel in channels.values():
            await channel.close()
    return result


@dataclass(slots=True)
class _Held:
    """What nothing leaves of now."""

    paused: Callable[[], Collection[str]]
    found: Collection[str] = ()
    at: datetime | None = None

    def ask(self, now: datetime) -> Collection[str]:
        self.found, self.at = self.paused(), now
        return self.found

    def lately(self, now: datetime) -> Collection[str]:
        """As it was a second ago at most."""
        return self.found if self.at is not None and abs(now - self.at) < LOOK else self.ask(now)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """One sender at work."""

    outbox: Outbox
    owner: str
    letters: Letters
    now: Clock
    progress: Progress
    since: datetime | None
    held: _Held

    async def turn(self, name: str, channel: Channel, result: DeliverResult) -> tuple[DeliverResult, TurnEnd]:
        """Send by one channel what is due, without waiting; what came of it, and why the turn ended."""
        began = self.now()
        try:
            while claimed := self._claim(name):
                result, problem = await self._send(claimed, channel, result)
                if problem:
                    return replace(result, problem=f"{name}: {problem}"), "broken"
                done = f"{result.accepted} accepted, {result.failed} failed, {result.deferred} deferred"
                self.progress(f"{name}: {done}")
                if self.now() - began > TURN:
                    return result, "time"
        finally:
            self.outbox.release(self.owner)
        return result, "done"

    async def _send(
        self, claimed: Sequence[Claimed], channel: Channel, result: DeliverResult
    ) -> tuple[DeliverResult, str | None]:
        self.letters.load(claimed)
        ended: list[Settled] = []
        stop = None
        for group in groups(claimed, channel.slots * PER_SLOT):
            parcels, broken = self._parcels(self._leaving(group))
            self.outbox.advance([*ended, *broken], _in(group, parcels), self.now())
            outcomes = await asyncio.gather(*(channel.send(parcel) for parcel in parcels.values()))
            pairs = zip(_in(group, parcels), outcomes, strict=True)
            ended = [self._settled(item, outcome) for item, outcome in pairs]
            result = _added(result, [*ended, *broken])
            if stop := next((outcome.text for outcome in outcomes if isinstance(outcome, NotSent)), None):
                break
        self.outbox.advance(ended, [], self.now())
        return result, stop

    def _claim(self, channel: str) -> list[Claimed]:
        """What is due."""
        at = self.now()
        return self.outbox.claim(self.owner, CLAIM, at, channel=channel, since=self.since, paused=self.held.ask(at))

    async def room(self, channels: Collection[str]) -> bool:
        """Wait a moment while something is due that only its pace holds back; False when there is nothing to wait for.

        What is paused or expires meanwhile is not waited for. A clock that stands still has no next minute.
        """
        before = self.now()
        if self.since is not None:
            return False
        if not self.outbox.waits_for_pace(before, channels=channels, paused=self.held.ask(before)):
            return False
        await asyncio.sleep(POLL)
        return self.now() > before

    def _leaving(self, group: Sequence[Claimed]) -> list[Claimed]:
        """Without those that ended, or were told to stand still, while others were sent: their claims go back when the
        turn ends."""
        at = self.since or self.now()
        held = self.held.lately(at)
        return [
            item for item in group
            if item.expires_at > at and (item.closes_at is None or item.closes_at > at) and item.campaign not in held
        ]  # fmt: skip

    def _parcels(self, group: Sequence[Claimed]) -> tuple[dict[str, Parcel], list[Settled]]:
        parcels: dict[str, Parcel] = {}
        broken = []
        for item in group:
            try:
                parcels[item.message_key] = self.letters.parcel(item)
            except RenderError as error:
                broken.append(Settled(item.message_key, "failed", "template_error", text=error.what))
        return parcels, broken

    def _settled(self, item: Claimed, outcome: Outcome) -> Settled:
        key, number = item.message_key, item.attempts + 1
        match outcome:
            case Accepted(code, text):
                return Settled(key, "accepted", None, code, text)
            case Refused(reason, code, text):
                return Settled(key, "failed", reason, code, text)
            case Deferred(_, code, text) if number >= item.max_attempts:
                return Settled(key, "failed", "attempts exhausted", code, text)
            case Deferred(reason, code, text):
                later = self.now() + BACK_OFF[min(number, len(BACK_OFF)) - 1]
                return Settled(key, "queued", reason, code, text, later)
            case NotSent(text):
                return Settled(key, "queued", "no connection", None, text, counts=False)
            case Lost(text):
                return Settled(key, "unknown", "no answer", None, text)
            case _:
                assert_never(outcome)


def _in(group: Sequence[Claimed], parcels: dict[str, Parcel]) -> list[Claimed]:
    return [item for item in group if item.message_key in parcels]


def _added(result: DeliverResult, ended: Sequence[Settled]) -> DeliverResult:
    states = [end.state for end in ended]
    return replace(
        result,
        accepted=result.accepted + states.count("accepted"),
        failed=result.failed + states.count("failed"),
        deferred=result.deferred + states.count("queued"),
        unknown=result.unknown + states.count("unknown"),
    )
