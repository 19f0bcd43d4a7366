"""smc quality: how good the data are, and whether the feeds are well."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, day, load
from smc.commands.run import known_feeds

if TYPE_CHECKING:
    from smc.import_.quality.health import Health


JudgedOn = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="Day that nightly feeds must have reached, YYYY-MM-DD. Default: that of the last import, or yesterday.",
    ),
]


class Fail(StrEnum):
    """What ``--fail-on`` takes."""

    WARN = "warn"
    STOP = "stop"


def quality(
    project: ProjectFolder = HERE,
    feed: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Look only at this feed and its objects; may be repeated.")
    ] = None,
    as_of: JudgedOn = None,
    as_json: Json = False,
    fail_on: Annotated[
        Fail | None, typer.Option("--fail-on", help="Exit with 1 when a feed is as bad as this, for cron.")
    ] = None,
) -> None:
    """Say of every feed whether it is well (ok, warn, stop) and why; then how full and how good the data are.

    The last load of a feed is held against the loads before it. Stop: a file was refused, a source could not be read,
    or a nightly feed is late: nothing came for the day of the last import, or for yesterday. Warn: it was loaded, but
    looks odd. Limits that refuse a file stand in its feed under 'quality'.

    Example for cron: 0 6 * * * smc quality --project /srv/shop --fail-on stop
    """
    from smc import pipeline
    from smc.import_.quality.health import day_due, health
    from smc.import_.quality.judge import VERDICTS

    loaded = load(project)
    known_feeds(loaded, feed or ())
    chosen = {name: spec for name, spec in loaded.feeds.items() if not feed or name in feed}
    today = pipeline.moment_of(loaded, day(as_of)).as_of
    with pipeline.open_snapshot(loaded) as warehouse:
        due = day(as_of) or day_due(warehouse, today)
        found = health(warehouse, chosen, loaded.fields, as_of=due, whole=not feed)
    if as_json:
        console.card(_plain(found), as_json=True)
    else:
        mapped = {(name, one) for spec in chosen.values() for name, part in spec.parts.items() for one in part}
        _show(found, mapped, every_field=bool(feed))
    if fail_on is not None and VERDICTS.index(found.verdict) >= VERDICTS.index(fail_on.value):
        raise typer.Exit(1)


def _plain(found: Health) -> Mapping[str, Any]:
    feeds = [
        {
            "feed": one.feed, "verdict": one.verdict, "findings": [asdict(finding) for finding in one.findings],
            "rows_change_percent": one.change, "last_load": None if one.last is None else asdict(one.last),
        }
        for one in found.feeds
    ]  # fmt: skip
    return {
        "as_of": found.as_of, "imported_on": found.imported_on, "verdict": found.verdict, "feeds": feeds,
        "not_loaded": _rows(found.loads.missing), "rejects": _rows(found.loads.rejects),
        "load_fields": _rows(found.loads.fields), "fields": _rows(found.fields), "contacts": _rows(found.contacts),
        "channels": _rows(found.reach), "references": _rows(found.references),
    }  # fmt: skip


def _rows(values: Any) -> list[dict[str, Any]]:
    return [asdict(value) for value in values]


def _show(found: Health, mapped: Collection[tuple[str, str]], *, every_field: bool) -> None:
    """Tables from the wide to the pressing. ``mapped``: fields that a feed brings; others are shown when filled."""
    loads = found.loads
    stock = [one for one in found.fields if one.filled or (one.object, one.field) in mapped]
    drifts = [one for one in loads.fields if every_field or one.new or one.empty != one.usual_empty]
    parts = (
        ("Files that are not loaded", _rows(loads.missing)),
        ("Rejects of the last loads, new kinds first", _rows(loads.rejects)),
        ("Fields of the last loads, in percent of their rows", _rows(drifts)),
        ("What lies in the tables", _rows(stock)),
        ("Contact data of active customers", _rows(found.contacts)),
        ("Who can be reached", _rows(found.reach)),
        ("References whose target is missing", _rows(one for one in found.references if one.missing)),
    )
    for title, rows in parts:
        if rows:
            console.table(rows, title=title)
            console.line("")
    console.table([_feed(one) for one in found.feeds], title=f"Feeds on {found.as_of}")
    for one in found.feeds:
        for finding in one.findings:
            console.line(f"{finding.verdict}: {one.feed}: {finding.text}")
    console.line(f"verdict: {found.verdict}")


def _feed(one: Any) -> dict[str, Any]:
    last = one.last
    return {
        "feed": one.feed, "verdict": one.verdict, "last_file": last and last.file, "day": last and str(last.day),
        "rows": last and last.rows, "usual_rows": last and last.usual_rows, "change_percent": one.change,
        "rejected": last and last.rejected,
    }  # fmt: skip
