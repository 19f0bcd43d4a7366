"""smc tag: list, add, remove, import, from-segment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, Wait, day, load, person, readable
from smc.errors import UsageError

if TYPE_CHECKING:
    from smc.project import Project
    from smc.segment.tags import Command, Order, Refused, TagResult, Wish
    from smc.warehouse import Warehouse

app = typer.Typer(help="Look at and change named lists of customers (tags).", no_args_is_help=True)

Tag = Annotated[str, typer.Argument(metavar="TAG", help="A tag of smc.yaml, or one that a campaign sets.")]
Customers = Annotated[
    list[str] | None, typer.Argument(metavar="[CUSTOMER]...", help="Customer ids; - reads them from stdin.")
]
ListFile = Annotated[Path | None, typer.Option("--file", help="Read ids from this file, one a line; - is stdin.")]
RejectLimit = Annotated[
    str, typer.Option(metavar="PERCENT", help="At most so many rows may be refused; with more nothing is changed.")
]
_STDIN = "-"
_SHOWN = 20
_WHOLE = Decimal(100)


@app.command("list")
def list_(project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """Every list with its members, where they come from, and the day of its last change."""
    from smc import pipeline
    from smc.segment.tags import overview

    loaded = load(project)
    with pipeline.open_snapshot(loaded) as warehouse:
        found = overview(warehouse, _titles(loaded))
    console.table([asdict(figures) for figures in found], title="Tags", as_json=as_json)


@app.command()
def add(  # noqa: PLR0917 - typer calls it by name
    tag: Tag,
    customers: Customers = None,
    file: ListFile = None,
    project: ProjectFolder = HERE,
    reject_limit: RejectLimit = "1%",
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Put customers into a list. Who is in it already stays as he is.

    Example: smc tag add vip 00123 00124     or: smc tag add vip --file vips.txt
    """
    _by_ids("add", tag, customers, file, project, reject_limit, as_of, as_json=as_json, wait=wait)


