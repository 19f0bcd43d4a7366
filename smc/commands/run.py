"""smc compute, run nightly, send, report: work that holds the project's lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, Wait, day, load
from smc.config.problem import nearest
from smc.errors import UsageError

if TYPE_CHECKING:
    from smc.pipeline import Moment, RunReport
    from smc.project import Project

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

    A run for a past day gives messages to files and the console alone. Those that reach people wait: 'smc send', or the
    run for today, sends them by today's clock, in their windows, if they have not expired.

    Cron: 0 3 * * * smc run nightly --project /srv/shop. A missed day: smc run nightly --as-of 2026-03-01
    """
    from smc import pipeline

    if explain:
        console.table([{"stage": item.name, "what it does": item.title} for item in pipeline.STAGES], as_json=as_json)
        return
    execute("run nightly", [item.name for item in pipeline.STAGES], project, as_of, as_json=as_json, wait=wait)


@app.command()
def tick(project: ProjectFolder = HERE, as_json: Json = False, wait: Wait = 0) -> None:
    """Do what cannot wait for the next night: abandoned carts, waits of minutes, new events of the collector.

    It loads the feeds of the spool, lets customers in by rows, moves those who are due, and sends. Figures are those of
    the last night. It is cheap when nothing is new, and running it again changes nothing.

    Cron: */5 * * * * smc run tick --project /srv/shop
    """
    from smc import pipeline

    with console.progress() as say:
        done = pipeline.tick(load(project), wait_s=wait, progress=say)
    _report(done, "run tick", as_json=as_json)


def known_feeds(project: Project, names: Collection[str]) -> None:
    """Raises ``UsageError`` for a name that no feed has."""
    for name in names:
        if name not in project.feeds:
            raise UsageError(f"there is no feed '{name}'", remedy=nearest(name, project.feeds))


def compute(  # noqa: PLR0917 - typer calls it by name
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
    full: Annotated[bool, typer.Option("--full", help="Recompute every customer, not only those concerned.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="With --full: compare with the stored figures, which stay as they are.")
    ] = False,
) -> None:
    """Recompute customer metrics, RFM and, where smc.yaml asks for them, predictions, for today or any past day.

    Only customers whose figures could have changed are recomputed; the result is the same as with --full, and
    --full --verify proves it: the stored figures are compared row for row with figures that are computed anew beside
    them. With --as-of and a later day, the stored ones are first brought to it, as every night does; an earlier day is
    refused. Rows that differ are told by customer id and columns, and the exit code is 1.
    """
    if verify:
        _verify(project, as_of, as_json=as_json, wait=wait, full=full)
        return
    execute("compute", ["compute", "predict"], project, as_of, as_json=as_json, wait=wait, full=full)


def _verify(project: ProjectFolder, as_of: AsOf, *, as_json: bool, wait: float, full: bool) -> None:
    from smc import pipeline

    if not full:
        raise UsageError("--verify compares with a full computation", remedy="Write smc compute --full --verify.")
    with console.progress() as say:
        done = pipeline.verify(load(project), as_of=day(as_of), wait_s=wait, progress=say)
    _report(done, "compute --full --verify", as_json=as_json)


def send(  # noqa: PLR0917 - typer calls it by name
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    retry_unknown: Annotated[
        bool,
        typer.Option(
            "--retry-unknown",
            help="Send again what may or may not have left before a sender died, to those who still permit it.",
        ),
    ] = False,
    accept_restored: Annotated[
        bool, typer.Option("--accept-restored", help="Go on although the warehouse or the outbox was restored or lost.")
    ] = False,
    wait: Wait = 0,
) -> None:
    """Send the messages that are due. It may work beside a nightly run; cron calls it every few minutes.

    It needs the outbox only. The next run brings the results back into the warehouse. --retry-unknown looks up consent,
    suppression list, control groups and campaigns before; for that no run may be at work (or give it --wait).
    """
    from smc import pipeline

    loaded = load(project)
    moment = pipeline.moment_of(loaded, day(as_of))
    if accept_restored:
        with pipeline.lock(loaded, "send --accept-restored", wait):
            accepted = pipeline.accept_restored(loaded, moment, retry_unknown=retry_unknown)
        console.note(f"Accepted what was restored: {words(pipeline.counts(accepted))}.")
    if retry_unknown:
        _retry(loaded, moment, wait)
    with console.progress() as say:
        result = pipeline.deliver_outbox(loaded, moment, say)
    console.card(pipeline.counts(result), title="Sent", as_json=as_json)
    finish(pipeline.delivery_failures(result), pipeline.left_behind(result, moment.as_of))


def _retry(loaded: Project, moment: Moment, wait: float) -> None:
    from smc import pipeline

    with pipeline.lock(loaded, "send --retry-unknown", wait):
        done = pipeline.send_again(loaded, moment)
    console.note(f"{done.again} unknown messages are sent again.")
    if done.stays:
        reasons = ", ".join(f"{reason} {count}" for reason, count in done.stays)
        console.note(f"{sum(count for _, count in done.stays)} stay unknown: {reasons}.")


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
    _report(done, command, as_json=as_json)


def _report(done: RunReport, command: str, *, as_json: bool) -> None:
    rows = [{"stage": item.stage, "seconds": item.seconds, "did": words(item.summary)} for item in done.stages]
    if as_json:
        rows = [{"stage": item.stage, "seconds": item.seconds, **item.summary} for item in done.stages]
    console.table(rows, title=f"{command} for {done.as_of}", as_json=as_json)
    finish(done.failures, done.notes)


def words(summary: dict[str, object]) -> str:
    """Counts as a line: what is zero is left out."""
    told = {name.replace("_", " "): value for name, value in summary.items() if value not in {0, ""}}
    return ", ".join(name if value is True else f"{name} {value}" for name, value in told.items()) or "nothing to do"


def finish(failures: Sequence[str], notes: Sequence[str] = ()) -> None:
    """Exit 1 when the run had failures, each said on stderr."""
    for text in notes:
        console.note(text)
    for failure in failures:
        console.note(f"failed: {failure}")
    if failures:
        raise typer.Exit(1)
