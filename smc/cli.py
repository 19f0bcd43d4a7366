"""The command line: options, errors to exit codes, and the mounts of commands/."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from smc import __version__, console
from smc.commands import (
    calendar,
    campaign,
    customer,
    demo,
    feed,
    import_,
    init,
    mailing,
    plan,
    predict,
    promocode,
    quality,
    recipe,
    rfm,
    run,
    schema,
    segment,
    simulate,
    source,
    suppress,
    tag,
    test,
    validate,
    why,
)
from smc.errors import SmcError

app = typer.Typer(
    name="smc",
    help="""Marketing automation for retailers: a command line and a folder of YAML.

    Every night smc imports the day's drops, recomputes metrics, finds who is in which segment and campaign, sends the
    right messages once, and writes a report.

    Exit codes: 0 done, 1 the run had failures, 2 configuration or usage, 3 another run is at work.
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(run.app, name="run")
app.add_typer(import_.app, name="import")
app.add_typer(segment.app, name="segment")
app.add_typer(campaign.app, name="campaign")
app.add_typer(recipe.app, name="recipe")
app.add_typer(mailing.app, name="mailing")
app.add_typer(rfm.app, name="rfm")
app.add_typer(suppress.app, name="suppress")
app.add_typer(tag.app, name="tag")
app.add_typer(promocode.app, name="promocode")
app.add_typer(source.app, name="source")
app.add_typer(customer.app, name="customer")
app.add_typer(feed.app, name="feed")
app.command("init")(init.init)
app.command("validate")(validate.validate)
app.command("test")(test.run_tests)
app.command("schema")(schema.schema)
app.command("quality")(quality.quality)
app.command("compute")(run.compute)
app.command("predict")(predict.predict)
app.command("plan")(plan.plan)
app.command("why")(why.why)
app.command("simulate")(simulate.simulate)
app.command("calendar")(calendar.calendar)
app.command("send")(run.send)
app.command("report")(run.report)
app.command("demo")(demo.demo)


def _version(value: bool) -> None:
    if value:
        console.line(f"smc {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command line; our errors become one message and their exit code."""
    try:
        app()
    except SmcError as error:
        console.note(f"smc: {error}")
        if error.retry:
            console.note("  The same command may work later.")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        console.note(f"smc: {error.filename or 'the system'}: {error.strerror or error}")
        console.note(
            "  Make room if the disk is full, or give the right to write there; then run the same command again."
        )
        sys.exit(1)
