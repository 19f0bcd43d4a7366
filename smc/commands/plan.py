"""smc plan: what the night would do, without doing it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from smc import console
from smc.commands.options import HERE, AsOf, Json, ProjectFolder, load
from smc.commands.options import day as day_of

if TYPE_CHECKING:
    from datetime import date

    from smc.campaign.tally import Line, Tally
    from smc.campaign.tasks import Wanted
    from smc.pipeline.plans import Plan
    from smc.project import Project


def plan(project: ProjectFolder = HERE, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show whom the next night would reach and why not the others, per campaign and mailing, and what it would cost.

    Without --as-of it is the night of today, or of tomorrow when today's is done. It works on a copy of the last
    published data, so it may be used while a run is at work; drops that wait in the inbox are not in it. Nothing is
    sent and the warehouse is not written. The plan is kept beside the snapshot: the next plan shows what has changed,
    and the night says whether it did just that. The same list of messages has the same sign, such as 5d41402abc4b.

    Example: smc plan --json
    """
    from smc import pipeline
    from smc.campaign.codes import supply
    from smc.campaign.contest import variants_planned
    from smc.campaign.tasks import wanted
    from smc.pipeline import plans

    loaded = load(project)
    with (
        console.progress() as say,
        pipeline.preview(loaded, as_of=day_of(as_of), progress=say) as session,
    ):
        planned_for = session.moment.as_of
        done = plans.with_segments(loaded, session.warehouse, planned_for, session.results["campaign"].tally)
        beside = wanted(session.warehouse, planned_for)
        variants = variants_planned(session.warehouse, planned_for)
        supplied = supply(session.warehouse, loaded.promocodes, planned_for)
    lacking = plans.lacking_codes(loaded, supplied)
    for text in (*session.failures, *session.notes, *map(str, lacking)):
        console.note(text)
    codes = [asdict(one) for one in supplied]
    last = plans.last_plan(loaded)
    if not plans.keep_plan(loaded, planned_for, done):
        console.note("The plan could not be kept beside the snapshot, so the night will not be compared with it.")
    if as_json:
        effects = {"variants": variants, "tasks": [asdict(one) for one in beside], "promocodes": codes}
        console.card({**_whole(loaded, planned_for, done, last), **effects}, as_json=True)
        return
    console.table([_row(loaded, line) for line in done.lines], title=f"Plan for {planned_for}")
    console.line(_in_all(loaded, done))
    if variants:
        console.table(variants, title="Variants")
    if beside:
        console.table([_beside(one) for one in beside], title="Beside messages")
    if codes:
        console.table(codes, title="Promocodes")
    if last is not None:
        _show_changes(last, done)


def _row(project: Project, line: Line) -> dict[str, Any]:
    """A line of the table: a column for each channel of the project, and for costs where some channel has a price."""
    from smc.campaign.tally import SMS
    from smc.pipeline import plans

    prices = plans.prices(project)
    channels = [name for name, channel in project.channels if channel is not None]
    return {
        "campaign": line.name, "entered": line.entered, "control": line.control, "steps": line.steps,
        **{name: line.messages.get(name, 0) for name in dict.fromkeys([*channels, *line.messages])},
        **({"segments": line.segments or 0} if SMS in channels else {}),
        **({f"cost, {project.settings.currency}": plans.cost(line.billed, prices)} if prices else {}),
        "not sent": sum(line.suppressed.values()),
        "why": ", ".join(f"{reason} {count}" for reason, count in line.suppressed.items()),
    }  # fmt: skip


def _beside(one: Wanted) -> dict[str, Any]:
    why = ", ".join(f"{reason} {count}" for reason, count in one.suppressed.items())
    return {**asdict(one), "suppressed": sum(one.suppressed.values()), "why": why}


def _in_all(project: Project, done: Tally) -> str:
    from smc.pipeline import plans

    prices = plans.prices(project)
    cost = plans.cost(done.billed, prices)
    priced = f" for {cost:,} {project.settings.currency}" if prices else ""
    sign = done.digest or "empty"
    return f"In all {done.messages:,} messages{priced}; {done.suppressed:,} are not sent. The list is {sign}."


def _show_changes(last: Plan, done: Tally) -> None:
    from smc.pipeline import plans

    title = f"Since the plan of {last.made_at:%Y-%m-%d %H:%M} UTC for {last.as_of}"
    if last.tally.digest == done.digest and last.tally.lines == done.lines:
        console.line(f"{title} nothing has changed.")
        return
    rows = [{"campaign": one.campaign, "what": one.what, "then": one.then, "now": one.now}
            for one in plans.changes(last.tally, done)]  # fmt: skip
    console.table(rows, title=title)


def _whole(project: Project, planned_for: date, done: Tally, last: Plan | None) -> dict[str, Any]:
    """The plan for programs. ``last`` None: it is the first."""
    from smc.pipeline import plans

    prices = plans.prices(project)
    return {
        "as_of": planned_for, "list": done.digest, "currency": project.settings.currency,
        "messages": done.messages, "suppressed": done.suppressed, "cost": plans.cost(done.billed, prices),
        "campaigns": [{**asdict(line), "cost": plans.cost(line.billed, prices)} for line in done.lines],
        "last": None if last is None else {
            "as_of": last.as_of, "made_at": last.made_at.isoformat(), "list": last.tally.digest,
            "changes": [asdict(one) for one in plans.changes(last.tally, done)],
        },
    }  # fmt: skip
