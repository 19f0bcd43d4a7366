"""smc simulate: campaigns over past days."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, load

if TYPE_CHECKING:
    from smc.pipeline.simulate import Day, Line, Simulation
    from smc.project import Project

_DAYS = ["%Y-%m-%d"]


def simulate(
    since: Annotated[datetime, typer.Option("--from", metavar="DATE", formats=_DAYS, help="First day, YYYY-MM-DD.")],
    until: Annotated[datetime, typer.Option("--to", metavar="DATE", formats=_DAYS, help="Last day, YYYY-MM-DD.")],
    campaign: Annotated[
        list[str] | None,
        typer.Option(
            help="Id of a campaign or mailing, also one that is switched off; may be repeated. Default: all on."
        ),
    ] = None,
    project: ProjectFolder = HERE,
    as_json: Json = False,
) -> None:
    """Run campaigns over past days, night after night: whom they would have reached, how often, and at what cost.

    It works on a scratch copy: metrics, segments, permissions and lists as of each day, nobody inside at the beginning.
    Messages count as accepted and nothing leaves, so nobody opens, clicks or comes because of one. The control groups
    are judged by what customers really did: the smallest effect is what a test of this size would find in 4 of 5 cases.

    Example: smc simulate --from 2017-10-01 --to 2017-12-29 --campaign win_back
    """
    from smc.pipeline.simulate import simulate as simulated

    loaded = load(project)
    with console.progress() as say:
        found = simulated(loaded, since.date(), until.date(), campaign or (), say)
    if as_json:
        console.card(_whole(loaded, found), as_json=True)
        return
    _show(loaded, found)


def _show(project: Project, found: Simulation) -> None:
    first, last = found.days[0].day, found.days[-1].day
    title = f"Simulated nights {first} to {last}"
    console.table([_row(project, line) for line in found.lines], title=title)
    for name, reasons in found.unjudged.items():
        console.line(f"{name} is not as it was on those days: {'; '.join(reasons)}.")
    console.table([_day(project, day) for day in found.days], title="Nights")
    console.table([{"messages": many, "customers": who} for many, who in found.spread], title="Messages per customer")
    console.line(f"Nobody got more than {found.most[0]} on a day and {found.most[1]} within seven days.")
    if found.conflicts:
        console.table(found.conflicts, title="Lost under caps")
    console.table(found.groups, title="Groups")
    console.table(
        [_power(project, line) for line in found.lines if line.control], title="What control groups could show"
    )


def _row(project: Project, line: Line) -> dict[str, Any]:
    from smc.pipeline import plans

    channels = [name for name, channel in project.channels if channel is not None]
    priced = {f"cost, {project.settings.currency}": line.cost} if plans.prices(project) else {}
    return {
        "campaign": line.name, "entered": line.entered,
        **{name: line.messages.get(name, 0) for name in dict.fromkeys([*channels, *line.messages])}, **priced,
        "lost to caps": line.lost_to_caps, "not sent": sum(line.suppressed.values()),
        "why": ", ".join(f"{reason} {count}" for reason, count in line.suppressed.items()),
    }  # fmt: skip


def _day(project: Project, day: Day) -> dict[str, Any]:
    from smc.pipeline import plans

    prices = plans.prices(project)
    priced = {f"cost, {project.settings.currency}": plans.cost(day.tally.billed, prices)} if prices else {}
    return {
        "day": day.day, "entered": sum(line.entered for line in day.tally.lines), "no room": day.turned_away,
        "messages": day.tally.messages, "not sent": day.tally.suppressed, **priced,
    }  # fmt: skip


def _power(project: Project, line: Line) -> dict[str, Any]:
    """Shares in percent; the smallest difference of conversion is in percentage points."""
    of = line.test + line.control
    conversion, spend = line.power.conversion, line.power.spend
    return {
        "campaign": line.name, "test": line.test, "control": line.control,
        "bought, %": round(100 * line.buyers / of, 1) if of else None,
        "smallest effect, points": None if conversion is None else round(100 * conversion, 1),
        f"smallest effect, {project.settings.currency} a customer": None if spend is None else round(spend, 2),
    }  # fmt: skip


def _whole(project: Project, found: Simulation) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "from": found.days[0].day, "to": found.days[-1].day, "currency": project.settings.currency,
        "campaigns": [{**asdict(line), "lost_to_caps": line.lost_to_caps} for line in found.lines],
        "nights": [_day(project, day) for day in found.days],
        "messages_per_customer": [{"messages": many, "customers": who} for many, who in found.spread],
        "most_on_a_day": found.most[0], "most_within_seven_days": found.most[1], "groups": list(found.groups),
        "lost_under_caps": list(found.conflicts), "unjudged": found.unjudged,
    }  # fmt: skip
