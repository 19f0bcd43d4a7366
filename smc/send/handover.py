"""The hand-over: planned messages go from the warehouse to the outbox; every one is rendered before any leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import assert_never

from smc.config.specs.project import CategorySettings, ChannelSpec, ChannelsSpec, FieldsSpec, MetricsSpec, ProjectSpec
from smc.errors import RenderError
from smc.model.template import Template
from smc.send.address import ascii_address
from smc.send.context import Planned, Reader, dumps, loads
from smc.send.mime import Unsubscribe, unsubscribe
from smc.send.outbox import Outbox, Queued
from smc.send.render import Renderer
from smc.warehouse import Warehouse, statement

_CHUNK = 500
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class HandOverResult:
    """``suppressed``: reasons and how many; ``problems``: some of the template errors, without personal data."""

    queued: int
    expired: int
    suppressed: tuple[tuple[str, int], ...] = ()
    problems: tuple[str, ...] = ()


def hand_over(
    warehouse: Warehouse,
    outbox: Outbox,
    *,
    templates: Mapping[str, Template],
    settings: ProjectSpec,
    channels: ChannelsSpec,
    metrics: MetricsSpec,
    fields: FieldsSpec,
    as_of: date,
    now: datetime,
) -> HandOverResult:
    """Hand over what is due by the end of ``as_of``.

    Consent, address, expiry and the rendering of every message are checked; then the good ones enter the outbox by
    one statement, and the warehouse is marked in one transaction. Killed between the two, the next run finds its
    messages in the outbox and marks them.
    """
    renderer = Renderer.of(settings)
    gate = _Gate(templates, settings, channels, renderer, now)
    reader = Reader(warehouse, fields, metrics, settings.title)
    due = reader.planned(templates, renderer, as_of)
    used = _Marks()
    outbox.enqueue(_sorted(due, outbox, gate, used), templates.values())
    if used.keys:
        with warehouse.transaction():
            warehouse.run(statement("smc.send", "mark"), keys=used.keys, states=used.states, reasons=used.reasons)
    return used.result(gate.problems)


@dataclass(slots=True)
class _Marks:
    """What becomes of each planned message: three lists of the same length."""

    keys: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    reasons: list[str | None] = field(default_factory=list)

    def add(self, key: str, reason: str | None) -> None:
        self.keys.append(key)
        self.states.append("queued" if reason is None else "expired" if reason == "expired" else "suppressed")
        self.reasons.append(reason)

    def result(self, problems: list[str]) -> HandOverResult:
        states = Counter(self.states)
        reasons = Counter(reason for reason in self.reasons if reason not in (None, "expired"))
        suppressed = tuple(sorted((str(reason), count) for reason, count in reasons.items()))
        return HandOverResult(states["queued"], states["expired"], suppressed, tuple(problems))


def _sorted(due: Iterator[Planned], outbox: Outbox, gate: _Gate, marks: _Marks) -> Iterator[Queued]:
    """The messages to enqueue; the marks learn about all. What the outbox knows, a killed run has handed over."""
    while chunk := list(islice(due, _CHUNK)):
        known = outbox.known([item.message_key for item in chunk])
        for item in chunk:
            passed = None if item.message_key in known else gate.judge(item)
            if isinstance(passed, Queued):
                yield passed
                passed = None
            marks.add(item.message_key, passed)


@dataclass(slots=True)
class _Gate:
    """Judges one message: what to queue, or the reason why not."""

    templates: Mapping[str, Template]
    settings: ProjectSpec
    channels: ChannelsSpec
    renderer: Renderer
    now: datetime
    problems: list[str] = field(default_factory=list)
    _hashes: dict[Template, str] = field(default_factory=dict)

    def judge(self, item: Planned) -> Queued | str:
        channel = self.channels.email if item.channel == "email" else None
        if item.expires_at <= self.now:
            return "expired"
        if channel is None:
            return "channel"
        if not _consents(item, self.settings.categories.get(item.category)):
            return "consent"
        address = ascii_address(item.email or "")
        if address is None:
            return "address"
        return self._rendered(item, channel, address)

    def _rendered(self, item: Planned, channel: ChannelSpec, address: str) -> Queued | str:
        """Render as delivery will, from the context as it is kept, so that what passes here passes there."""
        template = self.templates.get(item.template)
        if template is None:
            self._problem(f"there is no template '{item.template}' any more")
            return "template_error"
        links = self._links(item)
        context = dumps(item.context | {"unsubscribe_url": links.link})
        try:
            self.renderer.render(template, loads(context))
        except RenderError as error:
            self._problem(f"{error.where}: {error.what}")
            return "template_error"
        return Queued(
            message_key=item.message_key, channel=item.channel, address=address, customer_id=item.customer_id,
            template=self._hash(template), context=context, sender=channel.sender, reply_to=channel.reply_to,
            unsubscribe_url=links.url, unsubscribe_mailto=links.mailto,
            feedback_id=f"{item.campaign}:{item.category}:{item.channel}:{self.settings.project}",
            max_attempts=channel.attempts, due_at=item.due_at, expires_at=item.expires_at,
        )  # fmt: skip

    def _links(self, item: Planned) -> Unsubscribe:
        ways = self.settings.unsubscribe
        secret = ways.secret.get_secret_value().encode()
        return unsubscribe(secret, item.message_key, item.customer_id, url=ways.url, mailto=ways.mailto)

    def _hash(self, template: Template) -> str:
        if template not in self._hashes:
            self._hashes[template] = template.sha256
        return self._hashes[template]

    def _problem(self, text: str) -> None:
        if text not in self.problems and len(self.problems) < _EXAMPLES:
            self.problems.append(text)


def _consents(item: Planned, category: CategorySettings | None) -> bool:
    """What the category needs. A category that is no longer in the settings asks for an explicit yes."""
    consent = category.consent if category else "required"
    match consent:
        case "required":
            return item.consent == "yes"
        case "not_refused":
            return item.consent != "no"
        case "none":
            return True
        case _:
            assert_never(consent)
