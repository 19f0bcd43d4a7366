"""smc validate, smc schema: work on a project without data and without network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder


def validate(
    project: ProjectFolder = HERE,
    as_json: Json = False,
    secrets: Annotated[bool, typer.Option("--secrets", help="Also look whether every secret is there.")] = False,
) -> None:
    """Read the whole project and say everything that is wrong with it, each with file, line and column.

    Needs no data, no network and no secrets. Exit code 2 when there is a problem, so that CI can stop a wrong change.
    """
    from smc.commands import validate as checking

    found = checking.validate(project, secrets_needed=secrets)
    if as_json:
        console.card(found.as_json(), as_json=True)
    else:
        for problem in found.problems:
            console.line(f"{problem}\n")
        console.line(_verdict(len(found.problems), found.counts))
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _verdict(problems: int, counts: dict[str, int]) -> str:
    if problems:
        return f"{problems} problem{'' if problems == 1 else 's'}."
    return f"Valid: {', '.join(f'{count} {name}' for name, count in counts.items())}."


def schema(
    name: Annotated[str | None, typer.Argument(help="Print one schema, such as campaign.")] = None,
    folder: Annotated[Path, typer.Option(help="Folder to write all schemas into.")] = Path("schemas"),
    line_for: Annotated[
        Path | None, typer.Option(help="Print the first line that connects this file with its schema in FOLDER.")
    ] = None,
) -> None:
    """Write the JSON Schemas of all YAML kinds, so that editors complete keys and mark mistakes."""
    from smc.commands import schema as writing

    if line_for is not None:
        console.line(writing.first_line(line_for, folder))
    elif name is not None:
        console.line(writing.print_schema(name).rstrip())
    else:
        for path in writing.write_schemas(folder):
            console.line(str(path))
