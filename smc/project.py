"""A project's folder → Project: every spec read, every name checked, all mistakes reported together."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

from smc.campaign.check import CampaignNames, check_campaign, check_mailing, rules_of
from smc.campaign.check_times import check_contact, check_sending
from smc.campaign.check_trigger import fields_brought
from smc.campaign.program import size
from smc.config.document import Document, Reading, attempt
from smc.config.file import StopError, read_text
from smc.config.folder import Listing, look, name_problems
from smc.config.problem import Place, Problem, sentence
from smc.config.secret import Secrets
from smc.config.settings import check_settings, tags_of
from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec, MailingSpec, TemplateSpec
from smc.config.specs.duplicates import DuplicatesSpec
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import ChannelsSpec, FieldsSpec, MetricsSpec, ProjectSpec, RfmSpec
from smc.config.specs.rule import Rule, SegmentSpec, SegmentsSpec
from smc.config.unsaved import parse_rule
from smc.errors import ConfigError
from smc.import_.check import check_feed
from smc.import_.duplicates.check import check_duplicates
from smc.metric.check import check_metrics, check_rfm
from smc.model.objects import OBJECTS
from smc.model.template import Template
from smc.segment.check import Names, check_rule, check_segments
from smc.segment.trial.check import Case, read_cases
from smc.segment.trial.nights import CampaignCase, read_nights
from smc.segment.vocabulary import Defined
from smc.send.check import check_channels, check_template

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True)
class Project:
    """A checked project. Feeds are named by their files, campaigns and mailings by their ids. ``cases``: its tests."""

    folder: Path
    settings: ProjectSpec
    fields: FieldsSpec
    metrics: MetricsSpec
    rfm: RfmSpec
    channels: ChannelsSpec
    duplicates: DuplicatesSpec
    feeds: Mapping[str, FeedSpec]
    segments: Mapping[str, SegmentSpec]
    cases: Mapping[str, Case]
    campaigns: Mapping[str, CampaignSpec]
    campaign_cases: Mapping[str, CampaignCase]
    mailings: Mapping[str, MailingSpec]
    templates: Mapping[str, Template]

    @property
    def defined(self) -> Defined:
        """What the files name, for those who ask the warehouse for the rest."""
        steps = {name: size(spec.steps) for name, spec in self.campaigns.items()} | dict.fromkeys(self.mailings, 1)
        channels = frozenset(name for name, channel in self.channels if channel is not None)
        brought = frozenset(name for feed in self.feeds.values() for name in feed.parts)
        return Defined(steps, channels, frozenset(self.settings.categories), brought)

    def path(self, relative: Path | str) -> Path:
        """A path of the settings: relative ones start at the project's folder."""
        return self.folder / relative


def load_project(folder: Path) -> Project:
    """The project, or ConfigError with every problem in the order of files and lines."""
    project, problems = check_project(folder)
    if project is None:
        raise ConfigError(problems)
    return project


def check_project(folder: Path, *, secrets_needed: bool = True) -> tuple[Project | None, list[Problem]]:
    """The project, or all its problems. Without ``secrets_needed`` a secret need not be there, only named rightly."""
    listing = look(folder)
    if "smc.yaml" not in listing.single:
        return None, listing.problems
    parts = _read(listing, Secrets(folder, needed=secrets_needed))
    found = sorted({*listing.problems, *parts.problems, *_meaning(parts)})
    problems = [replace(problem, message=sentence(problem.message)) for problem in found]
    return (None if problems else _project(folder, parts)), problems


def check_unsaved(folder: Path, text: str, file: Path) -> Rule:
    """A rule that is in no file of the project, checked as if it were. ``file`` only names the text.

    Raises ``ConfigError`` with every problem of the rule, or of the project, which must be right.
    """
    load_project(folder)
    document, problems = parse_rule(text, file)
    if document is not None:
        names = _rule_names(_read(look(folder), Secrets(folder)))
        problems = check_rule(document, ("rule",), document.spec.rule, names) if names else []
    if problems or document is None:
        raise ConfigError([replace(problem, message=sentence(problem.message)) for problem in sorted(problems)])
    return document.spec.rule


