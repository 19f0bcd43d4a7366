"""Versions of campaigns: a customer in flight keeps the text that he entered.

A kept text is read by the language of today. What decides nothing for who is inside is left out where it is not
understood. Of a text that says more that is not understood nothing is done, for half of it could reach more people than
the whole: its customers leave at their next step, and the night says so. Messages on their way go by as many of its
settings as are understood.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, cast

from pydantic import ValidationError

from smc.campaign.tables import query
from smc.config.specs.campaign import CampaignSpec, MailingSpec, canonical
from smc.warehouse import Warehouse

Spec = CampaignSpec | MailingSpec
NOT_UNDERSTOOD = "text no longer valid"
"""Why customers leave whose text says what the language does not know any more."""
_OF_ENTERING = frozenset({
    "id", "title", "valid_from", "valid_to", "look_back", "re_entry", "concurrent", "limit", "attribution", "goal",
})  # fmt: skip
"""Settings that decide nothing for who is inside; the goal is that of the present text."""
_OF_MESSAGES = (
    "category", "priority", "send_at", "clock", "window", "if_missed", "control_group", "global_control",
)  # fmt: skip
"""Settings that messages on their way go by."""


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a campaign or mailing. ``on_since``: the first day since when it is switched on without a gap.

    ``understood``: False for a kept text of which the language of today does not know everything; its steps let out.
    """

    campaign: str
    version: int
    spec: Spec
    on_since: date
    understood: bool = True

    @property
    def kind(self) -> str:
        return "mailing" if isinstance(self.spec, MailingSpec) else "campaign"


def record(warehouse: Warehouse, specs: Mapping[str, Spec], as_of: date) -> list[Version]:
    """Write down specs that are new or changed, and since when they are switched on; the present version of each."""
    active = sorted(campaign for campaign, spec in specs.items() if spec.active)
    warehouse.run(query("forget_switched_off"), active=active)
    warehouse.run(query("note_switched_on"), active=active, as_of=as_of)
    latest = {row[0]: row[1:] for row in warehouse.rows(query("latest_versions"))}
    present = []
    for campaign, spec in sorted(specs.items()):
        text = canonical(spec)
        digest = sha256(text.encode()).hexdigest()
        number, known, on_since = latest.get(campaign, (0, None, None))
        if digest != known:
            number += 1
            kind = "mailing" if isinstance(spec, MailingSpec) else "campaign"
            warehouse.run(
                "insert into campaign_version values ($campaign, $kind, $version, $sha256, $spec, $valid_from)",
                campaign=campaign, kind=kind, version=number, sha256=digest, spec=text, valid_from=as_of,
            )  # fmt: skip
        present.append(Version(campaign, number, spec, on_since or as_of))
    return present


def in_flight(warehouse: Warehouse) -> list[Version]:
    """The versions that customers are inside of, as they were written down."""
    return [_kept(*row) for row in warehouse.rows(query("in_flight"))]


def missed_versions(warehouse: Warehouse) -> list[Version]:
    """The versions that have messages on their way."""
    return [_kept(*row) for row in warehouse.rows(query("missed_versions"))]


def read(kind: str, text: str) -> Spec | None:
    """A text as it was written down, by the language of today; None when more is not understood than what decides
    nothing for who is inside."""
    data: dict[str, Any] = json.loads(text, parse_float=Decimal)
    model = MailingSpec if kind == "mailing" else CampaignSpec
    free = _OF_ENTERING - {"limit"} if model is MailingSpec else _OF_ENTERING  # of a mailing it bounds the messages
    try:
        return model.model_validate({"title": "", **data})
    except ValidationError as error:
        wrong = free & {str(one["loc"][0]) for one in error.errors() if one["loc"]}
        return _read(model, {key: one for key, one in data.items() if key not in wrong})


def _kept(campaign: str, version: int, kind: str, text: str, steps: int) -> Version:
    """``steps``: the furthest step that anybody stands at."""
    spec = read(kind, text)
    if spec is None:
        way_out = _way_out(json.loads(text, parse_float=Decimal), steps)
        return Version(campaign, version, way_out, date.min, understood=False)
    return Version(campaign, version, spec, date.min)


def _read(model: type[Spec], data: Mapping[str, Any]) -> Spec | None:
    try:
        return model.model_validate({"title": "", **data})
    except ValidationError:
        return None


def _way_out(data: Mapping[str, Any], steps: int) -> CampaignSpec:
    """A text whose steps let everyone out, with the settings that are understood."""
    found: dict[str, Any] = {"title": "", "category": "unknown", "trigger": {"registered": {}}}
    found["steps"] = [{"exit": NOT_UNDERSTOOD}] * max(steps, 1)
    spec = CampaignSpec.model_validate(found)
    for key in _OF_MESSAGES:
        if key in data and (more := _read(CampaignSpec, {**found, key: data[key]})) is not None:
            found[key], spec = data[key], cast("CampaignSpec", more)
    return spec
