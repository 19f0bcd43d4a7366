"""smc segment: list, refresh, count, size, show, diff, overlap, explain, why, sql, export."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, SeenOn, Wait, day, known, load, readable
from smc.commands.run import execute
from smc.commands.segment_shown import counted, matrix, spread, stored, told
from smc.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from smc.project import Project
    from smc.segment.ground import Ground

app = typer.Typer(help="Look at segments. Figures come from the last published run.", no_args_is_help=True)

SegmentName = Annotated[str, typer.Argument(help="Name of a segment in segments/*.yaml.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many customers; --json has all.")]


@app.command("list")
def list_(project: ProjectFolder = HERE, as_of: SeenOn = None, as_json: Json = False) -> None:
    """Every segment: members, share of the base, revenue of 365 days, who came and went, and who can be reached.

    Reachable are members with a usable address of the channel and a yes for at least one category. Of an earlier day
    members are known, and who came and went.

    Example: smc segment list --json
    """
    from smc import pipeline
    from smc.segment.show import overview

    loaded = load(project)
    with pipeline.open_snapshot(loaded) as warehouse:
        last = pipeline.last_day(warehouse, None, "segment")
        found = overview(warehouse, loaded.segments, as_of=day(as_of) or last)
    rows = [asdict(figures) for figures in found]
    console.table(rows if as_json else list(map(spread, rows)), title="Segments", as_json=as_json)
    if (day(as_of) or last) < last:
        console.note(f"The base, revenue and reach are those of {last} alone and left empty for an earlier day.")


@app.command()
def refresh(  # noqa: PLR0917 - typer calls it by name
    project: ProjectFolder = HERE,
    as_of: AsOf = None,
    as_json: Json = False,
    wait: Wait = 0,
    full: Annotated[bool, typer.Option("--full", help="Evaluate every customer, not only those concerned.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="With --full: find members as in every night, and compare with everyone's.")
    ] = False,
) -> None:
    """Find who entered and who left each segment, and keep it. The nightly run does this too.

    Only customers who can have changed are evaluated; the result is the same as with --full, and --full --verify
    proves it: when members differ, nothing is kept and the exit code is 1.

    Example: smc segment refresh --full --verify
    """
    if verify and not full:
        raise UsageError("--verify compares with a full refresh", remedy="Write smc segment refresh --full --verify.")
    stage = "verify segments" if verify else "segment"
    execute("segment refresh", [stage], project, as_of, as_json=as_json, wait=wait, full=full)


@app.command()
def count(name: SegmentName, project: ProjectFolder = HERE, as_of: SeenOn = None, as_json: Json = False) -> None:
    """Evaluate a segment's rule as it is written now, without storing anything.

    Useful while you write a rule: smc validate, then smc segment count NAME.

    Example: smc segment count lapsed_loyal
    """
    from smc.segment.show import size as size_of

    loaded = load(project)
    known("segment", name, loaded.segments)
    with _ground(loaded, as_of) as ground:
        members = size_of(ground, name).customers
        console.card({"segment": name, "as_of": ground.as_of, "members": members}, as_json=as_json)


@app.command()
def size(
    file: Annotated[Path, typer.Argument(help="YAML file with one rule; - reads standard input.")] = Path("-"),
    project: ProjectFolder = HERE,
    as_of: SeenOn = None,
    as_json: Json = False,
) -> None:
    """How many customers a rule matches that is in no file of the project yet, their share, and who can be reached.

    The rule is checked as in smc validate. Nothing is stored.

    Example: echo 'metric: {name: receipts_90d, at_least: 3}' | smc segment size
    """
    from smc.segment.show import size as size_of

    loaded = load(project)
    rule = _unsaved(project, file)
    with _ground(loaded, as_of) as ground:
        found = asdict(size_of(ground, rule))
        console.card({"as_of": ground.as_of, **(found if as_json else spread(found))}, as_json=as_json)


@app.command()
def show(
    name: SegmentName, project: ProjectFolder = HERE, as_of: SeenOn = None, as_json: Json = False, limit: Limit = 20
) -> None:
    """Members of a segment, with the day they entered.

    Example: smc segment show lapsed_loyal --limit 5
    """
    from smc import pipeline
    from smc.segment.show import members

    loaded = load(project)
    known("segment", name, loaded.segments)
    with pipeline.open_snapshot(loaded) as warehouse:
        found = members(warehouse, name, as_of=day(as_of), limit=limit)
    console.table([asdict(member) for member in found], title=loaded.segments[name].title, as_json=as_json)


@app.command()
def diff(  # noqa: PLR0917 - typer calls it by name
    name: SegmentName,
    project: ProjectFolder = HERE,
    since: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="Day to compare with. Default: the day before."),
    ] = None,
    as_of: SeenOn = None,
    as_json: Json = False,
    limit: Limit = 20,
) -> None:
    """Who entered and who left a segment since a day: members of one day and not of the other.

    Whoever came and went in between is in neither list. Members of the first computation did not enter.

    Example: smc segment diff lapsed_loyal --since 2026-02-01
    """
    from smc import pipeline
    from smc.segment.compare import difference

    loaded = load(project)
    known("segment", name, loaded.segments)
    with pipeline.open_snapshot(loaded) as warehouse:
        last = pipeline.last_day(warehouse, day(as_of), "segment")
        found = asdict(difference(warehouse, name, day(since), last))
    moved = found.pop("moved")
    if as_json:
        console.card({"segment": name, **found, "moved": list(moved)}, as_json=True)
        return
    console.card(found, title=loaded.segments[name].title)
    if moved:
        console.table(moved[:limit], title=f"The first {limit}:" if len(moved) > limit else "")


@app.command()
def overlap(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Segments; all by default.")] = None,
    project: ProjectFolder = HERE,
    as_of: SeenOn = None,
    as_json: Json = False,
) -> None:
    """Customers that segments have in common, as stored: of each pair the number, the shares, and Jaccard's index.

    One name is compared with all others. Without names a matrix shows the percent of each row's members who are in the
    column's segment too; columns have the numbers of the rows.

    Example: smc segment overlap best loyal lapsed_loyal
    """
    from smc import pipeline
    from smc.segment.compare import overlaps

    loaded = load(project)
    for name in names or ():
        known("segment", name, loaded.segments)
    given = list(dict.fromkeys(names or ()))
    against = given[0] if len(given) == 1 else None
    chosen = given if len(given) > 1 else [*given, *(name for name in loaded.segments if name not in given)]
    with pipeline.open_snapshot(loaded) as warehouse:
        last = pipeline.last_day(warehouse, day(as_of), "segment")
        found = overlaps(warehouse, chosen, last, against=against)
    if names or as_json:
        console.table([asdict(one) for one in found], title="Overlap", as_json=as_json)
    else:
        console.table(matrix(chosen, found), title="Percent of the row's members who are in the column's segment")


@app.command()
def explain(name: SegmentName, project: ProjectFolder = HERE, as_of: SeenOn = None, as_json: Json = False) -> None:
    """The rule of a segment as a tree, with the customers who hold each part, and what it cost to find them.

    Remaining are those who hold the part and all parts before it under the same 'all'. Everything is counted in one
    evaluation of the rule as it is written now; nothing is stored.

    Example: smc segment explain lapsed_loyal
    """
    from smc.segment.explain import explain as explain_rule

    loaded = load(project)
    known("segment", name, loaded.segments)
    with _ground(loaded, as_of) as ground:
        found = explain_rule(ground, name)
        about = {"segment": name, "as_of": ground.as_of, "customers": found.base, "members": found.members}
    if as_json:
        cost = {step: asdict(one) for step, one in found.cost.items()}
        console.card({**about, "rule": counted(found.root), "cost": cost}, as_json=True)
        return
    rows = [
        {"rule": "  " * depth + one.rule, "customers": one.customers, "remaining": one.remaining}
        for depth, one in found.root.lines()
    ]
    console.card(about)
    console.table(rows, title="Rule")
    steps = [
        {
            "step": step,
            "seconds": one.seconds,
            "rows read": ", ".join(f"{table} {n:,}" for table, n in one.rows.items()),
        }
        for step, one in found.cost.items()
    ]
    console.table(steps, title="Cost")


@app.command()
def why(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The shop's id of the customer, as text.")],
    name: Annotated[str, typer.Argument(metavar="SEGMENT", help="Name of a segment in segments/*.yaml.")],
    project: ProjectFolder = HERE,
    as_of: SeenOn = None,
    as_json: Json = False,
) -> None:
    """Whether a customer is in a segment, and his way through its rule: each part yes or no, with what he has.

    It prints what is known about this person. The rule is taken as it is written now; stored stays are shown beside.

    Example: smc segment why 00123 lapsed_loyal
    """
    from smc.segment.why import why as find_way

    loaded = load(project)
    known("segment", name, loaded.segments)
    with _ground(loaded, as_of) as ground:
        found = find_way(ground, customer_id, name)
        about = {"customer_id": found.customer_id, "segment": name, "as_of": ground.as_of, "member": found.member}
    if as_json:
        stays = [asdict(stay) for stay in found.stays]
        rule = told(found.root) if found.root else None
        console.card({**about, "has_profile": found.has_profile, "stays": stays, "rule": rule}, as_json=True)
        return
    console.card({**about, "stored": stored(found)})
    if found.root is None:
        console.line("There is no profile of this customer, and without one nobody is in a segment.")
        return
    rows = [{"rule": "  " * depth + one.rule, "holds": one.holds, "has": one.has} for depth, one in found.root.lines()]
    console.table(rows, title="Rule")


@app.command("sql")
def sql_(name: SegmentName, project: ProjectFolder = HERE, as_of: SeenOn = None, as_json: Json = False) -> None:
    """The rule of a segment as one SQL statement that gives the members' ids; it runs on the snapshot as it stands.

    Example: smc segment sql lapsed_loyal > lapsed.sql
    """
    from smc.segment.show import sql_of

    loaded = load(project)
    known("segment", name, loaded.segments)
    with _ground(loaded, as_of) as ground:
        text = sql_of(
            ground.warehouse, name, segments=loaded.segments, fields=loaded.fields, metrics=loaded.metrics,
            as_of=ground.as_of, categories=ground.categories,
        )  # fmt: skip
        as_of_day = ground.as_of
    if as_json:
        console.card({"segment": name, "as_of": as_of_day, "sql": text}, as_json=True)
    else:
        console.line(f"-- Customers in {name} on {as_of_day}\n{text};")


@app.command()
def export(  # noqa: PLR0917 - typer calls it by name
    name: SegmentName,
    target: Annotated[str, typer.Argument(help="File to write, or FEED:path/file; .csv or .parquet says the format.")],
    project: ProjectFolder = HERE,
    as_of: SeenOn = None,
    column: Annotated[
        list[str] | None, typer.Option(help="A field of the profile to add, such as email; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the members of a segment to a CSV or Parquet file: id, day of entry, and the fields you name.

    FEED:path/file.csv writes to the place of that feed's source (a folder, FTP, SFTP, S3, WebDAV, Dropbox), below its
    folder. The file appears whole or not at all.

    Example: smc segment export lapsed_loyal lapsed.csv --column email --column first_name

    Example: smc segment export lapsed_loyal receipts:out/lapsed.csv
    """
    from smc import pipeline
    from smc.segment.export import export_to

    loaded = load(project)
    known("segment", name, loaded.segments)
    with pipeline.open_snapshot(loaded) as warehouse:
        rows = export_to(
            warehouse, name, target, feeds=loaded.feeds, root=loaded.folder,
            as_of=day(as_of), fields=loaded.fields, columns=column or (),
        )  # fmt: skip
    if as_json:
        console.card({"segment": name, "customers": rows, "target": target}, as_json=True)
    else:
        console.line(f"{rows} customers written to {target}")


@contextmanager
def _ground(project: Project, as_of: datetime | None) -> Iterator[Ground]:
    """The snapshot and the specs, for evaluating rules as they are written now."""
    from smc import pipeline
    from smc.segment.ground import Ground
    from smc.warehouse.marts import marts_ready

    with pipeline.open_workspace(project) as warehouse, marts_ready(warehouse, project.fields):
        today = pipeline.last_day(warehouse, day(as_of))
        yield Ground(
            warehouse, project.segments, project.fields, project.metrics, today, project.settings.categories,
            project.defined,
        )  # fmt: skip


def _unsaved(folder: Path, file: Path) -> Any:
    """The rule in a file or on standard input, checked against the project."""
    from smc.config.file import StopError, decoded, read_text
    from smc.project import check_unsaved

    try:
        if str(file) == "-":
            name = Path("standard input")
            text = decoded(sys.stdin.buffer.read(), name)
        else:
            readable(file)
            name, text = file, read_text(file)
    except StopError as stop:
        raise ConfigError([stop.problem]) from None
    return check_unsaved(folder, text, name)
