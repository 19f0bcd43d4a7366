"""smc plan: what the night would do, without doing it."""

from __future__ import annotations

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, load
from smc.commands.options import day as day_of


def plan(project: ProjectFolder = HERE, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show who would get what and why not, per campaign and mailing. Nothing is written and nothing is sent.

    It works on a copy of the last published data, so it may be used while a run is at work.
    """
    from smc import pipeline
    from smc.campaign.plan import overview

    with (
        console.progress() as say,
        pipeline.preview(load(project), as_of=day_of(as_of), progress=say) as session,
    ):
        rows = overview(session.warehouse, session.moment.as_of)
        planned_for = session.moment.as_of
    console.table(rows, title=f"Plan for {planned_for}", as_json=as_json)
    for text in session.notes:
        console.note(text)
