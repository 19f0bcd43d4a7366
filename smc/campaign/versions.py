"""Versions of campaigns: a customer in flight keeps the text that he entered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256

from smc.campaign.tables import query
from smc.config.specs.campaign import CampaignSpec, MailingSpec, canonical
from smc.warehouse import Warehouse

Spec = CampaignSpec | MailingSpec


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a campaign or mailing. ``on_since``: the first day since when it is switched on without a gap."""

    campaign: str
    version: int
    spec: Spec
    on_since: date

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
    rows = warehouse.rows(query("in_flight"))
    return [Version(campaign, version, read(kind, spec), date.min) for campaign, version, kind, spec in rows]


def missed_versions(warehouse: Warehouse) -> list[Version]:
    """The versions that have messages on their way."""
    rows = warehouse.rows(query("missed_versions"))
    return [Version(campaign, version, read(kind, spec), date.min) for campaign, version, kind, spec in rows]


def read(kind: str, text: str) -> Spec:
    """A text as it was written down."""
    data = json.loads(text, parse_float=Decimal)
    return MailingSpec.model_validate(data) if kind == "mailing" else CampaignSpec.model_validate(data)
