"""Which rows campaigns wait for, and on which days: the segment stage finds them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.step import Path, WaitForStep, every
from smc.config.specs.watch import Row, Watched
from smc.config.watch import Watch


def rows_of(spec: CampaignSpec) -> Iterator[tuple[Path, Row]]:
    """Every row that the text of a campaign waits for, with its place in the YAML."""
    if isinstance(spec.trigger, Watched):
        yield ("trigger", *type(spec.trigger).model_fields), spec.trigger.row
    for key, aimed in (("exit_when", spec.exit_when), ("goal", spec.goal)):
        if aimed is not None and aimed.happens is not None:
            yield (key, "happens", *type(aimed.happens).model_fields), aimed.happens.row
    for path, step in every(spec.steps):
        if isinstance(step, WaitForStep):
            where = step.wait_for.where
            yield (*path, "wait_for", "where", *type(where).model_fields), where.row


def inside(spec: CampaignSpec | MailingSpec, as_of: date) -> Iterator[Watch]:
    """What those wait for who are inside, and what ends their stay: rows of the days that are caught up, yesterday's at
    least, for they may have come after the last run."""
    if isinstance(spec, CampaignSpec):
        since = as_of - timedelta(days=max(spec.look_back, 1))
        yield from (Watch(row, since, as_of) for path, row in rows_of(spec) if path[0] != "trigger")


def entering(spec: CampaignSpec, as_of: date) -> Iterator[Watch]:
    """What lets customers in."""
    if isinstance(spec.trigger, Watched):
        before = timedelta(days=spec.look_back + spec.trigger.days_before)
        yield Watch(spec.trigger.row, as_of - before, as_of)
