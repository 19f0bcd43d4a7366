"""smc feed: detect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smc import console
from smc.commands.options import HERE, ProjectFolder
from smc.config.problem import nearest
from smc.errors import UsageError, writing

app = typer.Typer(help="Write feeds: which files become which object.", no_args_is_help=True)


@app.command()
def detect(
    file: Annotated[Path, typer.Argument(help="A drop: CSV, NDJSON or Parquet, packed or not.", metavar="FILE")],
    object_: Annotated[
        str | None,
        typer.Option("--object", metavar="NAME", help="What the rows are: customer, receipt, …"),
    ] = None,
    save: Annotated[
        str | None, typer.Option("--save", metavar="NAME", help="Write feeds/NAME.yaml of the project instead.")
    ] = None,
    project: ProjectFolder = HERE,
) -> None:
    """Propose the YAML of a feed for a file, with the evidence for each line.

    Lines marked UNSURE need your eye. A load never guesses: what stands in the feed is what is done.

    Example: smc feed detect inbox/customers.csv --save customers
    """
    from smc.import_.detect.propose import propose
    from smc.import_.detect.write import as_yaml, unsure
    from smc.model.objects import OBJECTS

    if object_ is not None and object_ not in OBJECTS:
        raise UsageError(f"there is no object '{object_}'", remedy=nearest(object_, OBJECTS))
    found = propose(file, OBJECTS, object_)
    text = as_yaml(found, title=save or file.name.split(".", 1)[0])
    if save is None:
        console.line(text.rstrip("\n"))
    else:
        _write(project / "feeds" / f"{save}.yaml", text)
    for line in unsure(found):
        console.note(f"unsure: {line}")


def _write(target: Path, text: str) -> None:
    if target.exists():
        raise UsageError(f"{target} is there already", remedy="Choose another name, or remove the file first.")
    with writing(target, "the feed", remedy="Give the right to write there, or choose another folder."):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    console.line(str(target))