@dataclass(frozen=True, slots=True)
class _One(Generic[S]):
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
class _Parts:
    """Everything read, before names are compared."""

    settings: _One[ProjectSpec]
    fields: _One[FieldsSpec]
    metrics: _One[MetricsSpec]
    rfm: _One[RfmSpec]
    channels: _One[ChannelsSpec]
    duplicates: _One[DuplicatesSpec]
    feeds: dict[str, Reading[FeedSpec]]
    segments: dict[str, Reading[SegmentsSpec]]
    campaigns: dict[str, Reading[CampaignSpec]]
    mailings: dict[str, Reading[MailingSpec]]
    templates: dict[str, Reading[TemplateSpec]]
    template_names: frozenset[str]
    misnamed: set[str]
    bodies: dict[str, Template] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def _read(listing: Listing, secrets: Secrets) -> _Parts:
    problems: list[Problem] = []

    def one(name: str, kind: type[S]) -> _One[S]:
        file = listing.single.get(name)
        if file is None:
            return _One(None if name in listing.misnamed else kind(), None)
        reading = attempt(file, kind, secrets=secrets)
        problems.extend(reading.problems)
        return _One(reading.document.spec if reading.document else None, reading)

    def several(name: str, kind: type[S], inner: str = "") -> dict[str, Reading[S]]:
        files = [entry / inner for entry in listing.several[name] if (entry / inner).exists()]
        readings = {(file.parent.name if inner else file.stem): attempt(file, kind, secrets=secrets) for file in files}
        problems.extend(problem for reading in readings.values() for problem in reading.problems)
        return readings

    parts = _Parts(
        settings=one("smc.yaml", ProjectSpec),
        fields=one("fields.yaml", FieldsSpec),
        metrics=one("metrics.yaml", MetricsSpec),
        rfm=one("rfm.yaml", RfmSpec),
        channels=one("channels.yaml", ChannelsSpec),
        duplicates=one("duplicates.yaml", DuplicatesSpec),
        feeds=several("feeds", FeedSpec),
        segments=several("segments", SegmentsSpec),
        campaigns=several("campaigns", CampaignSpec),
        mailings=several("mailings", MailingSpec),
        templates=several("templates", TemplateSpec, "template.yaml"),
        template_names=frozenset(folder.name for folder in listing.several["templates"]),
        misnamed=listing.misnamed,
        problems=problems,
    )
    _read_bodies(parts)
    return parts


def _read_bodies(parts: _Parts) -> None:
    for name, document in _documents(parts.templates):
        spec, folder = document.spec, document.file.parent
        try:
            html = read_text(folder / "body.html") if (folder / "body.html").exists() else None
            text = read_text(folder / "body.txt") if (folder / "body.txt").exists() else None
        except StopError as stop:
            parts.problems.append(stop.problem)
            continue
        if html is not None:
            parts.bodies[name] = Template(name, spec.subject, spec.preheader, html, text)


def _documents(readings: Mapping[str, Reading[S]]) -> Iterator[tuple[str, Document[S]]]:
    for name, reading in readings.items():
        if reading.document is not None:
            yield name, reading.document


def _meaning(parts: _Parts) -> Iterator[Problem]:
    """What the stages say. What depends on a file that could not be read is not asked, to report no follow-ups."""
    if document := parts.metrics.document:
        yield from check_metrics(document, parts.fields.spec)
    if document_rfm := parts.rfm.document:
        yield from check_rfm(document_rfm)
    if document_channels := parts.channels.document:
        yield from check_channels(document_channels)
    if parts.settings.document:
        yield from check_settings(parts.settings.document, _channels(parts) if parts.channels.good else None)
        feeds = {name: feed.spec for name, feed in _documents(parts.feeds)}
        yield from check_sending(parts.settings.document, _channels(parts) if parts.channels.good else None, feeds)
    if parts.duplicates.document and parts.fields.spec:
        yield from check_duplicates(parts.duplicates.document, parts.fields.spec)
    yield from _feeds(parts)
    yield from _rules(parts)
    yield from _campaigns(parts)
    yield from _templates(parts)


