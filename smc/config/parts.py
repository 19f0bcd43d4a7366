"""Every file of a project read into its spec, before names are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from smc.config.document import Document, Reading, attempt
from smc.config.file import StopError, read_text
from smc.config.folder import Listing
from smc.config.problem import Problem
from smc.config.secret import Secrets
from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec, MailingSpec, TemplateSpec
from smc.config.specs.duplicates import DuplicatesSpec
from smc.config.specs.feed import FeedSpec
from smc.config.specs.poll import PollSpec
from smc.config.specs.project import ChannelsSpec, FieldsSpec, MetricsSpec, ProjectSpec, RfmSpec
from smc.config.specs.promocode import PromocodesSpec
from smc.config.specs.rule import SegmentsSpec
from smc.model.template import Template

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True)
class One(Generic[S]):
    """A file of which there is one; without the file its defaults stand."""

    spec: S | None
    reading: Reading[S] | None

    @property
    def document(self) -> Document[S] | None:
        return self.reading.document if self.reading else None

    @property
    def good(self) -> bool:
        return self.spec is not None


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything read, before names are compared."""

    settings: One[ProjectSpec]
    fields: One[FieldsSpec]
    metrics: One[MetricsSpec]
    rfm: One[RfmSpec]
    channels: One[ChannelsSpec]
    duplicates: One[DuplicatesSpec]
    promocodes: One[PromocodesSpec]
    feeds: dict[str, Reading[FeedSpec]]
    segments: dict[str, Reading[SegmentsSpec]]
    campaigns: dict[str, Reading[CampaignSpec]]
    mailings: dict[str, Reading[MailingSpec]]
    polls: dict[str, Reading[PollSpec]]
    templates: dict[str, Reading[TemplateSpec]]
    template_names: frozenset[str]
    misnamed: set[str]
    bodies: dict[str, Template] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_parts(listing: Listing, secrets: Secrets) -> Parts:
    problems: list[Problem] = []

    def one(name: str, kind: type[S]) -> One[S]:
        file = listing.single.get(name)
        if file is None:
            return One(None if name in listing.misnamed else kind(), None)
        reading = attempt(file, kind, secrets=secrets)
        problems.extend(reading.problems)
        return One(reading.document.spec if reading.document else None, reading)

    def several(name: str, kind: type[S], inner: str = "") -> dict[str, Reading[S]]:
        files = [entry / inner for entry in listing.several[name] if (entry / inner).exists()]
        readings = {(file.parent.name if inner else file.stem): attempt(file, kind, secrets=secrets) for file in files}
        problems.extend(problem for reading in readings.values() for problem in reading.problems)
        return readings

    parts = Parts(
        settings=one("smc.yaml", ProjectSpec),
        fields=one("fields.yaml", FieldsSpec),
        metrics=one("metrics.yaml", MetricsSpec),
        rfm=one("rfm.yaml", RfmSpec),
        channels=one("channels.yaml", ChannelsSpec),
        duplicates=one("duplicates.yaml", DuplicatesSpec),
        promocodes=one("promocodes.yaml", PromocodesSpec),
        feeds=several("feeds", FeedSpec),
        segments=several("segments", SegmentsSpec),
        campaigns=several("campaigns", CampaignSpec),
        mailings=several("mailings", MailingSpec),
        polls=several("polls", PollSpec),
        templates=several("templates", TemplateSpec, "template.yaml"),
        template_names=frozenset(folder.name for folder in listing.several["templates"]),
        misnamed=listing.misnamed,
        problems=problems,
    )
    _bodies(parts)
    return parts


def _bodies(parts: Parts) -> None:
    for name, document in documents(parts.templates):
        spec, folder = document.spec, document.file.parent
        try:
            html = read_text(folder / "body.html") if (folder / "body.html").exists() else None
            text = read_text(folder / "body.txt") if (folder / "body.txt").exists() else None
        except StopError as stop:
            parts.problems.append(stop.problem)
            continue
        if html is not None or text is not None:
            parts.bodies[name] = Template(name, spec.subject or "", spec.preheader, html or "", text)


def documents(readings: Mapping[str, Reading[S]]) -> Iterator[tuple[str, Document[S]]]:
    for name, reading in readings.items():
        if reading.document is not None:
            yield name, reading.document
