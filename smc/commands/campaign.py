"""smc campaign: list, show, graph, diff."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, known, load
from smc.errors import UsageError, writing

if TYPE_CHECKING:
    from smc.report.change import Changed

app = typer.Typer(help="Look at campaigns. Figures come from the last published run.", no_args_is_help=True)

CampaignName = Annotated[str, typer.Argument(help="Id of a campaign in campaigns/*.yaml.")]


@app.command("list")
def list_(project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """Every campaign: whether it is switched on, who entered, who is inside, and what was planned.

    Example: smc campaign list --json
    """
    from smc import pipeline
    from smc.report.campaigns import overview

    loaded = load(project)
    with pipeline.open_published(loaded) as warehouse:
        rows = overview(warehouse, loaded.campaigns)
    console.table(rows, title="Campaigns", as_json=as_json)


@app.command()
def show(name: CampaignName, project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """One campaign: its trigger and the tree of its steps, with how many reached each and how many are there now.

    Steps are counted for the present text; customers who entered an earlier one are counted in the report.

    Example: smc campaign show welcome
    """
    from smc import pipeline
    from smc.report.campaigns import show as shown

    loaded = load(project)
    known("campaign", name, loaded.campaigns)
    titles = {segment: spec.title for segment, spec in loaded.segments.items()}
    with pipeline.open_published(loaded) as warehouse:
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


@app.command()
def graph(
    name: CampaignName,
    project: ProjectFolder = HERE,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write a picture to this file.")] = None,
    as_json: Json = False,
) -> None:
    """The tree of a campaign with who went which way: as text, or with --svg as a picture.

    Who reached a step, who stands there, and what share took each branch are counted for the present text.

    Example: smc campaign graph welcome --svg welcome.svg
    """
    from smc import pipeline
    from smc.report import graph as graphs

    loaded = load(project)
    known("campaign", name, loaded.campaigns)
    titles = {segment: spec.title for segment, spec in loaded.segments.items()}
    with pipeline.open_published(loaded) as warehouse:
        as_of = pipeline.moment_of(loaded, None).as_of
        found = graphs.graph(warehouse, name, loaded.campaigns[name], segments=titles, as_of=as_of)
    if svg is not None:
        from smc.report.picture import svg as drawn

        with writing(svg, "the picture", UsageError, remedy="Name a file in a folder that you may write to."):
            svg.write_text(drawn(found), encoding="utf-8")
    if as_json:
        console.card({"name": name, **graphs.as_data(found)}, as_json=True)
        return
    if svg is not None:
        console.line(f"The picture is {svg}.")
        return
    for line in graphs.lines(found):
        console.line(line)
    if found.counts is None:
        console.note("This text has not run yet, so nobody is counted.")


@app.command()
def diff(
    name: Annotated[str | None, typer.Argument(help="Id of a campaign; without it all that have changed.")] = None,
    project: ProjectFolder = HERE,
    as_json: Json = False,
) -> None:
    """What the campaigns as they are written now change against the last run, and for whom.

    Settings, steps that came, went or became others, and who is in flight: they keep the version that they entered.

    Example: smc campaign diff welcome
    """
    from smc import pipeline
    from smc.report.change import changes

    loaded = load(project)
    titles = {segment: spec.title for segment, spec in loaded.segments.items()}
    with pipeline.open_published(loaded) as warehouse:
        found = changes(
            warehouse, loaded.campaigns, segments=titles, templates=frozenset(loaded.templates),
            as_of=pipeline.moment_of(loaded, None).as_of,
        )  # fmt: skip
    if name is not None and name not in {one.name for one in found}:
        known("campaign", name, loaded.campaigns)
    shown = [one for one in found if one.name == name or (name is None and one.noteworthy)]
    if as_json:
        console.table([asdict(one) | {"says": one.says} for one in shown], as_json=True)
        return
    for one in shown:
        _show_change(one)
    if not shown:
        console.line("No campaign has changed since the last run.")


def _show_change(one: Changed) -> None:
    console.line(f"{one.name}: {one.says}")
    if one.settings:
        console.table([asdict(setting) for setting in one.settings], title="Settings")
    if one.steps:
        console.table([asdict(step) for step in one.steps], title="Steps")
    if one.standing:
        rows = [
            {"version": at.version, "before step": at.step, "customers": at.customers, "first due": at.first_due,
             "templates that are gone": ", ".join(at.missing)}
            for at in one.standing
        ]  # fmt: skip
        console.table(rows, title="In flight")
