"""smc feed: detect."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smc import console
from smc.commands.options import HERE, ProjectFolder, readable
from smc.config.problem import nearest
from smc.errors import FeedError, UsageError, writing

if TYPE_CHECKING:
    from smc.model.objects import ObjectType, Type

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

    target = None if save is None else _target(project, save)
    objects, own = _objects(project)
    if object_ is not None and object_ not in objects:
        raise UsageError(f"there is no object '{object_}'", remedy=nearest(object_, objects))
    readable(file)
    try:
        found = propose(file, objects, object_, own)
    except FeedError as error:
        raise UsageError(error.what, where=error.where, remedy=error.remedy) from error
    text = as_yaml(found, title=save or file.name.split(".", 1)[0])
    if target is None:
        console.line(text.rstrip("\n"))
    else:
        _write(target, text)
    for line in unsure(found):
        console.note(f"unsure: {line}")


def _objects(project: Path) -> tuple[Mapping[str, ObjectType], Mapping[str, Mapping[str, Type]]]:
    """Those of the project when the folder has one, with the types of the fields that it added; else those of smc."""
    from smc.config.document import read
    from smc.config.objects import custom_of, objects_of
    from smc.config.specs.project import FieldsSpec
    from smc.model.objects import OBJECTS

    fields = project / "fields.yaml"
    if not (project / "smc.yaml").is_file() or not fields.exists():
        return OBJECTS, {}
    document, problems = read(fields, FieldsSpec)
    if document is None:
        many = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
        console.note(f"fields.yaml has {many}: fields and data marts of the project are not looked at")
        return OBJECTS, {}
    objects = objects_of(document.spec)
    return objects, {one: {name: spec.type for name, spec in custom_of(document.spec, one).items()} for one in objects}


def _target(project: Path, name: str) -> Path:
    """Where a feed of this name lies. ``UsageError`` when it can be no feed, or is one already."""
    from smc.config.specs.base import NAME

    if NAME.fullmatch(name) is None:
        raise UsageError(
            f"{name!r} cannot be the name of a feed",
            remedy="A name has small letters, digits and _, and begins with a letter: --save customers",
        )
    if not (project / "smc.yaml").is_file():
        raise UsageError(
            "there is no project: smc.yaml is missing", where=str(project),
            remedy="Name its folder with --project, or make one with 'smc init'.",
        )  # fmt: skip
    target = project / "feeds" / f"{name}.yaml"
    if target.exists():
        raise UsageError(f"{target} is there already", remedy="Choose another name, or remove the file first.")
    return target


def _write(target: Path, text: str) -> None:
    with writing(target, "the feed", remedy="Give the right to write there, or choose another folder."):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    console.line(str(target))
