"""The hand-over: planned messages go from the warehouse to the outbox; every one is rendered before any leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import assert_never

from smc.config.specs.channel import AnyChannel, ChannelSpec, ChannelsSpec
from smc.config.specs.project import CategorySettings, FieldsSpec, MetricsSpec, ProjectSpec
from smc.errors import RenderError
from smc.model.extras import NONE, ExtrasOf
from smc.model.template import Content, Template
from smc.send.attach import Attachments
from smc.send.consistency import check
from smc.send.contents import Contents, fits
from smc.send.context import Planned, Reader, Standing, dumps, loads, look_up_addresses
from smc.send.extras import dumped
from smc.send.groups import groups
from smc.send.mime import Unsubscribe, unsubscribe
from smc.send.outbox import Outbox, Queued, Waiting
from smc.send.printed import ends, holding
from smc.send.readback import Mark, read_so_far, set_mark
from smc.send.render import Renderer
from smc.send.siblings import NOBODY, Siblings, siblings
from smc.send.watchers import Copies, copies
from smc.warehouse import Warehouse, statement

_CHUNK = 500
_AGAIN = 50_000
_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class HandOverResult:
    """``suppressed``: reasons and how many; ``cancelled``: how many that waited in the outbox are not sent any more;
    ``problems``: the commonest template errors, each a sentence with place, count and one customer's id."""

    queued: int
    expired: int
    suppressed: tuple[tuple[str, int], ...] = ()
    cancelled: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgainResult:
    """Unknown messages that are sent ``again``; ``stays``: reasons why others stay unknown, and how many."""

    again: int
    stays: tuple[tuple[str, int], ...] = ()


def hand_over(
    warehouse: Warehouse,
    outbox: Outbox,
    *,
    templates: Mapping[str, Template],
    settings: ProjectSpec,
    channels: ChannelsSpec,
    metrics: MetricsSpec,
    fields: FieldsSpec,
    active: frozenset[str],
    paused: frozenset[str] = frozenset(),
    extras: ExtrasOf = MappingProxyType({}),
    root: Path = Path(),
    as_of: date,
    now: datetime,
) -> HandOverResult:
    """Hand over everything planned; the outbox waits until it is due.

    ``extras``: what steps give to their letters beside the template. ``paused``: mailings whose messages stay where
    they are.
    ``active``: ids of the campaigns and mailings that are there and switched on. They, consent, address, expiry and the
    rendering of every message are checked; then the good ones enter the outbox by one statement, and the warehouse is
    marked in one transaction. Killed between the two, the next run finds its messages in the outbox and marks them.
    Before that, what waits in the outbox is looked at again, and cancelled when campaign, consent or address are gone
    or the night has taken it back: of a cascade nothing enters beside what may leave (``siblings``). ``RunError`` when
    one of the two databases was restored or lost, see ``smc.send.consistency``.
    """
    check(warehouse, outbox)
    renderer = Renderer.of(settings)
    look_up_addresses(warehouse, settings.categories)
    contents = Contents.read(warehouse, templates)
    gate = _Gate(contents, settings, channels, renderer, active, paused, extras, Attachments(root), now)
    reader = Reader(warehouse, fields, metrics, settings.title)
    planned = reader.planned(contents, renderer, as_of, {one.subject for one in extras.values() if one.subject})
    marks, made = _Marks(), copies(warehouse, outbox, extras, settings, as_of)
    cancelled = _look_again(warehouse, outbox, gate)
    gate.others = siblings(warehouse, outbox)
    outbox.enqueue(_sorted(planned, outbox, gate, marks, made), gate.used(), gate.files.all)
    if marks.keys:
        with warehouse.transaction():
            made.settle(warehouse)
            warehouse.run(statement("smc.send", "mark"), keys=marks.keys, states=marks.states, reasons=marks.reasons)
            warehouse.run(statement("smc.send", "touch"), keys=marks.keys)
            set_mark(warehouse, Mark(outbox.id, read_so_far(warehouse, outbox.id)), as_of)
    if marks.known:
        outbox.tell_again(marks.known)
    return marks.result(cancelled, gate.problems.sentences())


def withdraw(
    warehouse: Warehouse,
    outbox: Outbox,
    *,
    settings: ProjectSpec,
    channels: ChannelsSpec,
    active: frozenset[str],
    paused: frozenset[str],
    now: datetime,
) -> int:
    """Between two nights: cancel what waits in the outbox and may not be sent any more. How many. Errors as above."""
    check(warehouse, outbox)
    look_up_addresses(warehouse, settings.categories)
    return _look_again(warehouse, outbox, _looking(settings, channels, active, paused, now))


def _looking(
    settings: ProjectSpec, channels: ChannelsSpec, active: frozenset[str], paused: frozenset[str], now: datetime
) -> _Gate:  # fmt: skip
    """A gate that renders nothing."""
    renderer = Renderer.of(settings)
    return _Gate(Contents({}, {}, {}), settings, channels, renderer, active, paused, {}, Attachments(Path()), now)


