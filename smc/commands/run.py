"""smc import, compute, run nightly, send, report: work that holds the project's lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, Wait, day, load
from smc.config.problem import nearest
from smc.errors import UsageError

if TYPE_CHECKING:
    from smc.project import Project

SHOWN_REJECTS = 20

app = typer.Typer(help="Run the night.", no_args_is_help=True)


@app.command()
def nightly(
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
    explain: Annotated[bool, typer.Option("--explain", help="Print the stages and do nothing.")] = False,
) -> None:
    """Import, compute, segment, plan, send and report, in this order, for one day.

    Running it again for the same day changes nothing and sends nothing. A killed run is continued by running it again.

    Cron: 0 3 * * * smc run nightly --project /srv/shop. A missed day: smc run nightly --as-of 2026-03-01
    """
    from smc import pipeline

    if explain:
        console.table([{"stage": item.name, "what it does": item.title} for item in pipeline.STAGES], as_json=as_json)
        return
    execute("run nightly", [item.name for item in pipeline.STAGES], project, as_of, as_json=as_json, wait=wait)


def import_(
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
    wherever the same drops were loaded from.

    Example: smc import --feed receipts --feed receipt_lines
    """
    from smc import pipeline
    from smc.import_.show import files_of, ledger_hash, rejects_of
    from smc.report.show import masked

    loaded = load(project)
    known_feeds(loaded, feed or ())
    with console.progress() as say:
        report = pipeline.run(
            loaded, command="import", stages=["import"], as_of=day(as_of), wait_s=wait, progress=say, publish=True,
            feeds=feed or (),
        )  # fmt: skip
    with pipeline.open_snapshot(loaded) as warehouse:
        files = files_of(warehouse, report.as_of)
        ledger = ledger_hash(warehouse)
        rejects = [
            row | {"value": masked(row["value"], row["field"])}
            for row in rejects_of(warehouse, report.as_of, most=SHOWN_REJECTS)
        ]
    if as_json:
        console.card({"files": files, "rejects": rejects, "waiting": report.notes, "ledger": ledger}, as_json=True)
    else:
        console.table(files, title=f"Files taken for {report.as_of}")
        console.line(f"ledger {ledger}")
        if rejects:
            console.table(rejects, title="Rows that were not taken, their values by shape; page Data has all of them")
    _finish(report.failures, report.notes)


def known_feeds(project: Project, names: Collection[str]) -> None:
    """Raises ``UsageError`` for a name that no feed has."""
    for name in names:
        if name not in project.feeds:
            raise UsageError(f"there is no feed '{name}'", remedy=nearest(name, project.feeds))


def compute(
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
    full: Annotated[bool, typer.Option("--full", help="Recompute every customer, not only those concerned.")] = False,
) -> None:
    """Recompute customer metrics and RFM, for today or for any past day.

    Only customers whose figures could have changed are recomputed; the result is the same as with --full.
    """
    execute("compute", ["compute"], project, as_of, as_json=as_json, wait=wait, full=full)


def send(
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    retry_unknown: Annotated[
        bool, typer.Option("--retry-unknown", help="Send again what may or may not have left before a sender died.")
    ] = False,
    accept_restored: Annotated[
        bool, typer.Option("--accept-restored", help="Go on although the warehouse or the outbox was restored or lost.")
    ] = False,
) -> None:
    """Send the messages that are due. It may work beside a nightly run; cron calls it every few minutes.

    It needs the outbox only. The next run brings the results back into the warehouse.
    """
    from smc import pipeline

    loaded = load(project)
    moment = pipeline.moment_of(loaded, day(as_of))
    if accept_restored:
        with pipeline.lock(loaded, "send --accept-restored"):
            accepted = pipeline.accept_restored(loaded, moment, retry_unknown=retry_unknown)
        console.note(f"Accepted what was restored: {words(pipeline.counts(accepted))}.")
    with console.progress() as say:
        result = pipeline.deliver_outbox(loaded, moment, say, retry_unknown=retry_unknown)
    console.card(pipeline.counts(result), title="Sent", as_json=as_json)
    _finish(pipeline.delivery_failures(result))


def report(project: ProjectFolder = HERE, as_of: AsOf = None, as_json: Json = False, wait: Wait = 0) -> None:
    """Bring results of sending back and write the HTML report."""
    execute("report", ["settle", "report"], project, as_of, as_json=as_json, wait=wait)


def execute(
    command: str,
    stages: list[str],
    project: ProjectFolder,
    as_of: AsOf,
    *,
    as_json: bool,
    wait: float,
    full: bool = False,
) -> None:
    """Run stages and print what each did; exit 1 when the run had failures."""
    from smc import pipeline

    with console.progress() as say:
        done = pipeline.run(
            load(project), command=command, stages=stages, as_of=day(as_of), full=full, wait_s=wait, progress=say,
            publish="report" not in stages,
        )  # fmt: skip
    rows = [{"stage": item.stage, "seconds": item.seconds, "did": words(item.summary)} for item in done.stages]
    if as_json:
        rows = [{"stage": item.stage, "seconds": item.seconds, **item.summary} for item in done.stages]
    console.table(rows, title=f"{command} for {done.as_of}", as_json=as_json)
    _finish(done.failures, done.notes)


def words(summary: dict[str, object]) -> str:
    """Counts as a line: what is zero is left out."""
    told = {name.replace("_", " "): value for name, value in summary.items() if value not in {0, ""}}
    return ", ".join(name if value is True else f"{name} {value}" for name, value in told.items()) or "nothing to do"


def _finish(failures: Sequence[str], notes: Sequence[str] = ()) -> None:
    """Exit 1 when the run had failures, each said on stderr."""
    for text in notes:
        console.note(text)
    for failure in failures:
        console.note(f"failed: {failure}")
    if failures:
        raise typer.Exit(1)
