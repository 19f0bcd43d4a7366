"""The page of RFM: matrices with their bounds, cells, the two ends of the base, history by month, and migration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from smc.config.specs.project import RfmSpec
from smc.report import show
from smc.report.chart import Chart, Point, draw
from smc.report.figure import MATRICES
from smc.report.site import Row, Site, Table
from smc.warehouse.rfm import PAIRS, Bounds, Measure, Span, newest, present, see, spans

_MONTHS = 24
_NAMES = {None: "Without a name", "(none)": "Without a name", "(new)": "Came newly", "(gone)": "Dropped out"}
_NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Scored:
    """What other pages show of it. ``as_of``: the day of the scores, None without any."""

    as_of: date | None
    best: Row
    lost: Row
    cells: Table


@dataclass(frozen=True, slots=True)
class Score:
    """A field of a matrix. ``shade`` is 0 to 1, the share of the fullest one."""

    customers: int
    share: float
    revenue: Any
    shade: float


@dataclass(frozen=True, slots=True)
class Matrix:
    """``rows`` and ``columns`` are the letters of the measures, ``down`` and ``across`` what each score means."""

    title: str
    rows: str
    columns: str
    down: Mapping[int, str]
    across: Mapping[int, str]
    scores: Mapping[tuple[int, int], Score]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a table of cells by month or by cell."""

    customers: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of such a table."""

    title: str
    cells: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Square:
    """Such a table, and the figure it is made of. Days are those of a migration."""

    table: Table
    columns: tuple[str, ...]
    rows: tuple[Line, ...]
    left_out: int = 0
    from_day: date | None = None
    to_day: date | None = None


def write(site: Site, rfm: RfmSpec) -> Scored:
    """``rfm.html``, of the last computed day up to that of the report; of a later one when there is no other."""
    seen = newest(site.warehouse, site.as_of) or present(site.warehouse)
    see(site.warehouse, seen)
    bounds = edges(spans(site.warehouse, seen) if seen else {}, site.settings.currency)
    titles = {name: cell.title for name, cell in rfm.cells.items()}
    fields, ends, by_month = site.rows("rfm_matrix"), site.rows("best_and_lost"), site.rows("rfm_ends")
    cells = site.table("rfm_cells", [{**row, "cell": _title(titles, row["cell"])} for row in site.rows("rfm_cells")])
    scored = Scored(seen.as_of if seen else None, _end(ends, "best"), _end(ends, "lost"), cells)
    site.page(
        "rfm.html", "rfm.html",
        day=scored.as_of, period=_period(site, rfm, scored.as_of), months=len(by_month),
        best=scored.best, lost=scored.lost, total=sum(row["customers"] for row in ends),
        table=site.table("rfm_matrix", fields),
        matrices=[_matrix(kind, fields, bounds) for kind in PAIRS],
        bounds=site.table("rfm_bounds", site.rows("rfm_bounds")), edges=bounds, cells=cells,
        ends=site.table("best_and_lost", ends), by_month=site.table("rfm_ends", by_month),
        chart=draw(_chart(by_month)), history=_history(site, titles), migration=_migration(site, titles, by_month),
    )  # fmt: skip
    return scored


def _period(site: Site, rfm: RfmSpec, day: date | None) -> int:
    """The period that the scores were computed with."""
    found: int | None = site.warehouse.value("select period from rfm_day where as_of = $day", day=day)
    return found or rfm.period


def edges(bounds: Bounds, currency: str) -> dict[Measure, dict[int, str]]:
    """What each score of each measure means, in words: ``edges["recency"][5]`` → ``up to 3 days``."""
    words: dict[Measure, Callable[[Span], str]] = {
        "recency": _days,
        "frequency": _receipts,
        "monetary": lambda span: _money(span, currency),
    }
    return {
        measure: {score: words[measure](span) if span else _NOBODY for score, span in by.items()}
        for measure, by in bounds.items()
    }


def _days(span: Span) -> str:
    if span.high is None:
        return f"over {show.number((span.low or 0) - 1)} days" if span.low else "any"
    return f"{_between(span)} days"


def _receipts(span: Span) -> str:
    if span.low is None:
        return "any" if span.high is None else f"under {show.number(span.high + 1)}"
    return f"{show.number(span.low)} or more" if span.high is None else _between(span)


def _money(span: Span, currency: str) -> str:
    if span.low is None:
        return "any" if span.high is None else f"to {show.money(span.high, currency)}"
    return f"from {show.money(span.low, currency)}"


def _between(span: Span) -> str:
    low, high = show.number(span.low), show.number(span.high)
    return low if low == high else f"{low}\u2013{high}"


def _matrix(kind: str, fields: Sequence[Row], bounds: Mapping[Measure, Mapping[int, str]]) -> Matrix:
    mine = [row for row in fields if row["matrix"] == kind]
    fullest = max((row["customers"] for row in mine), default=1)
    rows, columns = PAIRS[kind]
    scores = {
        (row["first"], row["second"]): Score(
            row["customers"], row["share"], row["revenue_365d"], row["customers"] / fullest
        )
        for row in mine
    }
    down, across = bounds.get(rows, {}), bounds.get(columns, {})
    return Matrix(MATRICES[kind], rows[0].upper(), columns[0].upper(), down, across, scores)


def _end(ends: Sequence[Row], part: str) -> Row:
    """One end of the base; None where nobody has a score, 0 where nobody has this one."""
    nobody: Row = {"customers": 0, "share": 0.0} if ends else {"customers": None, "share": None}
    return next((row for row in ends if row["part"] == part), nobody)


def _title(titles: Mapping[str, str], cell: str | None) -> str:
    return titles.get(cell or "", _NAMES.get(cell, cell or ""))


def _chart(rows: Sequence[Row]) -> Chart:
    series = {"best": "Best", "lost": "Lost"}
    points = [
        Point(show.month_short(row["month"]), title, row[f"{name}_share"],
              f"{show.month(row['month'])}, {title.lower()}: {show.number(row[name])} customers, "
              f"{show.share(row[f'{name}_share'])}")
        for name, title in series.items()
        for row in rows[-_MONTHS:]
        if row[f"{name}_share"] is not None
    ]  # fmt: skip
    return Chart(
        "ends", "Best and lost, share of customers with scores", points, tuple(series.values()), "share", "line"
    )


def _history(site: Site, titles: Mapping[str, str]) -> Square:
    """A line for each month, the newest first; cells in the order of rfm.yaml."""
    rows = site.rows("rfm_history")
    table = site.table("rfm_history", [{**row, "cell": _title(titles, row["cell"])} for row in rows])
    names = _in_order(titles, {row["cell"] for row in rows})
    by = {(row["month"], row["cell"]): Field(row["customers"], row["share"]) for row in rows}
    months = list(dict.fromkeys(row["month"] for row in rows))
    lines = tuple(
        Line(show.month(month), tuple(by.get((month, name), Field(0, 0.0)) for name in names))
        for month in months[:_MONTHS]
    )
    return Square(table, tuple(_title(titles, name) for name in names), lines, max(0, len(months) - _MONTHS))


def _migration(site: Site, titles: Mapping[str, str], months: Sequence[Row]) -> Square:
    """Between the last two months of the history; nothing when there is one alone."""
    if len(months) < 2:  # noqa: PLR2004 - a pair of months
        return Square(site.table("rfm_migration", []), (), ())
    from_day, to_day = (row["as_of"] for row in months[-2:])
    rows = site.rows("rfm_migration", from_day=from_day, to_day=to_day)
    shown = [
        {**row, "from_cell": _title(titles, row["from_cell"]), "to_cell": _title(titles, row["to_cell"])}
        for row in rows
    ]
    table = site.table("rfm_migration", shown)
    before = _in_order(titles, {row["from_cell"] for row in rows})
    after = _in_order(titles, {row["to_cell"] for row in rows})
    by = {(row["from_cell"], row["to_cell"]): Field(row["customers"], row["share"]) for row in rows}
    lines = tuple(
        Line(_title(titles, one), tuple(by.get((one, other), Field(0, 0.0)) for other in after)) for one in before
    )
    return Square(table, tuple(_title(titles, name) for name in after), lines, 0, from_day, to_day)


def _in_order(titles: Mapping[str, str], there: set[str | None]) -> list[str | None]:
    """Cells of the project in its order, then those that it no longer has, then what is no cell."""
    known = [name for name in titles if name in there]
    gone = sorted(name for name in there if name is not None and name not in titles and name not in _NAMES)
    return [*known, *gone, *(name for name in _NAMES if name in there)]
