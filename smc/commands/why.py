"""smc why: what campaigns and mailings make of one customer, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, SeenOn, day, load
from smc.commands.segment_shown import told

if TYPE_CHECKING:
    from smc.campaign.why import Stay
    from smc.pipeline.why import Shown

_MESSAGE = ("planned_on", "step", "channel", "template", "due_at", "state", "reason", "lost_to")


def why(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The shop's id of the customer, as text.")],
    campaign: Annotated[
        str | None, typer.Option("--campaign", "-c", help="Id of a campaign or mailing: with all details.")
    ] = None,
    project: ProjectFolder = HERE,
    as_of: SeenOn = None,
    as_json: Json = False,
) -> None:
    """Why a customer is in a campaign or not, where he stands, and what became of his messages.

    Triggers are asked for the last computed day, with the days that they catch up. The gates behind the trigger are
    told in the order in which a night asks. With --campaign also the steps that he did, and his way through the filters
    as they are written now. It prints what is known about this person, and reads the snapshot only.

    Example: smc why 00123 --campaign welcome
    """
    from smc.pipeline.why import explain

    answer = explain(load(project), customer, campaign, day(as_of))
    about = {"customer_id": answer.customer_id, "as_of": answer.as_of}
    if as_json:
        console.card({**about, "campaigns": [_whole(shown) for shown in answer.campaigns]}, as_json=True)
        return
    console.card(about)
    if campaign is not None:
        _details(answer.campaigns[0])
        return
    console.table([_line(shown) for shown in answer.campaigns], title="Campaigns and mailings")
    messages = [row for shown in answer.campaigns for row in _messages(shown)]
    console.table(sorted(messages, key=lambda row: row["planned_on"], reverse=True), title="Messages")


def _line(shown: Shown) -> dict[str, Any]:
    return {
        "campaign": shown.reason.name, "trigger": bool(shown.reason.hits), "entered": len(shown.reason.stays),
        "so": shown.verdict,
    }  # fmt: skip


def _messages(shown: Shown) -> list[dict[str, Any]]:
    """What there is to say of each message; ``lost_to`` where a cap let another one go before it."""
    return [
        {"campaign": shown.reason.name, **{name: row[name] for name in _MESSAGE if name in row}}
        for row in shown.reason.messages
    ]


def _details(shown: Shown) -> None:
    console.line(f"{shown.reason.name}: {shown.verdict}")
    rows = [{"gate": gate.gate, "open": gate.passed, "has": gate.has} for gate in shown.reason.gates]
    console.table(rows, title="Gates to an entry")
    for stay in shown.reason.stays:
        title = f"Entered on {stay.entered_on} for {stay.occurrence} (version {stay.version}, {stay.arm})"
        console.table(_steps(shown, stay), title=f"{title}; {shown.standing(stay)}")
    console.table(_messages(shown), title="Messages")
    for one in shown.filters:
        lines = [{"rule": "  " * depth + part.rule, "holds": part.holds, "has": part.has}
                 for depth, part in one.path.lines()]  # fmt: skip
        of = f"Filter of step {one.step}" if one.step else one.of
        console.table(lines, title=f"{of}, as things are now")


def _steps(shown: Shown, stay: Stay) -> list[dict[str, Any]]:
    texts = shown.texts
    return [
        {"step": step, "what": texts[stay.version, step].text if (stay.version, step) in texts else "", "done_on": on,
         "outcome": outcome}
        for step, on, outcome in stay.steps
    ]  # fmt: skip


def _whole(shown: Shown) -> dict[str, Any]:
    reason = shown.reason
    return {
        "campaign": reason.name, "kind": reason.kind, "verdict": shown.verdict, "days": list(reason.days),
        "hits": [asdict(hit) for hit in reason.hits], "gates": [asdict(gate) for gate in reason.gates],
        "stays": [{**asdict(stay), "steps": _steps(shown, stay)} for stay in reason.stays],
        "messages": _messages(shown),
        "filters": [{"of": one.of, "step": one.step, "rule": told(one.path)} for one in shown.filters],
    }  # fmt: skip
