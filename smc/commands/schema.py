"""smc schema: JSON Schemas for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smc import console


def schema(
    name: Annotated[str | None, typer.Argument(help="Print one schema, such as campaign.")] = None,
    folder: Annotated[Path, typer.Option(help="Folder to write all schemas into.")] = Path("schemas"),
    line_for: Annotated[
        Path | None, typer.Option(help="Print the first line that connects this file with its schema in FOLDER.")
    ] = None,
) -> None:
    """Write the JSON Schemas of all YAML kinds, so that editors complete keys and mark mistakes."""
    from smc.config.schema import first_line, schema_text, write_schemas

    if line_for is not None:
        console.line(first_line(line_for, folder))
    elif name is not None:
        console.line(schema_text(name).rstrip())
    else:
        for path in write_schemas(folder):
            console.line(str(path))
