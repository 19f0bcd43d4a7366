"""smc mailing: list, show, copy, pause, resume."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, day, known, load

app = typer.Typer(help="Look at mailings, copy, pause and resume them.", no_args_is_help=True)

MailingName = Annotated[str, typer.Argument(help="Id of a mailing in mailings/*.yaml.")]


@app.command("list")
def list_(project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """Every mailing: how far it is, its day, its audience as it is now, and what was planned.

    Example: smc mailing list --json
    """
    from smc import pipeline
    from smc.pipeline.queued import queued
    from smc.report.mailings import overview

    loaded = load(project)
    with pipeline.open_published(loaded) as warehouse:
        rows = overview(warehouse, loaded.mailings, queued(loaded))
    console.table(rows, title="Mailings", as_json=as_json)


@app.command()
def show(name: MailingName, project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """One mailing: its settings, its audience as it is now, and its messages by state and reason.

    Example: smc mailing show new_year
    """
    from smc import pipeline
    from smc.pipeline.queued import queued
    from smc.report.mailings import show as shown

    loaded = load(project)
    known("mailing", name, loaded.mailings)
    titles = {segment: spec.title for segment, spec in loaded.segments.items()}
    with pipeline.open_published(loaded) as warehouse:
        found = shown(
            warehouse, name, loaded.mailings[name], segments=titles, send_at=loaded.settings.send_at,
            queued=queued(loaded),
        )  # fmt: skip
    if as_json:
        console.card({**found.about, "states": list(found.states), "variants": list(found.variants)}, as_json=True)
        return
    console.card(found.about)
    if found.variants:
        console.table(found.variants, title="Variants")
    console.table(found.states, title="Messages")


@app.command()
def copy(
    name: MailingName,
    new: Annotated[str, typer.Argument(help="Id of the copy.")],
    project: ProjectFolder = HERE,
    send_on: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="Day of the copy. Default: that of the mailing."),
    ] = None,
) -> None:
    """Copy a mailing into a file of its own, as a draft. Nothing is overwritten.

    Its salts are new, so groups and variants are drawn anew. Nobody gets a draft until you write status: active.

    Example: smc mailing copy new_year spring --send-on 2027-03-01
    """
    from smc.mailing_file import copy as copied

    known("mailing", name, load(project).mailings)
    made = copied(project, name, new, day(send_on)).relative_to(project)
    console.line(f"{made.as_posix()} is a draft. Look at it, then write status: active.")


@app.command()
def pause(name: MailingName, project: ProjectFolder = HERE) -> None:
    """Let a mailing stand still: nobody enters, and nothing leaves that has not left. A sender at work stops with it.

    It writes status: paused into the file of the mailing, so the change can be reviewed like every other.

    Example: smc mailing pause new_year
    """
    _switch(name, project, "paused")


@app.command()
def resume(name: MailingName, project: ProjectFolder = HERE) -> None:
    """Let a paused mailing go on: what has not expired leaves. It writes status: active into its file.

    Example: smc mailing resume new_year
    """
    _switch(name, project, "active")


def _switch(name: str, project: Path, status: Literal["active", "paused"]) -> None:
    from smc.mailing_file import switch

    changed = switch(project, name, status)
    console.line(f"{name} is {status}{'' if changed else ', as it was'}.")
