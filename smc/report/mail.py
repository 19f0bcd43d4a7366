"""Pages of what was sent: past mailings, mailings, campaigns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from smc.config.specs.base import LONGEST
from smc.report import show
from smc.report.chart import Chart, Point, draw
from smc.report.effect import Effect, Group, effect
from smc.report.programme import Programme, Version
from smc.report.site import Row, Site, Table, slug

_DAYS_DRAWN = 60
_ENTRY_DAYS = 120
_NO_ENTRIES = {"test": 0, "control": 0}
_UNCOUNTED: Row = dict.fromkeys(("buyers", "conversion", "receipts", "turnover", "turnover_per_recipient"))
"""Where no receipts count, these are not known."""


def write(site: Site, known: Sequence[Programme]) -> None:
    """``mailings.html``, ``campaigns.html`` and a page for each mailing and campaign."""
    past = [{**row, "href": f"past-{slug(row['mailing'])}.html"} for row in site.rows("past_mailings")]
    own = {kind: _totals(site, kind, known) for kind in ("campaign", "mailing")}
    site.page(
        "mailings.html", "mailings.html", window=site.params["past_days"],
        past=site.table("past_mailings", past),
        own=site.table("campaigns", own["mailing"], part="mailings",
                       titles={"title": "Mailing", "entries": None, "inside": None}),
    )  # fmt: skip
    site.page("campaigns.html", "campaigns.html", campaigns=site.table("campaigns", own["campaign"], part="campaigns"))
    for row in past:
        _past_page(site, row)
    for item in known:
        totals = next(row for row in own[item.kind] if row["campaign"] == item.name)
        _programme_page(site, item, totals)


def _totals(site: Site, kind: str, known: Sequence[Programme]) -> list[Row]:
    """One row per campaign or mailing, in the order of titles, those without any message too."""
    rows = {row["campaign"]: row for row in site.rows("campaigns", kind=kind)}
    nothing = ("entries", "inside", "messages", "accepted", "suppressed", "control", "recipients", "buyers", "receipts")
    empty: Row = {**dict.fromkeys(nothing, 0), "conversion": None, "turnover": 0, "turnover_per_recipient": None}
    return [
        {**empty, **rows.get(item.name, {}), **(_UNCOUNTED if item.attribution is None else {}), "campaign": item.name,
         "title": item.title, "trigger": item.trigger, "href": f"{kind}-{slug(item.name)}.html"}
        for item in known
        if item.kind == kind
    ]  # fmt: skip


def _past_page(site: Site, row: Row) -> None:
    days = site.rows("attributed_by_day", kind="past", campaign=row["mailing"])
    part = f"past-{slug(row['mailing'])}"
    site.page(
        row["href"], "past_mailing.html",
        mailing=row, window=site.params["past_days"], days=site.table("attributed_by_day", days, part=part),
        chart=draw(_days_chart(site, days, int(str(site.params["past_days"])))),
    )  # fmt: skip


def _programme_page(site: Site, item: Programme, totals: Row) -> None:
    where = {"kind": item.kind, "campaign": item.name}
    part = f"{item.kind}-{slug(item.name)}"
    days, entries = site.rows("attributed_by_day", **where), site.rows("campaign_entries", **where)
    arms = site.rows("campaign_effect", **where)
    lost = site.rows("campaign_lost", **where)
    site.page(
        totals["href"], "campaign.html",
        item=item, totals=totals,
        entries=site.table("campaign_entries", entries, part=part), entries_chart=draw(_entries_chart(entries)),
        funnels=_funnels(site, item, where, totals["entries"], part),
        messages=site.table("campaign_messages", site.rows("campaign_messages", **where), part=part),
        lost=site.table("campaign_lost", lost, part=part) if lost else None,
        days=site.table("attributed_by_day", days, part=part),
        chart=draw(_days_chart(site, days, (item.attribution and item.attribution.length) or LONGEST)),
        arms=site.table("campaign_effect", arms, part=part), effect=_effect(arms),
        unfinished=sum(row["unfinished"] for row in arms),
    )  # fmt: skip


def _effect(arms: Sequence[Row]) -> Effect:
    groups = {row["arm"]: Group(row["customers"], row["buyers"]) for row in arms}
    return effect(groups.get("test", Group(0, 0)), groups.get("control", Group(0, 0)))


def _funnels(
    site: Site, item: Programme, where: Mapping[str, str], entries: int, part: str
) -> list[tuple[Version, Table]]:
    """The steps of each version that somebody entered, the newest first."""
    if item.kind == "mailing":
        return []
    by = {(row["version"], row["step"]): row for row in site.rows("campaign_steps", **where)}
    found = []
    for version in item.versions:
        rows = [
            _funnel_row(step.number, step, by.get((version.number, step.number), {}), entries) for step in version.steps
        ]
        if version is item.versions[0] or any(row["reached"] or row["inside"] for row in rows):
            found.append((version, site.table("campaign_steps", rows, part=f"{part}-v{version.number}")))
    return found


def _funnel_row(number: int, step: Any, counted: Mapping[str, Any], entries: int) -> Row:
    empty: Row = dict.fromkeys(("reached", "passed", "refused", "messaged", "tagged", "exited", "inside"), 0)
    row = {**empty, **counted, "step": number, "text": step.text, "depth": step.depth}
    row["reached_share"] = row["reached"] / entries if entries else None
    return row


def _days_chart(site: Site, rows: Sequence[Row], window: int) -> Chart:
    """Every day of the window, also those without a receipt; very long windows as far as there is something."""
    found = {row["days_after"]: row for row in rows}
    last = min(window, max(found, default=0) + 1) if window > _DAYS_DRAWN else window
    points = []
    for day in range(last if found else 0):
        turnover = found[day]["turnover"] if day in found else 0
        tip = f"day {day}: {show.money(turnover, site.settings.currency)}"
        points.append(Point(str(day), "Turnover", float(turnover), tip))
    return Chart(
        "days", "Turnover by day after the message", points, ("Turnover",), "money", x_title="Days after the message"
    )


def _entries_chart(rows: Sequence[Row]) -> Chart:
    """Every day from the first entry to the last, as far back as there is room."""
    series = {"test": "Test", "control": "Control"} if any(row["control"] for row in rows) else {"test": "Entries"}
    by = {row["entered_on"]: row for row in rows}
    days = [date.fromordinal(day) for day in range(min(by).toordinal(), max(by).toordinal() + 1)] if by else []
    shown = days[-_ENTRY_DAYS:]
    one_year = len({day.year for day in shown}) == 1
    points = [
        Point(f"{day:%m-%d}" if one_year else day.isoformat(), title, by.get(day, _NO_ENTRIES)[name],
              f"{day}, {title.lower()}: {show.number(by.get(day, _NO_ENTRIES)[name])}")
        for day in shown
        for name, title in series.items()
    ]  # fmt: skip
    return Chart("entries", "Entries by day", points, tuple(series.values()), x_title="Day")