def _feeds(parts: _Parts) -> Iterator[Problem]:
    for name, reading in parts.feeds.items():
        yield from name_problems(reading.layout.file, name)
        if reading.document and parts.fields.spec:
            yield from check_feed(reading.document, parts.fields.spec)


def _tags(parts: _Parts) -> frozenset[str]:
    """Tags that smc.yaml declares and tags that steps set."""
    declared = parts.settings.spec.tags if parts.settings.spec else {}
    return frozenset(declared) | {
        tag for _, document in _documents(parts.campaigns) for tag in tags_of(document.spec.steps)
    }


def _rules(parts: _Parts) -> Iterator[Problem]:
    names = _rule_names(parts)
    if names is None:
        return
    yield from check_segments([document for _, document in _documents(parts.segments)], names)
    yield from _cases(parts)[1]
    yield from _campaign_cases(parts)[1]
    for _, campaign in _documents(parts.campaigns):
        for path, rule in rules_of(campaign.spec):
            yield from check_rule(campaign, path, rule, names)


def _rule_names(parts: _Parts) -> Names | None:
    """What rules may refer to; None when a file that says so could not be read."""
    fields, metrics, rfm = parts.fields.spec, parts.metrics.spec, parts.rfm.spec
    if fields is None or metrics is None or rfm is None or not _names_are_known(parts):
        return None
    return Names(
        fields=fields,
        metrics=metrics,
        rfm=rfm,
        segments=_segment_names(parts),
        tags=_tags(parts),
        channels=_channels(parts),
        categories=_categories(parts),
        campaigns=_steps(parts),
        brought=_brought(parts),
    )


def _steps(parts: _Parts) -> dict[str, int]:
    """How many steps each campaign and mailing has; of one that could not be read any number is right."""
    several: tuple[Mapping[str, Reading[CampaignSpec] | Reading[MailingSpec]], ...] = (parts.campaigns, parts.mailings)
    return {
        **{stem: sys.maxsize for readings in several for stem, one in readings.items() if one.document is None},
        **{document.spec.id or stem: size(document.spec.steps) for stem, document in _documents(parts.campaigns)},
        **{document.spec.id or stem: 1 for stem, document in _documents(parts.mailings)},
    }


def _brought(parts: _Parts) -> frozenset[str]:
    """Objects that feeds bring; one that could not be read may bring anything."""
    if any(reading.document is None for reading in parts.feeds.values()):
        return frozenset(OBJECTS)
    return frozenset(name for _, document in _documents(parts.feeds) for name in document.spec.parts)


def _fed(parts: _Parts) -> dict[str, frozenset[str]] | None:
    """By object the fields that feeds bring; None when a feed could not be read, or there is none yet."""
    feeds = [document.spec for _, document in _documents(parts.feeds)]
    return fields_brought(feeds) if len(feeds) == len(parts.feeds) > 0 else None


def _cases(parts: _Parts) -> tuple[dict[str, Case], list[Problem]]:
    fields = parts.fields.spec or FieldsSpec()
    return read_cases([document for _, document in _documents(parts.segments)], _segment_names(parts), fields)


def _campaign_cases(parts: _Parts) -> tuple[dict[str, CampaignCase], list[Problem]]:
    documents = {document.spec.id or stem: document for stem, document in _documents(parts.campaigns)}
    return read_nights(documents, parts.fields.spec or FieldsSpec(), _cases(parts)[0])


