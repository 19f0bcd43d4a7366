"""smc rfm: matrices, cells, their history, who went where, one customer explained, and months before the first run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, SeenOn, Wait, day, load
from smc.errors import UsageError

if TYPE_CHECKING:
    from smc.metric.rfm_show import Explained, Matrix
    from smc.project import Project
    from smc.warehouse.rfm import Span

app = typer.Typer(help="Look at RFM scores: how recently, how often and for how much.", no_args_is_help=True)

SegmentOption = Annotated[
    str | None, typer.Option("--segment", metavar="NAME", help="Only members of this segment on that day.")
]
_SPECIAL = {"(new)": "Came newly", "(gone)": "Dropped out", "(none)": "Without a name"}


class Kind(StrEnum):
    """The two measures of a matrix: its rows, then its columns."""

    RF = "rf"
    RM = "rm"
    FM = "fm"


def month_option(flag: str, text: str) -> Any:
    return typer.Option(flag, metavar="MONTH", formats=["%Y-%m"], help=text)


@app.command()
def matrix(
    kind: Annotated[Kind, typer.Argument(help="rf, rm or fm: recency, frequency, monetary; rows before columns.")],
    project: ProjectFolder = HERE,
    segment: SegmentOption = None,
    as_of: SeenOn = None,
    as_json: Json = False,
) -> None:
    """Customers by two of their scores, 5 by 5, with the bounds of each score, shares, and revenue of 365 days.

    Example: smc rfm matrix rm --segment regulars --as-of 2026-03-31
    """
    from smc import pipeline
    from smc.metric.rfm_show import matrix as matrix_of

    loaded = load(project)
    if segment is not None:
        known_segment(loaded, segment)
    with pipeline.open_workspace(loaded) as warehouse:
        found = matrix_of(warehouse, kind.value, as_of=day(as_of), segment=segment)
    if as_json:
        console.table([_plain(found, index) for index in range(25)], as_json=True)
        return
    whom = f" of '{segment}'" if segment else ""
    console.table(_grid(found, "customers", "share"), title=f"Customers{whom} on {found.as_of}, and their share")
    console.line("")
    console.table(_grid(found, "revenue_365d", "revenue_share"), title="What they spent in 365 days, and its share")


@app.command()
def cells(
    project: ProjectFolder = HERE, segment: SegmentOption = None, as_of: SeenOn = None, as_json: Json = False
) -> None:
    """Each named cell: customers, share, revenue of 365 days with its share, and the average receipt."""
    from smc import pipeline
    from smc.metric.rfm_show import cells as cells_of

    loaded = load(project)
    if segment is not None:
        known_segment(loaded, segment)
    with pipeline.open_workspace(loaded) as warehouse:
        as_of_day, rows = cells_of(warehouse, loaded.rfm, as_of=day(as_of), segment=segment)
    titled = [{"cell": row["cell"], "title": _title(loaded, row["cell"]), **_rest(row, "cell")} for row in rows]
    console.table(titled, title=f"RFM cells on {as_of_day}", as_json=as_json)


@app.command()
def history(project: ProjectFolder = HERE, as_of: SeenOn = None, as_json: Json = False) -> None:
    """Customers in each cell at the end of each month, on the last day that was computed in it.

    Months that are missing: see smc rfm fill.
    """
    from smc import pipeline
    from smc.metric.rfm_show import history as history_of

    loaded = load(project)
    with pipeline.open_workspace(loaded) as warehouse:
        rows = history_of(warehouse, as_of=day(as_of))
    if as_json:
        console.table([{**row, "title": _title(loaded, row["cell"])} for row in rows], as_json=True)
        return
    there = {row["cell"] for row in rows}
    names = [*(cell for cell in loaded.rfm.cells if cell in there), *sorted(there - loaded.rfm.cells.keys(), key=str)]
    found: dict[date, dict[str, Any]] = {}
    for row in rows:
        line = found.setdefault(row["month"], {"month": f"{row['month']:%Y-%m}", "computed_on": str(row["as_of"])})
        line |= {_title(loaded, name): line.get(_title(loaded, name), 0) for name in names}
        line[_title(loaded, row["cell"])] += row["customers"]
    console.table(list(found.values()), title="Customers by cell at the end of each month")


@app.command()
def migration(
    project: ProjectFolder = HERE,
    begin: Annotated[datetime | None, month_option("--from", "Month before, YYYY-MM. Default: the one before.")] = None,
    end: Annotated[datetime | None, month_option("--to", "Month after, YYYY-MM. Default: the last one.")] = None,
    as_json: Json = False,
) -> None:
    """From which cell to which customers went between the ends of two months; who came newly, who dropped out.

    Rows are the cells before. Example: smc rfm migration --from 2026-01 --to 2026-03
    """
    from smc import pipeline
    from smc.metric.rfm_show import migration as migration_of

    loaded = load(project)
    with pipeline.open_workspace(loaded) as warehouse:
        found = migration_of(warehouse, begin=day(begin), end=day(end))
    if as_json:
        days = {"from_day": found.from_day, "to_day": found.to_day}
        console.table([{**days, **row} for row in found.rows], as_json=True)
        return
    title = f"Customers by cell on {found.from_day} (rows) and on {found.to_day} (columns)"
    console.table(_square(loaded, found.rows), title=title)


@app.command()
def show(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The shop's id of the customer, as text.")],
    project: ProjectFolder = HERE,
    as_of: SeenOn = None,
    as_json: Json = False,
) -> None:
    """Why a customer has his scores: his values, the bounds that applied, his cell, and his earlier ones."""
    from smc import pipeline
    from smc.metric.rfm_show import explain

    loaded = load(project)
    with pipeline.open_workspace(loaded) as warehouse:
        found = explain(warehouse, customer_id, loaded.rfm, as_of=day(as_of))
    if as_json:
        console.card(asdict(found), as_json=True)
        return
    _print(loaded, found)


@app.command()
def fill(
    begin: Annotated[datetime, month_option("--from", "First month to compute, YYYY-MM.")],
    project: ProjectFolder = HERE,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Put ends of months into the history that it does not have: before its first day, and where nights were missed.

    They are computed from the receipts as they are now, by today's rfm.yaml, from the first paid receipt on. Scores
    that are computed already stay as they are; a second run finds nothing to do.
    """
    from smc import pipeline
    from smc.commands.run import finish, words
    from smc.pipeline.moment import FIRST_YEAR, LAST_YEAR

    if not FIRST_YEAR <= begin.year <= LAST_YEAR:
        raise UsageError(
            f"--from {begin.date().isoformat()[:7]} is no month of a shop",
            remedy=f"Give a month of the years {FIRST_YEAR} to {LAST_YEAR}.",
        )
    with console.progress() as say:
        done = pipeline.fill_rfm(load(project), begin.date(), wait_s=wait, progress=say)
    summary = done.stage("rfm")
    if as_json:
        console.card(summary, as_json=True)
    else:
        console.line(f"rfm fill: {words(summary)}")
    finish(done.failures, done.notes)


