"""smc customer duplicates, merge, unmerge."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, Wait, day, load
from smc.errors import UsageError, writing

if TYPE_CHECKING:
    from smc.import_.duplicates.find import Group
    from smc.import_.duplicates.run import MergeResult
    from smc.project import Project
    from smc.warehouse import Warehouse

Rule = Annotated[str | None, typer.Option(metavar="NAME", help="Only this rule of duplicates.yaml.")]
_PAIR = 2
_WHY = {
    None: "can be merged",
    "too_large": "too many customers for one person",
    "conflict": "they contradict each other",
    "apart": "a person parted them",
    "weak": "shared, but no rule says that they are one",
}


def mount(app: typer.Typer) -> None:
    """Add the commands to ``smc customer``."""
    app.command()(duplicates)
    app.command()(merge)
    app.command()(unmerge)


def duplicates(
    project: ProjectFolder = HERE,
    rule: Rule = None,
    most: Annotated[int, typer.Option(min=1, help="Groups to show.")] = 50,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all groups as CSV, a row per customer.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Customers who are probably one: which signs agree, by which rule, who would survive, and why they are not merged.

    Nothing is changed. Shown are ids and the names of signs, never their values. Example: smc customer duplicates
    """
    from smc import pipeline
    from smc.import_.duplicates.find import find
    from smc.import_.duplicates.run import known_rule

    loaded = load(project)
    known_rule(loaded.duplicates, rule)
    with pipeline.open_scratch(loaded) as warehouse:
        found = find(warehouse, loaded.duplicates, rule=rule, most=None if save else most)
    if save is not None:
        _save(save, found.first)
    counts = {name: value for name, value in asdict(found).items() if name != "first"}
    rows = [{"survivor": one.survivor, **asdict(one), "ids": list(one.ids[1:])} for one in found.first[:most]]
    if as_json:
        console.card({**counts, "first": rows}, as_json=True)
        return
    if rows:
        shown = [{**row, **{name: ", ".join(row[name]) for name in ("ids", "rules", "signs")}} for row in rows]
        console.table([{**row, "why": _WHY[row["why"]]} for row in shown], title="Duplicates")
    console.card(counts)


def merge(  # noqa: PLR0917 - typer calls it by name
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID ID]", help="Two customers to merge by hand.")] = None,
    project: ProjectFolder = HERE,
    rule: Rule = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count; change nothing.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Merge the groups that nothing speaks against, or two customers that you name. 'smc customer unmerge' undoes it.

    Example: smc customer merge --rule card --dry-run
    """
    from smc import pipeline

    loaded = load(project)
    if ids and (len(ids) != _PAIR or rule is not None):
        raise UsageError("a merge by hand takes two ids and no rule", remedy="Write: smc customer merge ID ID")
    if dry_run:
        with pipeline.open_scratch(loaded) as scratch:
            today = pipeline.moment_of(loaded, day(as_of)).as_of
            result = _merge(scratch, loaded, ids, rule, today, dry_run=True)
    else:
        with _writing(loaded, "customer merge", day(as_of), wait) as (warehouse, today):
            result = _merge(warehouse, loaded, ids, rule, today)
            if result.merged:
                _publish(warehouse, loaded)
    console.card(asdict(result), as_json=as_json)


def _merge(
    warehouse: Warehouse,
    loaded: Project,
    ids: list[str] | None,
    rule: str | None,
    today: date,
    *,
    dry_run: bool = False,
) -> MergeResult:
    from smc.import_.duplicates.run import merge_by_hand, merge_by_rules

    if ids:
        one, other = ids
        return merge_by_hand(warehouse, loaded.duplicates, one, other, as_of=today, dry_run=dry_run)
    return merge_by_rules(warehouse, loaded.duplicates, as_of=today, rule=rule, dry_run=dry_run)


def unmerge(
    customer_id: Annotated[str, typer.Argument(help="The id that was merged into another.")],
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Make a merged id a customer of its own again, with its receipts and history. Rules will not merge it again.

    Example: smc customer unmerge 00123
    """
    from smc.import_.duplicates.part import unmerge as part

    loaded = load(project)
    with _writing(loaded, "customer unmerge", day(as_of), wait) as (warehouse, today):
        result = part(warehouse, loaded.duplicates, customer_id, as_of=today)
        _publish(warehouse, loaded)
    console.card(asdict(result), as_json=as_json)


@contextmanager
def _writing(project: Project, command: str, as_of: date | None, wait: float) -> Iterator[tuple[Warehouse, date]]:
    """The live warehouse under the project's lock, and the day. ``UsageError`` when there is none: none is made."""
    from smc import pipeline
    from smc.pipeline.store import open_warehouse

    path = project.path(project.settings.warehouse.path)
    if not path.exists():
        raise UsageError("there is no data yet", where=str(path), remedy="Run 'smc import' or 'smc run nightly' first.")
    today = pipeline.moment_of(project, as_of).as_of
    with pipeline.lock(project, command, wait), open_warehouse(project) as warehouse:
        yield warehouse, today


def _publish(warehouse: Warehouse, project: Project) -> None:
    warehouse.publish(project.path(project.settings.warehouse.snapshot))


def _save(path: Path, groups: tuple[Group, ...]) -> None:
    remedy = "Give the right to write there, or choose another file."
    with writing(path, "the list", UsageError, remedy=remedy), path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("group", "customer_id", "survivor", "rules", "signs", "why"))
        for number, group in enumerate(groups, 1):
            for name in group.ids:
                row = (number, name, group.survivor, " ".join(group.rules), " ".join(group.signs), group.why or "")
                writer.writerow(row)
