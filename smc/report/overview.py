"""The first page, and the page of the import."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from smc.report import show
from smc.report.chart import Chart, Point, draw
from smc.report.rfm import Scored
from smc.report.site import Row, Site, since_text
from smc.warehouse.permitted import everyone_reached

MONTHS = 24
_FILES = 60


def write(site: Site, segments: Mapping[str, str], scored: Scored) -> None:
    """``index.html``. ``segments`` gives the title of each name, in the order of the project."""
    key = site.rows("key_figures")[0]
    since = _since(site.as_of, key["first_day"])
    customers, revenue = site.rows("customers_by_month", since=since), site.rows("revenue_by_month", since=since)
    base, members = site.rows("base_by_last_purchase"), _segments(site, segments)
    elsewhen = [row for row in site.rows("computed_on") if row["name"] != "rfm"]
    if scored.as_of not in {None, site.as_of}:
        elsewhen.append({"name": "rfm", "as_of": scored.as_of})
    site.page(
        "index.html", "index.html",
        key=key, keys=site.table("key_figures", [key]), returning=_returning(site.as_of, customers),
        best=scored.best, lost=scored.lost, cells=scored.cells, partial=_partial(site.as_of), elsewhen=elsewhen,
        customers=site.table("customers_by_month", customers), revenue=site.table("revenue_by_month", revenue),
        base=site.table("base_by_last_purchase", base),
        charts={
            "revenue": draw(_revenue_chart(site, revenue)), "customers": draw(_customers_chart(site, customers)),
            "returning": draw(_returning_chart(customers, revenue)), "base": draw(_base_chart(base)),
        },
        segments=site.table("segment_figures", members),
        notes=site.table("data_notes", [row for row in site.rows("data_notes") if row["found"]]),
    )  # fmt: skip


def write_import(site: Site) -> None:
    """``import.html``: the ledger, the rejects with masked examples, who can be reached, the last runs."""
    rejects = [{**row, "value": show.masked(row["value"], row["field"])} for row in site.rows("rejects")]
    stages = [{**row, "summary": _summary(row["summary"])} for row in site.rows("run_stages")]
    everyone_reached(site.warehouse)
    site.page(
        "import.html", "import.html",
        feeds=site.table("import_feeds", site.rows("import_feeds")),
        files=site.table("import_files", site.rows("import_files"), limit=_FILES),
        rejects=site.table("rejects", rejects), runs=site.table("runs", site.rows("runs")),
        reach=site.table("customer_reach", site.rows("customer_reach")),
        contacts=site.table("contact_status", site.rows("contact_status")),
        stages=site.table("run_stages", stages),
    )  # fmt: skip


def _segments(site: Site, titles: Mapping[str, str]) -> list[Row]:
    """Every segment of the project in its order, members or not; then those that the project no longer has."""
    empty: Row = {
        "members": 0, "base_share": 0.0, "entered": 0, "gone": 0, "revenue_share": 0.0, "average_receipt": None,
    }  # fmt: skip
    rows = {row["segment"]: row for row in site.rows("segment_figures")}
    gone = [name for name in rows if name not in titles and rows[name]["members"]]
    return [
        {**empty, **rows.get(name, {}), "segment": name, "title": titles.get(name, f"{name} (no longer defined)")}
        for name in (*titles, *gone)
    ]


def _returning(as_of: date, rows: Sequence[Row]) -> Row:
    """Share of returning buyers in the last month that is over, and its name; None when nobody bought in it."""
    after = as_of + timedelta(days=1)
    last = (after.replace(day=1) - timedelta(days=1)).replace(day=1)
    found = next((row["returning_share"] for row in rows if row["month"] == last), None)
    return {"share": found, "month": show.month(last)}


def _since(as_of: date, first_day: date | None) -> date:
    """The first month shown: two years back, or the month of the first receipt when it is later."""
    months = as_of.year * 12 + as_of.month - 1 - (MONTHS - 1)
    back = date(months // 12, months % 12 + 1, 1)
    return max(back, first_day.replace(day=1)) if first_day else back


def _partial(as_of: date) -> bool:
    """Whether the month of ``as_of`` is still running."""
    return date.fromordinal(as_of.toordinal() + 1).month == as_of.month


def _stacked(site: Site, rows: Sequence[Row], series: Mapping[str, str], *, money: bool) -> list[Point]:
    running = site.as_of.replace(day=1)
    points = []
    for row in rows:
        for name, title in series.items():
            shown = show.money(row[name], site.settings.currency) if money else show.number(row[name])
            partial = row["month"] == running and _partial(site.as_of)
            tip = f"{show.month(row['month'])}, {title.lower()}: {shown}"
            points.append(Point(show.month_short(row["month"]), title, float(row[name]), tip, partial))
    return points


def _revenue_chart(site: Site, rows: Sequence[Row]) -> Chart:
    series = {"revenue_returning": "Returning customers", "revenue_new": "New customers",
              "revenue_anonymous": "Without a customer"}  # fmt: skip
    if not any(row["revenue_anonymous"] for row in rows):
        del series["revenue_anonymous"]
    points = _stacked(site, rows, series, money=True)
    return Chart("revenue", "Revenue by month", points, tuple(series.values()), "money")


def _customers_chart(site: Site, rows: Sequence[Row]) -> Chart:
    series = {"returning_buyers": "Returning buyers", "new_buyers": "New buyers"}
    points = _stacked(site, rows, series, money=False)
    return Chart("customers", "Buyers by month", points, tuple(series.values()), half=True)


def _returning_chart(customers: Sequence[Row], revenue: Sequence[Row]) -> Chart:
    series = ("Share of buyers", "Share of revenue")
    points = [
        Point(show.month_short(row["month"]), name, row["returning_share"],
              f"{show.month(row['month'])}, {name.lower()}: {show.share(row['returning_share'])}")
        for name, rows in zip(series, (customers, revenue), strict=True)
        for row in rows
        if row["returning_share"] is not None
    ]  # fmt: skip
    return Chart("returning", "Share of returning customers", points, series, "share", "line")


def _base_chart(rows: Sequence[Row]) -> Chart:
    counts = {row["months"]: row for row in rows}
    places = range(14) if counts else ()
    points = []
    for months in places:
        row: Mapping[str, Any] = counts.get(months, {"customers": 0, "share": 0.0})
        label = {0: "< 1", 12: "12+", 13: "never"}.get(months, str(months))
        tip = f"{since_text(months)}: {show.number(row['customers'])} customers, {show.share(row['share'])}"
        points.append(Point(label, "Customers", row["customers"], tip))
    return Chart(
        "base", "Customers by months since last purchase", points, ("Customers",),
        x_title="Months since the last purchase", half=True,
    )  # fmt: skip


def _summary(text: str) -> str:
    """Counts of a stage: ``{"members": 12}`` → ``members 12``; what is no flat object stays as it is."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    if not isinstance(found, dict):
        return text
    plain = {name: value for name, value in found.items() if isinstance(value, int | float | str)}
    return " · ".join(
        f"{name.replace('_', ' ')} {show.number(value) if isinstance(value, int) else value}"
        for name, value in plain.items()
    )
