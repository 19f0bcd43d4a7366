"""smc segment: list, count, show, export."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, SeenOn, Wait, day, load
from smc.commands.run import execute
from smc.errors import UsageError

if TYPE_CHECKING:
    from smc.project import Project

app = typer.Typer(help="Look at segments. Figures come from the last published run.", no_args_is_help=True)

SegmentName = Annotated[str, typer.Argument(help="Name of a segment in segments/*.yaml.")]


@app.command("list")
def list_(project: ProjectFolder = HERE, as_of: SeenOn = None, as_json: Json = False) -> None:
    """Every segment with its members, share of the base, share of the last 365 days' revenue, and who came and went."""
    from smc import pipeline
    from smc.segment.show import overview

    loaded = load(project)
    with pipeline.open_snapshot(loaded) as warehouse:
        found = overview(warehouse, loaded.segments, as_of=pipeline.last_day(warehouse, day(as_of), "segment"))
    console.table([asdict(figures) for figures in found], title="Segments", as_json=as_json)


@app.command()
def refresh(project: ProjectFolder = HERE, as_of: AsOf = None, as_json: Json = False, wait: Wait = 0) -> None:
    """Find who entered and who left each segment, and keep it. The nightly run does this too."""
    execute("segment refresh", ["segment"], project, as_of, as_json=as_json, wait=wait)


@app.command()
def count(name: SegmentName, project: ProjectFolder = HERE, as_of: SeenOn = None, as_json: Json = False) -> None:
    """Evaluate a segment's rule as it is written now, without storing anything.

    Useful while you write a rule: smc validate, then smc segment count NAME.
    """
    from smc import pipeline
    from smc.segment.show import count as count_members

    loaded = load(project)
    _known(loaded, name)
    with pipeline.open_scratch(loaded) as warehouse:
        as_of_day = pipeline.last_day(warehouse, day(as_of))
        members = count_members(
            warehouse, name, segments=loaded.segments, fields=loaded.fields, metrics=loaded.metrics, as_of=as_of_day
        )
    console.card({"segment": name, "as_of": as_of_day, "members": members}, as_json=as_json)


@app.command()
def show(
    name: SegmentName,
    project: ProjectFolder = HERE,
    as_of: SeenOn = None,
    as_json: Json = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many members.")] = 20,
) -> None:
    """Members of a segment, with the day they entered."""
    from smc import pipeline
    from smc.segment.show import members

    loaded = load(project)
    _known(loaded, name)
    with pipeline.open_snapshot(loaded) as warehouse:
        found = members(warehouse, name, as_of=day(as_of), limit=limit)
    console.table([asdict(member) for member in found], title=loaded.segments[name].title, as_json=as_json)


@app.command()
def export(
    name: SegmentName,
    target: Annotated[Path, typer.Argument(help="File to write; .csv or .parquet says the format.")],
    project: ProjectFolder = HERE,
    as_of: SeenOn = None,
    column: Annotated[
        list[str] | None, typer.Option(help="A field of the profile to add, such as email; may be repeated.")
    ] = None,
) -> None:
    """Write the members of a segment to a CSV or Parquet file: id, day of entry, and the fields you name.

    Example: smc segment export lapsed_loyal lapsed.csv --column email --column first_name
    """
    from smc import pipeline
    from smc.segment.show import export as export_members

    loaded = load(project)
    _known(loaded, name)
    with pipeline.open_snapshot(loaded) as warehouse:
        rows = export_members(warehouse, name, target, as_of=day(as_of), fields=loaded.fields, columns=column or ())
    console.line(f"{rows} customers written to {target}")


def _known(project: Project, name: str) -> None:
    from smc.config.problem import nearest

    if name not in project.segments:
        raise UsageError(f"there is no segment '{name}'", remedy=nearest(name, project.segments))
