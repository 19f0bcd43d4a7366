"""Campaigns that give what lets customers into them again, without an end. Light imports only: validation reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from smc.config.document import Document
from smc.config.problem import Problem
from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.effect import BonusesStep, PointsStep
from smc.config.specs.step import every
from smc.config.specs.trigger_day import Credit, Credited

_ANY = Decimal("Infinity")
"""What a percentage of a total may come to."""


@dataclass(frozen=True, slots=True)
class _Fed:
    """A campaign that credits let in, what it asks for, and the most that it gives of each kind."""

    doc: Document[CampaignSpec]
    asks: Credit
    gives: Mapping[str, Decimal]

    def feeds(self, other: _Fed) -> bool:
        given = self.gives.get(other.asks.kind, Decimal(0))
        return given > 0 and given >= (other.asks.at_least or 0)


def check_credits(campaigns: Mapping[str, Document[CampaignSpec]]) -> Iterator[Problem]:
    """Circles of campaigns that are switched on, by their ids. Who enters but once ends a circle."""
    fed = {name: found for name, doc in campaigns.items() if (found := _fed(doc)) is not None}
    for name, one in fed.items():
        way = _way_back(fed, name)
        if way is None:
            continue
        by = f", by way of {' and '.join(repr(other) for other in way)}" if way else ""
        yield one.doc.problem(
            ("trigger", "credited"), f"what this campaign gives lets its customers in again{by}, without an end",
            "Write 're_entry: never', or ask with at_least for more than is given.",
        )  # fmt: skip


def _fed(doc: Document[CampaignSpec]) -> _Fed | None:
    spec = doc.spec
    if not isinstance(spec.trigger, Credited) or not spec.active or spec.re_entry == "never":
        return None
    gives: dict[str, Decimal] = {}
    for _, step in every(spec.steps):
        match step:
            case PointsStep(points=points):
                gives["points"] = gives.get("points", Decimal(0)) + points.amount
            case BonusesStep(bonuses=bonuses):
                given = _ANY if bonuses.amount is None else bonuses.amount
                gives["bonuses"] = gives.get("bonuses", Decimal(0)) + given
            case _:
                pass
    return _Fed(doc, spec.trigger.credited, gives)


def _way_back(fed: Mapping[str, _Fed], start: str) -> list[str] | None:
    """The campaigns between ``start`` and itself, the fewest; None when there is no way back."""
    ways: list[list[str]] = [[]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        at = fed[way[-1] if way else start]
        if at.feeds(fed[start]):
            return way
        for name in sorted(fed.keys() - seen - {start}):
            if at.feeds(fed[name]):
                seen.add(name)
                ways.append([*way, name])
    return None
