"""Since when rows matter to those who entered campaigns before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from smc.campaign.tables import columns, query
from smc.campaign.watches import LATE, Open
from smc.config.specs.campaign import CampaignSpec
from smc.warehouse import Warehouse


def open_since(warehouse: Warehouse, campaigns: Mapping[str, CampaignSpec], as_of: date) -> dict[str, Open]:
    """By campaign, of those who entered before; a campaign that nobody is inside of is not there."""
    aimed = [(name, spec.attribution) for name, spec in campaigns.items() if spec.goal is not None]
    rows = warehouse.rows(query("open_since"), **columns(aimed, "campaigns", "days"), late=LATE, as_of=as_of)
    return {campaign: Open(*days) for campaign, *days in rows}