def _campaigns(parts: _Parts) -> Iterator[Problem]:
    yield from _identities(parts)
    if not _names_are_known(parts):
        return
    names = CampaignNames(
        segments=_segment_names(parts),
        templates=parts.template_names,
        categories=_categories(parts),
        channels=_channels(parts),
        tags=_tags(parts),
        fields=parts.fields.spec,
        cells=frozenset(parts.rfm.spec.cells) if parts.rfm.spec else None,
        brought=_fed(parts),
    )
    permitted = not parts.feeds or "subscription" in _brought(parts)
    for _, campaign in _documents(parts.campaigns):
        yield from check_campaign(campaign, names)
        yield from check_contact(campaign, parts.settings.spec, permitted=permitted)
    for _, mailing in _documents(parts.mailings):
        yield from check_mailing(mailing, names)
        yield from check_contact(mailing, parts.settings.spec, permitted=permitted)


def _identities(parts: _Parts) -> Iterator[Problem]:
    """A message belongs to one campaign or mailing, so their ids are different from each other."""
    seen: dict[str, Path] = {}
    documents: Iterable[tuple[str, Document[CampaignSpec] | Document[MailingSpec]]] = (
        *_documents(parts.campaigns), *_documents(parts.mailings),
    )  # fmt: skip
    for stem, document in documents:
        name = document.spec.id or stem
        if document.spec.id is None:
            yield from name_problems(document.file, stem)
        if name in seen:
            place = document.place(("id",)) if document.spec.id else Place(document.file)
            other = f"{seen[name].parent.name}/{seen[name].name}"
            yield Problem(place, f"The id '{name}' is already that of {other}.", "Give one of them another 'id:'.")
        seen.setdefault(name, document.file)


def _templates(parts: _Parts) -> Iterator[Problem]:
    fields, metrics = parts.fields.spec, parts.metrics.spec
    if fields is None or metrics is None:
        return
    for name, document in _documents(parts.templates):
        if template := parts.bodies.get(name):
            folder = document.file.parent
            files = {"html": folder / "body.html"} | (
                {"text": folder / "body.txt"} if template.text is not None else {}
            )
            yield from check_template(document, template, files, fields, metrics)


def _names_are_known(parts: _Parts) -> bool:
    """Whether a name that is not found is really not there, and not in a file that could not be read."""
    unread = any(
        reading.document is None and not reading.layout.keys(("segments",)) for reading in parts.segments.values()
    )
    misnamed = parts.misnamed & {"segments", "templates"}
    return parts.settings.good and parts.channels.good and not unread and not misnamed


def _segment_names(parts: _Parts) -> frozenset[str]:
    """Names of all segments, those in files with mistakes too."""
    return frozenset(name for reading in parts.segments.values() for name in reading.layout.keys(("segments",)))


def _channels(parts: _Parts) -> frozenset[str]:
    return frozenset(name for name, channel in parts.channels.spec or () if channel is not None)


def _categories(parts: _Parts) -> frozenset[str]:
    return frozenset(parts.settings.spec.categories if parts.settings.spec else ())


def _project(folder: Path, parts: _Parts) -> Project:
    """Called when there are no problems, so everything is there."""
    settings, fields, metrics = parts.settings.spec, parts.fields.spec, parts.metrics.spec
    rfm, channels, duplicates = parts.rfm.spec, parts.channels.spec, parts.duplicates.spec
    if settings is None or fields is None or metrics is None or rfm is None or channels is None or duplicates is None:
        raise AssertionError("a file without problems has a spec")
    return Project(
        folder=folder,
        settings=settings,
        fields=fields,
        metrics=metrics,
        rfm=rfm,
        channels=channels,
        duplicates=duplicates,
        feeds={name: document.spec for name, document in _documents(parts.feeds)},
        segments={
            name: spec
            for _, document in _documents(parts.segments)
            for name, spec in document.spec.segments.items()
        },
        cases=_cases(parts)[0],
        campaigns={document.spec.id or name: document.spec for name, document in _documents(parts.campaigns)},
        campaign_cases=_campaign_cases(parts)[0],
        mailings={document.spec.id or name: document.spec for name, document in _documents(parts.mailings)},
        templates=parts.bodies,
    )  # fmt: skip
