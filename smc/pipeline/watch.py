"""Rows that campaigns wait for, found between the segments and the campaigns."""

from __future__ import annotations

from smc.pipeline.session import Session


def watch(session: Session) -> None:
    """Rows that campaigns wait for: the segment stage alone knows how conditions on rows are read."""
    from smc.campaign.plan import watches_needed
    from smc.segment.watch import find_watched

    project, as_of = session.project, session.moment.as_of
    present, old = watches_needed(session.warehouse, project.campaigns, as_of)
    found = find_watched(
        session.warehouse, present, old,
        fields=project.fields, metrics=project.metrics, as_of=as_of, defined=project.defined,
    )  # fmt: skip
    session.failures.extend(
        f"a row that an earlier campaign text waits for is no longer known, nobody will find it: {problem}"
        for problem in found.problems
    )
