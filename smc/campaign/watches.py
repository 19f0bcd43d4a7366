"""Which rows campaigns wait for, and on which days: the segment stage finds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from smc.config.specs.attribution import attribution_of
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.rule import only_key
from smc.config.specs.step import Path, WaitForStep, every
from smc.config.specs.trigger_change import interest_of
from smc.config.specs.watch import Row, Watched
from smc.config.watch import Watch

LATE = 30
"""Days behind the end of a goal in which late rows are still looked at; no look-back is longer."""


def rows_of(spec: CampaignSpec) -> Iterator[tuple[Path, Row]]:
    """Every row that the text of a campaign waits for, with its place in the YAML; and one of the products that its
    trigger names, so that names that are not there are found as those of rows are."""
    if (goods := _goods(spec)) is not None:
        yield ("trigger", only_key(spec.trigger) or "", "of"), goods
    if isinstance(spec.trigger, Watched):
        yield ("trigger", *type(spec.trigger).model_fields), spec.trigger.row
    for key, aimed in (("exit_when", spec.exit_when), ("goal", spec.goal)):
        if aimed is not None and aimed.happens is not None:
            yield (key, "happens", *type(aimed.happens).model_fields), aimed.happens.row
    for path, step in every(spec.steps):
        if isinstance(step, WaitForStep):
            where = step.wait_for.where
            yield (*path, "wait_for", "where", *type(where).model_fields), where.row


def rows_counted(spec: MailingSpec) -> Iterator[tuple[Path, Row]]:
    """What the receipts must be that count for a mailing, with its place in the YAML."""
    asked = attribution_of(spec.attribution)
    for path, row in asked.receipts.parts if asked and asked.receipts else ():
        yield ("attribution", "receipts", *path), row


@dataclass(frozen=True, slots=True)
class Open:
    """The first days that matter to those who wait for a row, who are inside, and whose goal is open; None: nobody."""

    waits: date | None = None
    stays: date | None = None
    goals: date | None = None


def inside(spec: CampaignSpec | MailingSpec, as_of: date, known: Open) -> Iterator[Watch]:
    """What those wait for who are inside, and what ends their stay: all rows that may count, and for those who enter
    tonight the rows of the days that are caught up."""
    if not isinstance(spec, CampaignSpec):
        return
    before = spec.trigger.days_before if isinstance(spec.trigger, Watched) else 0
    tonight = as_of - timedelta(days=max(spec.look_back + before, 1))
    since = {"exit_when": known.stays, "goal": known.goals}
    for path, row in rows_of(spec):
        if path[0] != "trigger":
            yield Watch(row, min(tonight, since.get(str(path[0]), known.waits) or tonight), as_of)


def present_watches(spec: CampaignSpec, as_of: date, known: Open) -> Iterator[Watch]:
    """What a present text waits for. While it is switched off that is its goal, for those who entered before."""
    if spec.active:
        yield from (*entering(spec, as_of), *inside(spec, as_of, known))
    else:
        yield from inside(spec.model_copy(update={"steps": (), "exit_when": None}), as_of, known)


def entering(spec: CampaignSpec, as_of: date) -> Iterator[Watch]:
    """What lets customers in."""
    if isinstance(spec.trigger, Watched):
        before = timedelta(days=spec.look_back + spec.trigger.days_before)
        yield Watch(spec.trigger.row, as_of - before, as_of)
    if (goods := _goods(spec)) is not None:
        yield Watch(goods, as_of, as_of)


def _goods(spec: CampaignSpec) -> Row | None:
    of = interest_of(spec.trigger)
    return of.goods if of is not None else None
