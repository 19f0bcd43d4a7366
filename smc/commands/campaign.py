"""smc campaign: list, show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, load
from smc.errors import UsageError

if TYPE_CHECKING:
    from smc.project import Project
    from smc.warehouse import Warehouse

app = typer.Typer(help="Look at campaigns. Figures come from the last published run.", no_args_is_help=True)

CampaignName = Annotated[str, typer.Argument(help="Id of a campaign in campaigns/*.yaml.")]


@app.command("list")
def list_(project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """Every campaign: whether it is switched on, who entered, who is inside, and what was planned.

    Example: smc campaign list --json
    """
    from smc.report.campaigns import overview

    loaded = load(project)
    with _published(loaded) as warehouse:
        rows = overview(warehouse, "campaign", loaded.campaigns)
    console.table(rows, title="Campaigns", as_json=as_json)


@app.command()
def show(name: CampaignName, project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """One campaign: its trigger and the tree of its steps, with how many reached each and how many are there now.

    Steps are counted for the present text; customers who entered an earlier one are counted in the report.

    Example: smc campaign show welcome
    """
    from smc import pipeline
    from smc.config.problem import nearest
    from smc.report.campaigns import show as shown

    loaded = load(project)
    if name not in loaded.campaigns:
        raise UsageError(f"there is no campaign '{name}'", remedy=nearest(name, loaded.campaigns))
    titles = {segment: spec.title for segment, spec in loaded.segments.items()}
    with _published(loaded) as warehouse:
        as_of = pipeline.moment_of(loaded, None).as_of
        found = shown(warehouse, name, loaded.campaigns[name], segments=titles, as_of=as_of)
    if as_json:
        tables = {"steps": list(found.steps), "lost": list(found.lost)}
        console.card({**found.about, "counted_version": found.counted, **tables}, as_json=True)
        return
    console.card(found.about)
    console.table(found.steps, title="Steps")
    if found.lost:
        console.table(found.lost, title="Messages that found no room under a cap")
    if found.counted is None:
        console.note("This text has not run yet, so nobody is counted at its steps.")


@contextmanager
def _published(project: Project) -> Iterator[Warehouse | None]:
    """The snapshot; None before the first run."""
    from smc import pipeline

    if not project.path(project.settings.warehouse.snapshot).exists():
        yield None
        return
    with pipeline.open_snapshot(project) as warehouse:
        yield warehouse