def send_again(
    warehouse: Warehouse,
    outbox: Outbox,
    *,
    settings: ProjectSpec,
    channels: ChannelsSpec,
    active: frozenset[str],
    paused: frozenset[str],
    spared: Mapping[str, str],
    now: datetime,
) -> AgainResult:
    """By order of a person: what may or may not have left goes back into the queue, and then maybe arrives twice.

    It is looked at like what waits, before a sender can take it; what may not be sent stays ``unknown``. ``spared``:
    messages against which campaigns have a reason. The warehouse has read what the outbox knows. Errors as above.
    """
    look_up_addresses(warehouse, settings.categories)
    gate = _looking(settings, channels, active, paused, now)
    _look_again(warehouse, outbox, gate)
    again: dict[str, str] = {}
    stays = Counter[str]()
    for items in outbox.waiting(_AGAIN):
        held = {item.message_key: item for item in items if item.state == "unknown"}
        addresses = [item.address for item in held.values()]
        rows = warehouse.records(statement("smc.send", "standing"), keys=list(held), addresses=addresses)
        copied = warehouse.rows(statement("smc.send", "standing_copies"), keys=list(held))
        found = {row["message_key"]: (Standing.of(row), row["found"]) for row in rows}
        off = {key: "campaign_off" for key, campaign in copied if gate.is_off(campaign)}
        for key, item in held.items():
            standing, told = found.get(key, (None, None))
            reason = off.get(key) or told or spared.get(key)
            if standing is not None:
                reason = reason or gate.refusal(standing) or gate.uncoded(warehouse, item)
            if reason:
                stays[reason] += 1
            else:
                again[key] = (standing and standing.address) or item.address
    return AgainResult(outbox.retry_unknown(now, again), tuple(sorted(stays.items())))


def _look_again(warehouse: Warehouse, outbox: Outbox, gate: _Gate) -> int:
    """Cancel what waits in the outbox and may not be sent any more; follow changed addresses and times. How many
    cancelled."""
    cancelled: dict[str, list[str]] = {}
    copied: list[str] = []
    moved: dict[str, str] = {}
    later: dict[str, tuple[datetime, datetime | None]] = {}
    for items in outbox.waiting(_AGAIN):
        held = {item.message_key: item for item in items if item.state == "queued"}
        addresses = [item.address for item in held.values()]
        for row in warehouse.records(statement("smc.send", "standing"), keys=list(held), addresses=addresses):
            key, times = row["message_key"], (row["due_at"], row["closes_at"])
            standing = Standing.of(row)
            if reason := row["found"] or gate.refusal(standing) or gate.uncoded(warehouse, held[key]):
                cancelled.setdefault(reason, []).append(key)
                continue
            if standing.address and standing.address != row["held"]:
                moved[key] = standing.address
            if times != (held[key].due_at, held[key].closes_at):
                later[key] = times
        of_copies = warehouse.rows(statement("smc.send", "standing_copies"), keys=list(held))
        copied += [key for key, campaign in of_copies if gate.is_off(campaign)]
    if moved:
        outbox.readdress(moved)
    if later:
        outbox.reschedule(later)
    outbox.cancel(copied, "campaign_off", gate.now)
    return sum(outbox.cancel(keys, reason, gate.now) for reason, keys in cancelled.items())


@dataclass(slots=True)
class _Marks:
    """What becomes of each planned message: three lists of the same length; ``known``: the outbox has them already."""

    keys: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    reasons: list[str | None] = field(default_factory=list)
    known: list[str] = field(default_factory=list)

    def add(self, key: str, reason: str | None) -> None:
        self.keys.append(key)
        self.states.append("queued" if reason is None else "expired" if reason == "expired" else "suppressed")
        self.reasons.append(reason)

    def result(self, cancelled: int, problems: tuple[str, ...]) -> HandOverResult:
        states = Counter(self.states)
        reasons = Counter(reason for reason in self.reasons if reason not in (None, "expired"))
        suppressed = tuple(sorted((str(reason), count) for reason, count in reasons.items()))
        return HandOverResult(states["queued"], states["expired"], suppressed, cancelled, problems)


def _sorted(
    planned: Iterator[Planned], outbox: Outbox, gate: _Gate, marks: _Marks, made: Copies
) -> Iterator[Queued]:  # fmt: skip
    """The messages to enqueue; the marks learn about all but those that wait. What the outbox knows, a killed run has
    handed over."""
    for chunk in groups(planned, _CHUNK):
        known = outbox.known([item.message_key for item in chunk])
        marks.known.extend(known)
        for item in chunk:
            if gate.waits(item) and item.message_key not in known:
                continue
            passed = None if item.message_key in known else gate.judge(item)
            if isinstance(passed, Queued):
                yield passed
                yield from made.of(item, passed)
                passed = None
            marks.add(item.message_key, passed)


@dataclass(slots=True)
class _Problems:
    """Template errors by place and words, without personal data: how many customers, and the id of the first."""

    found: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, customer: str, where: str, what: str) -> None:
        """Messages come in order of customers, so the first and the last one seen are enough to count them."""
        seen = self.found.setdefault((where, what), [customer, ""])
        if seen[1] != customer:
            seen[1] = customer
            self.counts[where, what] += 1

    def sentences(self) -> tuple[str, ...]:
        return tuple(
            f"{where}: {what} ({count} customer{'' if count == 1 else 's'}, for example {self.found[where, what][0]})"
            for (where, what), count in self.counts.most_common(_PROBLEMS)
        )


