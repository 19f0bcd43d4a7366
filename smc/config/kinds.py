"""The kinds of YAML file in a project: where each lies, what it is called, and the spec it is read into."""

from __future__ import annotations

from dataclasses import dataclass

from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec, MailingSpec, TemplateSpec
from smc.config.specs.duplicates import DuplicatesSpec
from smc.config.specs.feed import FeedSpec
from smc.config.specs.poll import PollSpec
from smc.config.specs.project import ChannelsSpec, FieldsSpec, MetricsSpec, ProjectSpec, RfmSpec
from smc.config.specs.promocode import PromocodesSpec
from smc.config.specs.rule import SegmentsSpec


@dataclass(frozen=True, slots=True)
class Kind:
    """``pattern`` is relative to the project's folder; ``name`` names the JSON Schema."""

    name: str
    spec: type[Spec]
    pattern: str


KINDS = (
    Kind("project", ProjectSpec, "smc.yaml"),
    Kind("fields", FieldsSpec, "fields.yaml"),
    Kind("metrics", MetricsSpec, "metrics.yaml"),
    Kind("rfm", RfmSpec, "rfm.yaml"),
    Kind("channels", ChannelsSpec, "channels.yaml"),
    Kind("duplicates", DuplicatesSpec, "duplicates.yaml"),
    Kind("promocodes", PromocodesSpec, "promocodes.yaml"),
    Kind("feed", FeedSpec, "feeds/*.yaml"),
    Kind("segments", SegmentsSpec, "segments/*.yaml"),
    Kind("campaign", CampaignSpec, "campaigns/*.yaml"),
    Kind("mailing", MailingSpec, "mailings/*.yaml"),
    Kind("poll", PollSpec, "polls/*.yaml"),
    Kind("template", TemplateSpec, "templates/*/template.yaml"),
)

SINGLE = tuple(kind.pattern for kind in KINDS if "/" not in kind.pattern)
FOLDERS = ("feeds", "segments", "campaigns", "mailings", "polls", "templates")
