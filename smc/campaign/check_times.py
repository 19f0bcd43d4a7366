"""Mistakes of meaning in the contact policy: times in which nothing can go out, and permissions that nobody brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from smc.campaign.slots import Schedule, schedule, slots
from smc.config.document import Document
from smc.config.problem import Problem, nearest
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.delay import minutes_of
from smc.config.specs.feed import FeedSpec
from smc.config.specs.policy import Holidays, QuietHours, Window
from smc.config.specs.project import ChannelsSpec, ProjectSpec
from smc.config.specs.step import every, messages_of

_MONDAY = date(2001, 1, 1)
_WEEK = timedelta(days=7)


def check_sending(
    doc: Document[ProjectSpec], channels: frozenset[str] | None, feeds: Mapping[str, FeedSpec]
) -> Iterator[Problem]:
    """Windows, quiet hours and holidays name what is there and leave some time; one global control group is enough.

    ``channels`` is None when they are not known.
    """
    yield from _names(doc, channels)
    for channel, category in product(sorted(channels or ()), doc.spec.categories):
        if not _opens(schedule(doc.spec.sending, channel, category)):
            yield doc.problem(
                ("sending",), f"nothing of category '{category}' could ever go out by {channel}",
                "Leave time between windows and quiet hours.",
            )  # fmt: skip
    for name, feed in feeds.items():
        brought = feed.parts.get("control_member")
        if doc.spec.global_control and brought is not None and "control_group" not in brought:
            yield doc.problem(
                ("global_control",), f"feed '{name}' brings the global control group, and this draws another one",
                "Keep one of them; for other groups map control_group in the feed.",
            )  # fmt: skip


def _names(doc: Document[ProjectSpec], channels: frozenset[str] | None) -> Iterator[Problem]:
    sending = doc.spec.sending
    rules: dict[str, Sequence[Window | QuietHours | Holidays]] = {
        "windows": sending.windows, "quiet_hours": sending.quiet_hours, "holidays": sending.holidays,
    }  # fmt: skip
    placed = [(("sending", name, number), rule) for name, some in rules.items() for number, rule in enumerate(some)]
    for path, rule in placed:
        if rule.channel is not None and channels is not None and rule.channel not in channels:
            yield doc.problem((*path, "channel"), f"Unknown channel '{rule.channel}'.", nearest(rule.channel, channels))
        if rule.category is not None and rule.category not in doc.spec.categories:
            known = doc.spec.categories
            yield doc.problem(
                (*path, "category"), f"Unknown category '{rule.category}'.", nearest(rule.category, known)
            )


def check_contact(
    doc: Document[CampaignSpec] | Document[MailingSpec],
    settings: ProjectSpec | None,
    channels: ChannelsSpec | None,
    *,
    permitted: bool,
) -> Iterator[Problem]:
    """``settings`` or ``channels`` None: they could not be read. ``permitted``: whether a feed brings permissions."""
    spec = doc.spec
    if isinstance(spec, MailingSpec) and channels is not None:
        yield from _lifetime(doc, spec, channels)
    if settings is None:
        return
    category = settings.categories.get(spec.category)
    for channel in sorted({said.channel for _, step in every(spec.steps) for _, said in messages_of(step)}):
        whole = schedule(settings.sending, channel, spec.category)
        if (
            spec.window
            and _opens(whole)
            and not _opens(schedule(settings.sending, channel, spec.category, spec.window))
        ):
            yield doc.problem(
                ("window",), f"this window never opens for {channel}: the project's sending times leave nothing of it",
                "Compare it with 'sending' in smc.yaml.",
            )  # fmt: skip
        if category and category.needs(channel) == "required" and not permitted:
            yield doc.problem(
                ("category",), f"'{spec.category}' needs a yes for {channel}, and no feed brings permissions",
                "Add a feed of the object subscription, or another consent for the category.",
            )  # fmt: skip


def _lifetime(
    doc: Document[CampaignSpec] | Document[MailingSpec], spec: MailingSpec, channels: ChannelsSpec
) -> Iterator[Problem]:
    for name, channel in channels:
        if channel and spec.lifetime and minutes_of(spec.lifetime) > channel.lifetime * 24 * 60:
            yield doc.problem(
                ("lifetime",), f"messages of {name} live {channel.lifetime} days at most, so this changes nothing",
                "Write a shorter time, or a longer lifetime in channels.yaml.",
            )  # fmt: skip


def _opens(of: Schedule) -> bool:
    return bool(slots(replace(of, holidays=frozenset()), _MONDAY, _MONDAY + _WEEK, ZoneInfo("UTC")))