@app.command()
def remove(  # noqa: PLR0917 - typer calls it by name
    tag: Tag,
    customers: Customers = None,
    file: ListFile = None,
    project: ProjectFolder = HERE,
    reject_limit: RejectLimit = "1%",
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Take customers out of a list; that they were in it is kept.

    Example: smc tag remove vip 00123
    """
    _by_ids("remove", tag, customers, file, project, reject_limit, as_of, as_json=as_json, wait=wait)


@app.command("import")
def import_(  # noqa: PLR0917 - typer calls it by name
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One id a line, or id;tag; - is stdin.")],
    tag: Annotated[str | None, typer.Option("--tag", metavar="TAG", help="The list for all rows.")] = None,
    project: ProjectFolder = HERE,
    reject_limit: RejectLimit = "1%",
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Put the customers of a file into lists. Rows that are refused are said, each with its line.

    Example: smc tag import vips.txt --tag vip     or: smc tag import lists.csv
    """
    loaded = load(project)
    if tag is not None:
        _declared(loaded, tag)

    def rows() -> Iterator[Wish | Refused]:
        from smc.segment.tags import wishes

        with _opened(file) as lines:
            yield from wishes(lines, tag, _titles(loaded), heading=True)

    _change("import", _shown(file), rows, loaded, reject_limit, as_of, as_json=as_json, wait=wait)


@app.command("from-segment")
def from_segment(  # noqa: PLR0917 - typer calls it by name
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="Name of a segment in segments/*.yaml.")],
    tag: Tag,
    project: ProjectFolder = HERE,
    exactly: Annotated[bool, typer.Option("--exactly", help="Take everybody else out of the list.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Put the present members of a segment into a list, which they do not leave when they leave the segment.

    Example: smc tag from-segment lapsed_loyal spring_letter
    """
    from smc.config.problem import nearest
    from smc.segment import tags

    loaded = load(project)
    _declared(loaded, tag)
    if segment not in loaded.segments:
        raise UsageError(f"there is no segment '{segment}'", remedy=nearest(segment, loaded.segments))

    def work(warehouse: Warehouse, order: Order) -> TagResult:
        return tags.from_segment(warehouse, order, segment, tag, exactly=exactly)

    _run("from-segment", segment, work, loaded, "0%", as_of, as_json=as_json, wait=wait)


def _by_ids(  # noqa: PLR0917 - two commands call it, in the order of their options
    command: Command,
    tag: str,
    customers: list[str] | None,
    file: Path | None,
    project: Path,
    reject_limit: str,
    as_of: AsOf,
    *,
    as_json: bool,
    wait: float,
) -> None:
    given = customers or []
    if given == [_STDIN]:
        file, given = Path(_STDIN), []
    if bool(given) == (file is not None):
        raise UsageError("name either customers or a file", remedy=f"Write: smc tag {command} TAG ID … or --file FILE")
    loaded = load(project)
    _declared(loaded, tag)

    def rows() -> Iterator[Wish | Refused]:
        from smc.segment.tags import wishes

        with _opened(file) as lines:
            yield from wishes(given or lines, tag, _titles(loaded), heading=file is not None)

    detail = None if file is None else _shown(file)
    _change(command, detail, rows, loaded, reject_limit, as_of, as_json=as_json, wait=wait)


def _change(  # noqa: PLR0917 - called twice, in the order of the options
    command: Command,
    detail: str | None,
    rows: Callable[[], Iterable[Wish | Refused]],
    loaded: Project,
    reject_limit: str,
    as_of: AsOf,
    *,
    as_json: bool,
    wait: float,
) -> None:
    from smc.segment.tags import change

    def work(warehouse: Warehouse, order: Order) -> TagResult:
        return change(warehouse, order, rows())

    _run(command, detail, work, loaded, reject_limit, as_of, as_json=as_json, wait=wait)


def _run(  # noqa: PLR0917 - called twice, in the order of the options
    command: Command,
    detail: str | None,
    work: Callable[[Warehouse, Order], TagResult],
    loaded: Project,
    reject_limit: str,
    as_of: AsOf,
    *,
    as_json: bool,
    wait: float,
) -> None:
    """Do it under the project's lock, put out a fresh snapshot when anything changed, and say what was refused."""
    from smc import pipeline
    from smc.pipeline.store import open_warehouse
    from smc.segment.tags import Order

    limit, path = _percent(reject_limit), loaded.path(loaded.settings.warehouse.path)
    if not path.exists():
        raise UsageError("there is no data yet", where=str(path), remedy="Run 'smc import' or 'smc run nightly' first.")
    moment = pipeline.moment_of(loaded, day(as_of))
    order = Order(command, detail, person(), moment.as_of, moment.began_at, limit)
    with pipeline.lock(loaded, f"tag {command}", wait), open_warehouse(loaded) as warehouse:
        result = work(warehouse, order)
        if result.added or result.removed:
            warehouse.publish(loaded.path(loaded.settings.warehouse.snapshot))
    _say(result, moment.as_of, as_json=as_json)


def _say(result: TagResult, as_of: date, *, as_json: bool) -> None:
    counts = {name: value for name, value in asdict(result).items() if name != "refused"}
    if as_json:
        refused = [asdict(row) for row in result.refused]
        console.card({"as_of": as_of, **counts, "refused": refused}, as_json=True)
        return
    console.card({"as_of": as_of, **counts, "refused": len(result.refused)})
    for row in result.refused[:_SHOWN]:
        console.note(f"refused: line {row.line}: {row.text}: {row.reason}")
    if len(result.refused) > _SHOWN:
        console.note(f"refused: {len(result.refused) - _SHOWN} more; --json shows all of them")


def _titles(project: Project) -> dict[str, str]:
    """Tags that may be used: those of smc.yaml and those that campaigns set."""
    from smc.config.settings import tags_of

    steps = {tag: "Set by a campaign" for spec in project.campaigns.values() for tag in tags_of(spec.steps)}
    return {**steps, **project.settings.tags}


def _declared(project: Project, tag: str) -> None:
    from smc.config.problem import nearest

    known = _titles(project)
    if tag not in known:
        remedy = f"{nearest(tag, known)} Declare it in smc.yaml under 'tags'."
        raise UsageError(f"there is no tag '{tag}'", remedy=remedy)


@contextmanager
def _opened(file: Path | None) -> Iterator[TextIO]:
    """The lines of a file or of stdin as UTF-8; nothing without a file."""
    here = file is None or str(file) == _STDIN
    if file is not None and not here:
        readable(file)
    try:
        with nullcontext(sys.stdin) if file is None or here else file.open(encoding="utf-8-sig") as stream:
            yield stream
    except UnicodeDecodeError as error:
        remedy = "Save the file as UTF-8 text."
        raise UsageError("the file is no UTF-8 text; nothing was changed", where=str(file), remedy=remedy) from error


def _shown(file: Path) -> str:
    return "stdin" if str(file) == _STDIN else file.name


def _percent(text: str) -> Decimal:
    try:
        found = Decimal(text.strip().removesuffix("%"))
    except InvalidOperation:
        found = Decimal(-1)
    if not 0 <= found <= _WHOLE:
        raise UsageError(f"--reject-limit {text} is no share", remedy="Write it like 1%, from 0% to 100%.")
    return found
