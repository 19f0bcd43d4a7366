"""smc mailing: list, show."""

from __future__ import annotations

from typing import Annotated

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, known, load

app = typer.Typer(help="Look at mailings. Figures come from the last published run.", no_args_is_help=True)

MailingName = Annotated[str, typer.Argument(help="Id of a mailing in mailings/*.yaml.")]


@app.command("list")
def list_(project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """Every mailing: its day, its audience as it is now, and what was planned.

    Example: smc mailing list --json
    """
    from smc import pipeline
    from smc.report.mailings import overview

    loaded = load(project)
    with pipeline.open_published(loaded) as warehouse:
        rows = overview(warehouse, loaded.mailings)
    console.table(rows, title="Mailings", as_json=as_json)


@app.command()
def show(name: MailingName, project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """One mailing: its settings, its audience as it is now, and its messages by state and reason.

    Example: smc mailing show new_year
    """
    from smc import pipeline
    from smc.report.mailings import show as shown

    loaded = load(project)
    known("mailing", name, loaded.mailings)
    titles = {segment: spec.title for segment, spec in loaded.segments.items()}
    with pipeline.open_published(loaded) as warehouse:
        found = shown(warehouse, name, loaded.mailings[name], segments=titles, send_at=loaded.settings.send_at)
    if as_json:
        console.card({**found.about, "states": list(found.states), "variants": list(found.variants)}, as_json=True)
        return
    console.card(found.about)
    if found.variants:
        console.table(found.variants, title="Variants")
    console.table(found.states, title="Messages")
