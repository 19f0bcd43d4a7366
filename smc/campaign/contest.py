"""Mailings whose contents are tried on a part of the audience: which content the rest gets.

The choice is made once for a text of a mailing, in the run in which the first of the rest come to it, and kept in
``variant_score`` with the figures that it was made by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from smc.campaign.program import Program
from smc.campaign.tables import columns, query
from smc.campaign.versions import Version, read
from smc.config.specs.campaign import MailingSpec
from smc.config.specs.variant import Winner
from smc.warehouse import Warehouse

_COLUMNS = ("campaigns", "versions", "steps", "places", "variants", "tried_steps", "measures", "at_least")


def contests(programs: Sequence[tuple[Version, Program]]) -> dict[str, list[object]]:
    """The rows of ``contest``: one for each variant of each text that has a winner."""
    rows = [row for version, text in programs for row in _contest(version, text)]
    return columns(rows, *_COLUMNS)


def _contest(version: Version, text: Program) -> Iterator[tuple[object, ...]]:
    spec, winner = version.spec, _winner(version)
    if not isinstance(spec, MailingSpec) or winner is None:
        return
    contest = next(line.step for line in text.instructions if line.action == "contest")
    for place, send in enumerate(one for one in spec.sends if not one.won):
        yield (
            version.campaign, version.version, contest, place, send.variant, send.step, winner.by, winner.at_least
        )  # fmt: skip


def _winner(version: Version) -> Winner | None:
    spec = version.spec
    return spec.variants.winner if isinstance(spec, MailingSpec) and spec.variants else None


def variants_planned(warehouse: Warehouse, as_of: date) -> list[dict[str, Any]]:
    """Behind the campaign stage: messages of the day by variant, those that go and those that do not."""
    found = [(name, version, read(kind, spec)) for name, version, kind, spec in
             warehouse.rows(query("mailings_planned"), as_of=as_of)]  # fmt: skip
    rows = [
        (name, version, send.step, f"{send.variant}, the winner" if send.won else send.variant)
        for name, version, spec in found
        if isinstance(spec, MailingSpec) and spec.variants
        for send in spec.sends
    ]
    counted = columns(rows, "campaigns", "versions", "steps", "variants")
    return warehouse.records(query("variants_planned"), **counted, as_of=as_of) if rows else []
