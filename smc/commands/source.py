"""smc source: list and check where the drops come from."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, load
from smc.commands.run import known_feeds

if TYPE_CHECKING:
    from smc.project import Project
    from smc.warehouse import Warehouse

app = typer.Typer(help="Look at the places where drops come from.", no_args_is_help=True)


@app.command("list")
def list_(project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """Every feed with the kind of its source, the place, the names it reads, and what becomes of files afterwards.

    Nothing is connected to, and no secret is shown.

    Example: smc source list --json
    """
    from smc.import_.fetch.look import places

    found = [asdict(place) for place in places(load(project).feeds)]
    console.table(found, title="Sources", as_json=as_json)


@app.command()
def check(
    feed: Annotated[list[str] | None, typer.Argument(metavar="[FEED]...", help="Feeds to try; all by default.")] = None,
    project: ProjectFolder = HERE,
    as_json: Json = False,
) -> None:
    """Connect to the sources and list their files: new, known, or waiting with the reason. Nothing is loaded or moved.

    Files whose look is not remembered count as new; an import still knows them by their bytes.

    Example: smc source check receipts
    """
    from smc import pipeline
    from smc.import_.fetch.look import look

    loaded = load(project)
    known_feeds(loaded, feed or ())
    chosen = {name: spec for name, spec in loaded.feeds.items() if not feed or name in feed}
    with ExitStack() as stack:
        found = look(
            chosen, root=loaded.folder, warehouse=_known(loaded, stack), parallel=loaded.settings.imports.parallel,
            now=pipeline.moment_of(loaded, None).began_at,
        )  # fmt: skip
    files = [asdict(file) for file in found.files]
    if as_json:
        console.card({"reached": found.reached, "files": files, "failures": found.failures}, as_json=True)
    else:
        if files:
            console.table(files, title="Files at their sources")
        for name in sorted(name for name, count in found.reached.items() if not count):
            console.line(f"{name}: reached, no files")
    for failure in found.failures:
        console.note(f"failed: {failure}")
    if found.failures:
        raise typer.Exit(1)


def _known(project: Project, stack: ExitStack) -> Warehouse | None:
    """The published warehouse, when there is one that knows of sources."""
    from smc import pipeline

    if not project.path(project.settings.warehouse.snapshot).exists():
        return None
    warehouse = stack.enter_context(pipeline.open_snapshot(project))
    there = warehouse.value("select count(*) from duckdb_tables() where table_name = 'import_seen'")
    return warehouse if there else None
