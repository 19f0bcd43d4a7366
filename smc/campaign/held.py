"""Campaigns that do nothing in a night, for their text names what is not there: a product, a store, another mailing.

Only they are harmed: nobody enters, and who is inside stands still until the name is known or corrected. What rules and
rows name is looked up by the segment stage, which leaves what is wrong in rule_problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smc.campaign.check import rules_of
from smc.campaign.watches import rows_of
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.rule import rule_key
from smc.warehouse import Warehouse


def held(warehouse: Warehouse, campaigns: Mapping[str, CampaignSpec]) -> dict[str, str]:
    """Behind the segment stage: of the campaigns that are switched on those that do nothing, and why."""
    problems: dict[str, str] = dict(warehouse.rows("select rule, problem from rule_problem"))
    if not problems:
        return {}
    told = {
        name: dict.fromkeys(problems[key] for key in _keys(spec) if key in problems)
        for name, spec in campaigns.items()
        if spec.active
    }
    return {name: "; ".join(reasons) for name, reasons in told.items() if reasons}


def _keys(spec: CampaignSpec) -> Iterator[str]:
    yield from (rule_key(rule) for _, rule in rules_of(spec))
    yield from (row.key for _, row in rows_of(spec))
