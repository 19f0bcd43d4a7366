"""A project's folder → Project: every spec read, every name checked, all mistakes reported together."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from smc.campaign.check import CampaignNames, check_campaign, check_mailing, rules_of
from smc.campaign.check_credit import check_credits
from smc.campaign.check_effects import EffectNames
from smc.campaign.check_poll import check_poll
from smc.campaign.check_times import check_contact, check_sending
from smc.campaign.check_trigger import fields_brought
from smc.campaign.data import known_of, used_by
from smc.campaign.program import size
from smc.campaign.watches import rows_counted, rows_of
from smc.config.document import Document, Reading
from smc.config.facts import watched_facts
from smc.config.folder import look, name_problems
from smc.config.parts import Parts, documents, read_parts
from smc.config.problem import Place, Problem, sentence
from smc.config.secret import Secrets
from smc.config.settings import check_settings, tags_of
from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.duplicates import DuplicatesSpec
from smc.config.specs.feed import FeedSpec
from smc.config.specs.poll import PollSpec, questions_of
from smc.config.specs.project import ChannelsSpec, FieldsSpec, MetricsSpec, ProjectSpec, RfmSpec
from smc.config.specs.promocode import PromocodesSpec
from smc.config.specs.rule import Rule, SegmentSpec
from smc.config.specs.trigger_poll import OnPoll
from smc.config.unsaved import parse_rule
from smc.errors import ConfigError
from smc.import_.check import check_feed
from smc.import_.check_pull import late_commits
from smc.import_.duplicates.check import check_duplicates
from smc.metric.check import check_metrics, check_rfm
from smc.model.objects import OBJECTS
from smc.model.template import Template, TriggerData
from smc.segment.check import Names, check_rule, check_segments, check_watched
from smc.segment.trial.check import Case, read_cases
from smc.segment.trial.nights import CampaignCase, read_nights
from smc.segment.vocabulary import Defined
from smc.send.check import check_channels, check_template, printing_codes
from smc.send.check_mailing import check_letters, check_subjects
from smc.send.check_words import check_words, long_texts
from smc.send.tasks.check import check_handing, check_texts

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
    promocodes: PromocodesSpec
    feeds: Mapping[str, FeedSpec]
    segments: Mapping[str, SegmentSpec]
    cases: Mapping[str, Case]
    campaigns: Mapping[str, CampaignSpec]
    campaign_cases: Mapping[str, CampaignCase]
    mailings: Mapping[str, MailingSpec]
    polls: Mapping[str, PollSpec]
    templates: Mapping[str, Template]

    @property
    def defined(self) -> Defined:
        """What the files name, for those who ask the warehouse for the rest."""
        steps = {name: size(spec.steps) for name, spec in self.programmes.items()}
        channels = frozenset(name for name, channel in self.channels if channel is not None)
        brought = frozenset(name for feed in self.feeds.values() for name in feed.parts)
        polls = {name: questions_of(poll) for name, poll in self.polls.items()}
        return Defined(steps, channels, frozenset(self.settings.categories), brought, self.promocodes.groups, polls)

    @property
    def programmes(self) -> dict[str, CampaignSpec | MailingSpec]:
        """Campaigns and mailings by their ids."""
        return {**self.campaigns, **self.mailings}

    @property
    def active(self) -> frozenset[str]:
        """Campaigns and mailings that are switched on."""
        return frozenset(name for name, spec in self.programmes.items() if spec.active)

    @property
    def paused(self) -> frozenset[str]:
        """Mailings that stand still: what waits is neither sent nor cancelled."""
        return frozenset(name for name, spec in self.mailings.items() if spec.status == "paused")

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
    project, problems, _ = review_project(folder, secrets_needed=secrets_needed)
    return project, problems


def review_project(folder: Path, *, secrets_needed: bool = True) -> tuple[Project | None, list[Problem], list[Problem]]:
    """As ``check_project``, and what is worth a second look in a project without problems."""
    listing = look(folder)
    if "smc.yaml" not in listing.single:
        return None, listing.problems, []
    parts = read_parts(listing, Secrets(folder, needed=secrets_needed))
    found = sorted({*listing.problems, *parts.problems, *_meaning(parts)})
    problems = [replace(problem, message=sentence(problem.message)) for problem in found]
    if problems:
        return None, problems, []
    hints = [hint for _, text in _texts(parts) for hint in long_texts(text, parts.bodies)]
    hints += [hint for _, feed in documents(parts.feeds) for hint in late_commits(feed)]
    return _project(folder, parts), [], sorted(hints)


def check_unsaved(folder: Path, text: str, file: Path) -> Rule:
    """A rule that is in no file of the project, checked as if it were. ``file`` only names the text.

    Raises ``ConfigError`` with every problem of the rule, or of the project, which must be right.
    """
    load_project(folder)
    document, problems = parse_rule(text, file)
    if document is not None:
        names = _rule_names(read_parts(look(folder), Secrets(folder)))
        problems = check_rule(document, ("rule",), document.spec.rule, names) if names else []
    if problems or document is None:
        raise ConfigError([replace(problem, message=sentence(problem.message)) for problem in sorted(problems)])
    return document.spec.rule


def _meaning(parts: Parts) -> Iterator[Problem]:
    """What the stages say. What depends on a file that could not be read is not asked, to report no follow-ups."""
    if document := parts.metrics.document:
        yield from check_metrics(document, parts.fields.spec)
    if document_rfm := parts.rfm.document:
        yield from check_rfm(document_rfm)
    if document_channels := parts.channels.document:
        yield from check_channels(document_channels)
    if parts.settings.document:
        yield from check_settings(parts.settings.document, _channels(parts) if parts.channels.good else None)
        yield from check_handing(parts.settings.document)
        feeds = {name: feed.spec for name, feed in documents(parts.feeds)}
        yield from check_sending(parts.settings.document, _channels(parts) if parts.channels.good else None, feeds)
    if parts.duplicates.document and parts.fields.spec:
        yield from check_duplicates(parts.duplicates.document, parts.fields.spec)
    yield from _feeds(parts)
    yield from _rules(parts)
    yield from _campaigns(parts)
    for name, poll in documents(parts.polls):
        yield from name_problems(poll.file, name)
        yield from check_poll(poll)
    yield from _templates(parts)


def _feeds(parts: Parts) -> Iterator[Problem]:
    for name, reading in parts.feeds.items():
        yield from name_problems(reading.layout.file, name)
        if reading.document and parts.fields.spec:
            yield from check_feed(reading.document, parts.fields.spec)


def _tags(parts: Parts) -> frozenset[str]:
    """Tags that smc.yaml declares and tags that steps set."""
    declared = parts.settings.spec.tags if parts.settings.spec else {}
    return frozenset(declared) | {
        tag for _, document in documents(parts.campaigns) for tag in tags_of(document.spec.steps)
    }


def _rules(parts: Parts) -> Iterator[Problem]:
    names = _rule_names(parts)
    if names is None:
        return
    yield from check_segments([document for _, document in documents(parts.segments)], names)
    yield from _cases(parts)[1]
    yield from _campaign_cases(parts)[1]
    for _, campaign in documents(parts.campaigns):
        for path, rule in rules_of(campaign.spec):
            yield from check_rule(campaign, path, rule, names)
        for path, row in rows_of(campaign.spec):
            yield from check_watched(campaign, path, row, names)
    for _, mailing in documents(parts.mailings):
        for path, row in rows_counted(mailing.spec):
            yield from check_watched(mailing, path, row, names)


def _rule_names(parts: Parts) -> Names | None:
    """What rules may refer to; None when a file that says so could not be read."""
    fields, metrics, rfm = parts.fields.spec, parts.metrics.spec, parts.rfm.spec
    if fields is None or metrics is None or rfm is None or not _names_are_known(parts):
        return None
    return Names(
        fields=fields, metrics=metrics, rfm=rfm, segments=_segment_names(parts), tags=_tags(parts),
        channels=_channels(parts), categories=_categories(parts), campaigns=_steps(parts), brought=_brought(parts),
        groups=frozenset(parts.promocodes.spec.groups if parts.promocodes.spec else ()),
        polls={name: questions_of(one.document.spec) if one.document else None for name, one in parts.polls.items()},
    )  # fmt: skip


def _steps(parts: Parts) -> dict[str, int]:
    """How many steps each campaign and mailing has; of one that could not be read any number is right."""
    several: tuple[Mapping[str, Reading[CampaignSpec] | Reading[MailingSpec]], ...] = (parts.campaigns, parts.mailings)
    return {
        **{stem: sys.maxsize for readings in several for stem, one in readings.items() if one.document is None},
        **{document.spec.id or stem: size(document.spec.steps) for stem, document in _texts(parts)},
    }


def _brought(parts: Parts) -> frozenset[str]:
    """Objects that feeds bring; one that could not be read may bring anything."""
    if any(reading.document is None for reading in parts.feeds.values()):
        return frozenset(OBJECTS)
    return frozenset(name for _, document in documents(parts.feeds) for name in document.spec.parts)


def _fed(parts: Parts) -> dict[str, frozenset[str]] | None:
    """By object the fields that feeds bring; None when a feed could not be read, or there is none yet."""
    feeds = [document.spec for _, document in documents(parts.feeds)]
    return fields_brought(feeds) if len(feeds) == len(parts.feeds) > 0 else None


def _cases(parts: Parts) -> tuple[dict[str, Case], list[Problem]]:
    fields = parts.fields.spec or FieldsSpec()
    return read_cases([document for _, document in documents(parts.segments)], _segment_names(parts), fields)


def _campaign_cases(parts: Parts) -> tuple[dict[str, CampaignCase], list[Problem]]:
    found = {document.spec.id or stem: document for stem, document in documents(parts.campaigns)}
    return read_nights(found, parts.fields.spec or FieldsSpec(), _cases(parts)[0])


def _campaigns(parts: Parts) -> Iterator[Problem]:
    yield from _identities(parts)
    if not _names_are_known(parts):
        return
    names = CampaignNames(
        segments=_segment_names(parts),
        templates=parts.template_names,
        letters=frozenset(name for name, one in parts.bodies.items() if one.is_letter),
        texts=frozenset(name for name, one in parts.bodies.items() if not one.is_letter),
        categories=_categories(parts),
        channels=_channels(parts),
        tags=_tags(parts),
        fields=parts.fields.spec,
        cells=frozenset(parts.rfm.spec.cells) if parts.rfm.spec else None,
        brought=_fed(parts),
        effects=_effects(parts),
    )
    yield from check_credits({document.spec.id or stem: document for stem, document in documents(parts.campaigns)})
    permitted = not parts.feeds or "subscription" in _brought(parts)
    for _, campaign in documents(parts.campaigns):
        yield from check_campaign(campaign, names)
        yield from check_contact(campaign, parts.settings.spec, parts.channels.spec, permitted=permitted)
        if parts.fields.spec and parts.metrics.spec:
            known = known_of(campaign.spec.trigger, watched_facts(parts.fields.spec))
            yield from check_texts(campaign, parts.fields.spec, parts.metrics.spec, known)
            yield from check_words(campaign, parts.fields.spec, parts.metrics.spec, known)
    for _, mailing in documents(parts.mailings):
        yield from check_mailing(mailing, names)
        yield from check_letters(mailing, mailing.file.parent.parent)
        if parts.fields.spec and parts.metrics.spec:
            yield from check_subjects(mailing, parts.fields.spec, parts.metrics.spec)
            yield from check_words(mailing, parts.fields.spec, parts.metrics.spec, TriggerData())
        yield from check_contact(mailing, parts.settings.spec, parts.channels.spec, permitted=permitted)


def _effects(parts: Parts) -> EffectNames:
    if parts.settings.spec is None or parts.fields.spec is None or parts.promocodes.spec is None:
        return EffectNames()
    return EffectNames.of(
        parts.settings.spec,
        parts.fields.spec,
        groups=parts.promocodes.spec.groups,
        coded=printing_codes(parts.bodies),
        polls=frozenset(parts.polls),
    )


def _texts(parts: Parts) -> Iterator[tuple[str, Document[CampaignSpec] | Document[MailingSpec]]]:
    yield from documents(parts.campaigns)
    yield from documents(parts.mailings)


def _identities(parts: Parts) -> Iterator[Problem]:
    """A message belongs to one campaign or mailing, so their ids are different from each other."""
    seen: dict[str, Path] = {}
    for stem, document in _texts(parts):
        name = document.spec.id or stem
        if document.spec.id is None:
            yield from name_problems(document.file, stem)
        if name in seen:
            place = document.place(("id",)) if document.spec.id else Place(document.file)
            other = f"{seen[name].parent.name}/{seen[name].name}"
            yield Problem(place, f"The id '{name}' is already that of {other}.", "Give one of them another 'id:'.")
        seen.setdefault(name, document.file)


def _templates(parts: Parts) -> Iterator[Problem]:
    fields, metrics = parts.fields.spec, parts.metrics.spec
    if fields is None or metrics is None:
        return
    users = used_by([document for _, document in _texts(parts)], fields)
    for name, document in documents(parts.templates):
        if template := parts.bodies.get(name):
            folder = document.file.parent
            files = {"html": folder / "body.html", "text": folder / "body.txt"}
            yield from check_template(document, template, files, fields, metrics, users.get(name))


def _names_are_known(parts: Parts) -> bool:
    """Whether a name that is not found is really not there, and not in a file that could not be read."""
    unread = any(
        reading.document is None and not reading.layout.keys(("segments",)) for reading in parts.segments.values()
    )
    misnamed = parts.misnamed & {"segments", "templates"}
    return (
        all(one.good for one in (parts.settings, parts.channels, parts.fields, parts.promocodes))
        and not unread
        and not misnamed
    )


def _segment_names(parts: Parts) -> frozenset[str]:
    """Names of all segments, those in files with mistakes too."""
    return frozenset(name for reading in parts.segments.values() for name in reading.layout.keys(("segments",)))


def _channels(parts: Parts) -> frozenset[str]:
    return frozenset(name for name, channel in parts.channels.spec or () if channel is not None)


def _categories(parts: Parts) -> frozenset[str]:
    return frozenset(parts.settings.spec.categories if parts.settings.spec else ())


def _informed(spec: CampaignSpec, polls: Mapping[str, PollSpec]) -> CampaignSpec:
    """With what its trigger has to know of other files."""
    known = spec.trigger.knowing(polls) if isinstance(spec.trigger, OnPoll) else spec.trigger
    return spec.model_copy(update={"trigger": known})


def _project(folder: Path, parts: Parts) -> Project:
    """Called when there are no problems, so everything is there."""
    settings, fields, metrics = parts.settings.spec, parts.fields.spec, parts.metrics.spec
    rfm, channels, duplicates = parts.rfm.spec, parts.channels.spec, parts.duplicates.spec
    if not (settings and fields and metrics and rfm and channels and duplicates and parts.promocodes.spec):
        raise AssertionError("a file without problems has a spec")
    polls = {name: document.spec for name, document in documents(parts.polls)}
    return Project(
        folder=folder,
        settings=settings,
        fields=fields,
        metrics=metrics,
        rfm=rfm,
        channels=channels,
        duplicates=duplicates,
        promocodes=parts.promocodes.spec,
        feeds={name: document.spec for name, document in documents(parts.feeds)},
        segments={
            name: spec
            for _, document in documents(parts.segments)
            for name, spec in document.spec.segments.items()
        },
        cases=_cases(parts)[0],
        campaigns={
            document.spec.id or name: _informed(document.spec, polls) for name, document in documents(parts.campaigns)
        },
        campaign_cases=_campaign_cases(parts)[0],
        mailings={document.spec.id or name: document.spec for name, document in documents(parts.mailings)},
        polls=polls,
        templates=parts.bodies,
    )  # fmt: skip
