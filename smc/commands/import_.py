"""smc import: load the drops, show what was not taken, and load it again when it is corrected."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, Wait, day, load, readable
from smc.commands.run import finish, known_feeds
from smc.errors import UsageError

SHOWN_REJECTS = 20

RunOn = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", metavar="DATE", formats=["%Y-%m-%d"], help="Only those of the run for this day, YYYY-MM-DD."
    ),
]

app = typer.Typer(invoke_without_command=True)


@app.callback()
def import_(  # noqa: PLR0917 - typer calls it by name
    context: typer.Context,
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
    feed: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Import only this feed; may be repeated.")
    ] = None,
) -> None:
    """Load the drops of all feeds and show what each file brought.

    Files that were loaded before are left alone, and so are files that are not whole yet: they wait for the next run.
    Rows that cannot be taken are kept as rejects with their reason. The hash of the ledger at the end is the same
    wherever the same drops were loaded from. Messages on their way to whom the import brought into a control group, or
    whose consent or address it took back, are not sent any more.

    Example: smc import --feed receipts --feed receipt_lines
    """
    if context.invoked_subcommand is not None:
        _only_behind(context)
        return
    from smc import pipeline
    from smc.import_.show import files_of, ledger_hash, rejects_of
    from smc.report.show import masked

    loaded = load(project)
    known_feeds(loaded, feed or ())
    with console.progress() as say:
        report = pipeline.run(
            loaded, command="import", stages=["import", "withdraw"], as_of=day(as_of), wait_s=wait, progress=say,
            publish=True, feeds=feed or (),
        )  # fmt: skip
    taken = report.results["import"].files
    with pipeline.open_snapshot(loaded) as warehouse:
        ledger = ledger_hash(warehouse)
        shown = rejects_of(warehouse, taken, report.as_of, most=SHOWN_REJECTS)
    rejects = [row | {"value": masked(row["value"], row["field"])} for row in shown]
    files = files_of(taken)
    if as_json:
        console.card({"files": files, "rejects": rejects, "waiting": report.notes, "ledger": ledger}, as_json=True)
    else:
        console.table(files, title=f"Files of this run for {report.as_of}")
        console.line(f"ledger {ledger}")
        if rejects:
            console.table(
                rejects, title="Rows that were not taken, their values by shape; 'smc import rejects' has all"
            )
    finish(report.failures, report.notes)


def _only_behind(context: typer.Context) -> None:
    """An option before the command would be passed over, and the wrong project worked on."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise UsageError(
                f"options of 'import {context.invoked_subcommand}' stand behind it",
                remedy=f"Write 'smc import {context.invoked_subcommand} --OPTION …'.",
            )


@app.command()
def rejects(  # noqa: PLR0917 - typer calls it by name
    project: ProjectFolder = HERE,
    feed: Annotated[str | None, typer.Option(metavar="NAME", help="Only those of this feed.")] = None,
    file: Annotated[str | None, typer.Option(metavar="NAME", help="Only those of files of this name.")] = None,
    as_of: RunOn = None,
    most: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 100,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the rows of one feed as CSV instead, to be corrected.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the rows that were not taken and that nobody has corrected yet: file, line, column, field, value, reason.

    --save FILE writes the rows of loaded files with all columns that the feed reads, as they came. Correct them and
    load them with 'smc import replay FILE'. A cell that begins with =, +, - or @ is a formula for spreadsheets: tell
    them to read every column as text.

    Example: smc import rejects --feed receipts --save receipts-to-correct.csv
    """
    from smc import pipeline
    from smc.import_.rejects import Asked, open_rejects, save_rejects
    from smc.report.show import cut

    loaded = load(project)
    known_feeds(loaded, [feed] if feed else [])
    asked = Asked(feed, file, day(as_of))
    with pipeline.open_snapshot(loaded) as warehouse:
        if save is not None:
            rows = save_rejects(warehouse, asked, save)
            console.note(f"{rows} rows in {save}. Correct them and run: smc import replay {save}")
            return
        found = open_rejects(warehouse, asked, most=most)
    shown = found if as_json else [row | {"value": row["value"] and cut(row["value"])} for row in found]
    console.table(shown, title="Rows that were not taken", as_json=as_json)


@app.command()
def replay(  # noqa: PLR0917 - typer calls it by name
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What 'smc import rejects --save' wrote, corrected.")],
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Take rows also when they undo what other files brought since.")
    ] = False,
) -> None:
    """Load a corrected file of rejects by the mapping of its feed.

    Numbers and dates stay in the feed's own notation. A row that is still wrong is a reject again; a row that was left
    out stays open; loading the file again changes nothing. A file with a row that would undo what other files brought
    since is refused, unless --overwrite is given. Messages on their way are looked at as behind 'smc import'.

    Example: smc import replay receipts-to-correct.csv
    """
    from smc import pipeline
    from smc.commands.run import words

    readable(file)
    with console.progress() as say:
        done = pipeline.replay(load(project), file, as_of=day(as_of), wait_s=wait, overwrite=overwrite, progress=say)
    summary = done.stage("import")
    if as_json:
        console.card(summary, as_json=True)
    else:
        console.line(f"{file.name}: {words(summary)}")
    finish(done.failures, done.notes)
