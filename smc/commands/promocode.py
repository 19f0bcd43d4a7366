"""smc promocode: list, show, import, generate, block, expire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, Wait, day, load, readable
from smc.errors import UsageError

if TYPE_CHECKING:
    from smc.pipeline import Moment
    from smc.project import Project
    from smc.warehouse import Warehouse

app = typer.Typer(help="Look at and change the codes that campaigns give to customers.", no_args_is_help=True)

Group = Annotated[str, typer.Argument(metavar="GROUP", help="A group of promocodes.yaml.")]
Code = Annotated[str, typer.Argument(metavar="CODE", help="A code; capitals do not matter.")]


@app.command("list")
def list_(project: ProjectFolder = HERE, as_of: AsOf = None, as_json: Json = False) -> None:
    """Every group with its codes: free, issued, used, expired and blocked."""
    from smc import pipeline
    from smc.campaign.pool import stock

    loaded = load(project)
    with pipeline.open_workspace(loaded) as warehouse:
        found = stock(warehouse, loaded.promocodes, pipeline.moment_of(loaded, day(as_of)).as_of)
    console.table([asdict(one) for one in found], title="Promocodes", as_json=as_json)


@app.command()
def show(code: Code, project: ProjectFolder = HERE, as_of: AsOf = None, as_json: Json = False) -> None:
    """One code: whose it is, since when, how long, and whether it was used."""
    from smc import pipeline
    from smc.campaign.pool import find

    loaded = load(project)
    with pipeline.open_workspace(loaded) as warehouse:
        found = find(warehouse, code, pipeline.moment_of(loaded, day(as_of)).as_of)
    if not found:
        raise UsageError(f"there is no code '{code}'", remedy="smc promocode list shows the groups.")
    console.table(found, as_json=as_json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One code a line.")],
    group: Group,
    project: ProjectFolder = HERE,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Put the codes of a file into a group. Codes that it has already stay as they are.

    A file with a code of another group, or with one code twice, is refused whole.

    Example: smc promocode import codes.txt birthday
    """
    from smc.campaign.pool import take

    readable(file)

    def work(warehouse: Warehouse, moment: Moment) -> dict[str, Any]:
        del moment
        try:
            with file.open(encoding="utf-8-sig") as lines:
                return asdict(take(warehouse, group, lines))
        except UnicodeDecodeError as error:
            what = "the file is no UTF-8 text; nothing was changed"
            raise UsageError(what, where=str(file), remedy="Save the file as UTF-8 text.") from error

    _change("import", work, _loaded(project, group), None, as_json=as_json, wait=wait)


@app.command()
def generate(
    group: Group,
    count: Annotated[int, typer.Argument(metavar="N", min=1, max=10_000_000, help="How many.")],
    project: ProjectFolder = HERE,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Make new random codes by the format of the group. None of them is like a code that any group has.

    Example: smc promocode generate birthday 5000
    """
    from smc.campaign import pool

    loaded = _loaded(project, group)
    form = loaded.promocodes.groups[group].format

    def work(warehouse: Warehouse, moment: Moment) -> dict[str, Any]:
        del moment
        return asdict(pool.generate(warehouse, group, form, count))

    _change("generate", work, loaded, None, as_json=as_json, wait=wait)


@app.command()
def block(code: Code, project: ProjectFolder = HERE, as_json: Json = False, wait: Wait = 0) -> None:
    """Give a code to nobody any more. Letters on their way that print it are cancelled.

    Tell the tills too: a customer who has it still has it.
    """
    from smc.campaign import pool

    def work(warehouse: Warehouse, moment: Moment) -> dict[str, Any]:
        del moment
        return {"group": pool.block(warehouse, code), "blocked": code}

    _change("block", work, load(project), None, as_json=as_json, wait=wait)


@app.command()
def expire(  # noqa: PLR0917 - typer calls it by name
    group: Group,
    issued: Annotated[bool, typer.Option("--issued", help="Also the codes that customers have.")] = False,
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """End the codes of a group: yesterday was the last day of those that nobody has.

    Example: smc promocode expire spring_2026
    """
    from smc.campaign import pool

    def work(warehouse: Warehouse, moment: Moment) -> dict[str, Any]:
        done = pool.expire(warehouse, group, moment.as_of, issued=issued)
        return {"group": group, "expired": done.added, "unchanged": done.unchanged}

    _change("expire", work, _loaded(project, group), as_of, as_json=as_json, wait=wait)


def _loaded(project: Path, group: str) -> Project:
    from smc.campaign.pool import known_group

    loaded = load(project)
    known_group(loaded.promocodes, group)
    return loaded


def _change(
    command: str,
    work: Callable[[Warehouse, Moment], dict[str, Any]],
    loaded: Project,
    as_of: AsOf,
    *,
    as_json: bool,
    wait: float,
) -> None:
    """Do it under the project's lock and put out a fresh snapshot."""
    from smc import pipeline
    from smc.pipeline.store import open_warehouse
    from smc.pipeline.withdraw import taken_back

    moment = pipeline.moment_of(loaded, day(as_of))
    with pipeline.lock(loaded, f"promocode {command}", wait), open_warehouse(loaded) as warehouse:
        done = work(warehouse, moment)
        notes = taken_back(loaded, warehouse, moment)
        warehouse.publish(loaded.path(loaded.settings.warehouse.snapshot))
    console.card(done, as_json=as_json)
    for text in notes:
        console.note(text)
