"""smc recipe: list, show, add."""

from __future__ import annotations

from typing import Annotated

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder
from smc.errors import ConfigError, UsageError

app = typer.Typer(help="Ready campaigns, with segments, letters and tests, to be copied into a project.",
                  no_args_is_help=True)  # fmt: skip

RecipeName = Annotated[str, typer.Argument(help="Name of a recipe, see smc recipe list.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Every recipe with what it is for.

    Example: smc recipe list
    """
    from smc.recipe import recipes

    rows = [{"recipe": one.name, "title": one.title, "what": one.summary} for one in recipes().values()]
    console.table(rows, title="Recipes", as_json=as_json)


@app.command()
def show(name: RecipeName) -> None:
    """When to use a recipe, how many customers to expect, what to measure, and its campaign.

    Example: smc recipe show birthday_gift
    """
    from smc.recipe import recipe

    found = recipe(name)
    console.line(found.readme.rstrip())
    for file in ("campaign.yaml", "segments.yaml"):
        if (found.folder / file).exists():
            console.line(f"\n--- {file}\n{(found.folder / file).read_text(encoding='utf-8').rstrip()}")


@app.command()
def add(
    name: RecipeName,
    project: ProjectFolder = HERE,
    new: Annotated[str | None, typer.Option("--as", help="Name of the copy. Default: the recipe's.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the letters, en or ru. Default: the project's.")
    ] = None,
) -> None:
    """Copy a recipe into the project: campaign, segments, letters, tests. Nothing is overwritten.

    The campaign is switched off until you have looked at it and written active: true. What the project could not run is
    not copied, and it is said what is missing. Category names follow the project's.

    Example: smc recipe add birthday_gift --as birthday --language en
    """
    from smc.recipe import LANGUAGES, recipe
    from smc.recipe import add as copy

    if language is not None and language not in LANGUAGES:
        raise UsageError(f"recipes have no letters in '{language}'", remedy="Take en or ru.")
    try:
        written = copy(recipe(name), project, name=new or name, language=language)
    except ConfigError:
        console.note("Nothing was copied, for the project could not run it:")
        raise
    for path in written:
        console.line(str(path.relative_to(project)))
    console.note(
        f"Try it: smc test {new or name}. The campaign is switched off. Look at its steps, and at the links and offers "
        f"of its letters; then write active: true in campaigns/{new or name}.yaml."
    )
