"""smc calendar: what is going to be sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, day, load


def calendar(
    project: ProjectFolder = HERE,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days to show.")] = 14,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="First day, YYYY-MM-DD. Default: that after the last night.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """What is ahead by day: mailings, campaigns with whom their triggers will find, and steps that are due.

    It is what the last published data says: mailings and fixed days count who is in the segment now, days since a
    receipt who it will be unless he buys. Nobody knows receipts and visits that are still to come. Consent, caps and
    control groups are not in it: smc plan has them for the next night.

    Example: smc calendar --days 30
    """
    from smc.pipeline.calendar import calendar as ahead

    console.table(ahead(load(project), day(since), days), title="Ahead", as_json=as_json)
