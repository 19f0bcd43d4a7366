"""Campaigns and mailings as the report knows them: today's YAML, and the stored versions that customers entered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from smc.config.specs.attribution import DAYS, Attributed, Attribution, attribution_of
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.comparison import Window
from smc.report.words import StepText, steps_in_words, trigger_words
from smc.report.words_attribution import time_words, window_words

Kind = Literal["campaign", "mailing"]
_ATTRIBUTED: TypeAdapter[int | Literal["none"] | Attribution] = TypeAdapter(Attributed)


@dataclass(frozen=True, slots=True)
class Version:
    """The steps of one stored version; a mailing has none."""

    number: int
    valid_from: date
    steps: tuple[StepText, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """A campaign or a mailing. ``attribution``: which receipts count for it, None for none; ``trigger`` says in words
    when it starts."""

    kind: Kind
    name: str
    title: str
    category: str
    attribution: Attribution | None
    trigger: str
    active: bool
    versions: tuple[Version, ...]

    @property
    def window(self) -> str:
        """Which receipts count, in words."""
        return window_words(self.attribution)


def programmes(
    stored: Sequence[Mapping[str, Any]],
    campaigns: Mapping[str, CampaignSpec],
    mailings: Mapping[str, MailingSpec],
    segments: Mapping[str, str],
) -> tuple[Programme, ...]:
    """All that the project has or had, by kind and title. Today's YAML wins over the last stored version."""
    specs: dict[tuple[Kind, str], Mapping[str, Any]] = {}
    versions: dict[tuple[Kind, str], list[Version]] = {}
    for row in stored:
        key = (row["kind"], row["campaign"])
        spec = json.loads(row["spec"])
        specs[key] = {**spec, "active": False}
        steps = steps_in_words(spec.get("steps") or (), segments)
        versions.setdefault(key, []).insert(0, Version(row["version"], row["valid_from"], steps))
    for name, campaign in campaigns.items():
        specs["campaign", campaign.id or name] = _json(campaign)
    for name, mailing in mailings.items():
        specs["mailing", mailing.id or name] = _json(mailing)
    found = [_programme(kind, name, spec, versions.get((kind, name), []), segments)
             for (kind, name), spec in specs.items()]  # fmt: skip
    return tuple(sorted(found, key=lambda item: (item.kind, item.title, item.name)))


def _json(spec: CampaignSpec | MailingSpec) -> Mapping[str, Any]:
    plain: dict[str, Any] = spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    return plain


def _programme(
    kind: Kind, name: str, spec: Mapping[str, Any], versions: Sequence[Version], segments: Mapping[str, str]
) -> Programme:
    if kind == "campaign":
        trigger = trigger_words(spec.get("trigger") or {}, segments)
    else:
        audience = spec.get("audience", "")
        trigger = f"On {spec.get('send_on')}, to the segment “{segments.get(audience, audience)}”{_bought(spec)}."
    return Programme(
        kind, name, str(spec.get("title") or name), str(spec.get("category") or ""), _attribution(spec),
        trigger, bool(spec.get("active", spec.get("status", "active") == "active")), tuple(versions),
    )  # fmt: skip


def _attribution(spec: Mapping[str, Any]) -> Attribution | None:
    """That of a text which today's smc cannot read is the usual one."""
    try:
        return attribution_of(_ATTRIBUTED.validate_python(spec.get("attribution") or DAYS))
    except ValidationError:
        return attribution_of(DAYS)


def _bought(spec: Mapping[str, Any]) -> str:
    """Of an audience who must have bought."""
    try:
        return f", who bought {time_words(Window.model_validate(spec['bought']))}" if spec.get("bought") else ""
    except ValidationError:
        return ""