@dataclass(slots=True)
class _Gate:
    """Judges one message: what to queue, or the reason why not."""

    contents: Contents
    settings: ProjectSpec
    channels: ChannelsSpec
    renderer: Renderer
    active: frozenset[str]
    paused: frozenset[str]
    extras: ExtrasOf
    files: Attachments
    now: datetime
    others: Siblings = NOBODY
    problems: _Problems = field(default_factory=_Problems)
    _hashes: dict[Content, str] = field(default_factory=dict)
    _holding: frozenset[str] | None = None

    def waits(self, item: Planned) -> bool:
        """Whether it stays planned: its mailing is paused, or a sender has another message of its cascade in hand."""
        return (item.campaign in self.paused or item.message_key in self.others.open) and item.expires_at > self.now

    def judge(self, item: Planned) -> Queued | str:
        channel = self.channels.named(item.channel)
        if item.message_key in self.others.sent:
            return "cascade"
        if item.expires_at <= self.now:
            return "expired"
        if channel is None:
            return "channel"
        if refused := self.refusal(item):
            return refused
        if item.lacks_code:
            return "no_promocode"
        return self._rendered(item, channel, item.address or "")

    def refusal(self, item: Standing) -> str | None:
        """Why a message may not be sent, now or any more: its campaign, customer, consent or address."""
        if self.is_off(item.campaign):
            return "campaign_off"
        if item.inactive:
            return "inactive"
        if not _consents(item.consent, self.settings.categories.get(item.category), item.channel):
            return "consent"
        return item.unreachable

    def uncoded(self, warehouse: Warehouse, item: Waiting) -> str | None:
        """The reason why a message that prints a promocode may not be sent any more: blocked by now, used, or over."""
        if not item.coded:
            return None
        if self._holding is None:
            self._holding = holding(warehouse, self.now)
        return None if item.message_key in self._holding else "no_promocode"

    def is_off(self, campaign: str) -> bool:
        """Whether it is neither at work nor paused."""
        return campaign not in self.active and campaign not in self.paused

    def _rendered(self, item: Planned, channel: AnyChannel, address: str) -> Queued | str:
        """Render as delivery will, from the context as it is kept, so that what passes here passes there."""
        content = item.content
        if content is None:
            where = item.template or item.campaign
            self.problems.add(item.customer_id, where, "there is no such template in the project any more")
            return "template_error"
        links = self._links(item)
        extras = self.extras.get((item.campaign, item.version, item.step), NONE)
        if extras.subject is not None and isinstance(content, Template):
            content = replace(content, subject=extras.subject)
        context = dumps(item.context | {"unsubscribe_url": links.link})
        try:
            files = tuple(file.sha256 for file in self.files.of(extras.attachments))
            if isinstance(content, Template):
                self.renderer.render(content, loads(context))
            else:
                fits(channel, self.renderer.note(content, loads(context)))
        except RenderError as error:
            self.problems.add(item.customer_id, error.where or item.campaign, error.what)
            return "template_error"
        letter = isinstance(channel, ChannelSpec)
        return Queued(
            message_key=item.message_key, channel=item.channel, address=address, customer_id=item.customer_id,
            template=self._hash(content), context=context, sender=extras.sender or channel.sender,
            reply_to=channel.reply_to if isinstance(channel, ChannelSpec) else None,
            unsubscribe_url=links.url if letter else None, unsubscribe_mailto=links.mailto if letter else None,
            feedback_id=f"{item.campaign}:{item.category}:{item.channel}:{self.settings.project}",
            max_attempts=channel.attempts, due_at=item.due_at, closes_at=item.closes_at,
            expires_at=ends(item.context, item.expires_at, self.settings.timezone),
            campaign=item.campaign, per_minute=extras.per_minute, extras=dumped(replace(extras, files=files)),
        )  # fmt: skip

    def used(self) -> Iterator[Content]:
        """The templates of the project, and those with other subjects; asked for behind the last message."""
        yield from dict.fromkeys((*self.contents.every(), *self._hashes))

    def _links(self, item: Planned) -> Unsubscribe:
        ways = self.settings.unsubscribe
        secret = ways.secret.get_secret_value().encode()
        return unsubscribe(secret, item.message_key, item.customer_id, url=ways.url, mailto=ways.mailto)

    def _hash(self, content: Content) -> str:
        if content not in self._hashes:
            self._hashes[content] = content.sha256
        return self._hashes[content]


def _consents(given: str | None, category: CategorySettings | None, channel: str) -> bool:
    """What the category needs. A category that is no longer in the settings asks for an explicit yes."""
    needed = category.needs(channel) if category else "required"
    match needed:
        case "required":
            return given == "yes"
        case "not_refused":
            return given != "no"
        case "none":
            return True
        case _:
            assert_never(needed)