def known_segment(project: Project, name: str) -> None:
    """Raises ``UsageError`` for a name that no segment has."""
    from smc.config.problem import nearest

    if name not in project.segments:
        raise UsageError(f"there is no segment '{name}'", remedy=nearest(name, project.segments))


def _title(project: Project, cell: str | None) -> str:
    if cell is None:
        return _SPECIAL["(none)"]
    spec = project.rfm.cells.get(cell)
    return spec.title if spec else _SPECIAL.get(cell, cell)


def _rest(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _plain(found: Matrix, index: int) -> dict[str, Any]:
    """A cell with the scores by the names of their measures, and the values that give them, both ends included."""
    cell = found.cells[index]
    scores: dict[str, Any] = dict(zip(found.measures, (cell.first, cell.second), strict=True))
    ends: dict[str, Any] = {}
    for measure, score in zip(found.measures, (cell.first, cell.second), strict=True):
        span = found.span(measure, score)
        ends |= {f"{measure}_from": span and span.low, f"{measure}_to": span and span.high}
    return {"as_of": found.as_of, **scores, **ends, **_rest(asdict(cell), "first", "second")}


def _grid(found: Matrix, amount: str, share: str) -> list[dict[str, Any]]:
    rows, columns = found.measures
    lines = []
    for first in range(5, 0, -1):
        line: dict[str, Any] = {rows: f"{rows[0].upper()}{first}  {_bound(found.span(rows, first), rows)}"}
        for second in range(1, 6):
            cell = next(one for one in found.cells if (one.first, one.second) == (first, second))
            part = getattr(cell, share)
            head = f"{columns[0].upper()}{second}  {_bound(found.span(columns, second), columns)}"
            line[head] = f"{getattr(cell, amount):,}" + ("" if part is None else f" ({part:.1%})")
        lines.append(line)
    return lines


def _bound(span: Span | None, measure: str) -> str:
    if span is None:
        return "nobody"
    if span.low is None and span.high is None:
        return "all"
    unit = {"recency": " days", "frequency": "", "monetary": ""}[measure]
    if span.low is None:
        return f"to {_number(span.high)}{unit}"
    if span.high is None:
        return f"from {_number(span.low)}{unit}"
    if span.low == span.high:
        return f"{_number(span.low)}{unit}"
    return f"{_number(span.low)}-{_number(span.high)}{unit}"


def _number(value: Any) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _square(project: Project, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Cells before as rows, cells after as columns, in the order of rfm.yaml."""
    order = [*project.rfm.cells]
    others = sorted({cell for row in rows for cell in (row["from_cell"], row["to_cell"])} - {*order, *_SPECIAL})
    there = {(row["from_cell"], row["to_cell"]): row["customers"] for row in rows}
    before = [cell for cell in (*order, *others, "(none)", "(new)") if any(pair[0] == cell for pair in there)]
    after = [cell for cell in (*order, *others, "(none)", "(gone)") if any(pair[1] == cell for pair in there)]
    return [
        {"before": _title(project, one), **{_title(project, other): there.get((one, other), 0) for other in after}}
        for one in before
    ]


def _print(project: Project, found: Explained) -> None:
    head = {
        "as_of": found.as_of, "period": f"{found.period} days", "last receipt": found.last_receipt,
        "cell": _title(project, found.cell) if found.parts[0].score else "no scores: he did not buy in the period",
    }  # fmt: skip
    console.card(head, title=f"RFM of {found.customer_id}")
    rows = [
        {"measure": part.measure, "value": part.value, "score": part.score,
         "this score is given to": _bound(part.span, part.measure) if part.span else None}
        for part in found.parts
    ]  # fmt: skip
    console.table(rows)
    if found.changed:
        console.note("The receipts have changed since these scores were computed; the values are those of now.")
    if found.stays:
        stays = [
            {**row, "cell": _title(project, row["cell"]) if row["recency"] else "no scores"} for row in found.stays
        ]
        console.table(stays, title="Since when")
