"""Checks of smc.yaml that concern several stages, and small questions about specs that the project asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from smc.config.document import Document
from smc.config.problem import Problem, nearest
from smc.config.specs.project import ProjectSpec
from smc.config.specs.step import Step, TagStep, every


def check_settings(doc: Document[ProjectSpec], channels: frozenset[str] | None) -> Iterator[Problem]:
    """The time zone exists; caps name known channels and categories. ``channels`` is None when they are not known."""
    yield from _zone(doc)
    yield from _categories(doc, channels)
    for number, cap in enumerate(doc.spec.caps):
        if cap.channel is not None and channels is not None and cap.channel not in channels:
            yield doc.problem(
                ("caps", number, "channel"), f"Unknown channel '{cap.channel}'.", nearest(cap.channel, channels)
            )
        if cap.category is not None and cap.category not in doc.spec.categories:
            yield doc.problem(
                ("caps", number, "category"), f"Unknown category '{cap.category}'.",
                nearest(cap.category, doc.spec.categories),
            )  # fmt: skip


def _categories(doc: Document[ProjectSpec], channels: frozenset[str] | None) -> Iterator[Problem]:
    for name, category in doc.spec.categories.items():
        for channel in category.channels:
            if channels is not None and channel not in channels:
                yield doc.problem(
                    ("categories", name, "channels", channel),
                    f"Unknown channel '{channel}'.",
                    nearest(channel, channels),
                )


def _zone(doc: Document[ProjectSpec]) -> Iterator[Problem]:
    name = doc.spec.timezone
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        zones = {zone.lower(): zone for zone in available_timezones()}
        close = get_close_matches(name.lower(), zones, n=1, cutoff=0.5)
        remedy = f"Did you mean '{zones[close[0]]}'?" if close else "Write it like Europe/Berlin or America/New_York."
        yield doc.problem(("timezone",), f"Unknown time zone '{name}'.", remedy)


def tags_of(steps: Sequence[Step]) -> Iterator[str]:
    """The tags that steps set."""
    for _, step in every(steps):
        if isinstance(step, TagStep) and step.tag.add:
            yield step.tag.add
