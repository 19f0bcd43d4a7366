"""smc demo: the whole product on real data in one command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smc import console
from smc.commands.options import Json

if TYPE_CHECKING:
    from smc.pipeline import RunReport


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to make; a folder of an earlier demo is made anew.")] = Path(
        "demo"
    ),
    tiny: Annotated[
        bool, typer.Option("--tiny", help="A made-up shop of 500 customers instead: a few seconds.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the drops of a real grocer, load them, run four nights, and show what was done.

    The shop is the Complete Journey: 2,469 households and 1,469,307 receipt lines of 2017. Letters become files.
    """
    from smc.demo import GROCER, TINY, make
    from smc.pipeline import open_snapshot
    from smc.project import load_project

    with console.progress() as say:
        made = make(folder, TINY if tiny else GROCER, say)
    rows = [_row(run) for run in made.runs]
    console.table(rows if as_json else _turned(rows), title="What the nights did", as_json=as_json)
    if as_json:
        return
    with open_snapshot(load_project(folder / "shop")) as warehouse:
        lines, amount = warehouse.rows("select count(*), coalesce(sum(amount), 0) from receipt_line")[0]
    console.line(f"Receipt lines: {lines:,}; their sum: {amount:,}")
    console.line(f"Letters: {folder / 'shop' / 'data' / 'letters'}")
    console.line(f"Report: {made.report}")


def _row(run: RunReport) -> dict[str, Any]:
    """One run: what it did, and seconds per stage."""
    imported, computed = run.stage("import"), run.stage("compute")
    segmented, planned, sent = run.stage("segment"), run.stage("campaign"), run.stage("send")
    return {
        "as_of": run.as_of,
        "rows": imported.get("rows_read", 0),
        "rejected": imported.get("rows_rejected", 0),
        "customers": computed.get("customers", 0),
        "recomputed": computed.get("computed", 0),
        "members": segmented.get("members", 0),
        "entries": planned.get("entered", 0),
        "messages": planned.get("messages", 0),
        "suppressed": planned.get("suppressed", 0),
        "sent": sent.get("accepted", 0),
        **{f"{stage.stage}, s": stage.seconds for stage in run.stages},
        "all stages, s": round(sum(stage.seconds for stage in run.stages), 1),
    }


def _turned(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Figures as lines and nights as columns, so that the table fits a narrow terminal."""
    figures = max(rows, key=len)
    return [{"": name, **{str(row["as_of"]): row.get(name) for row in rows}} for name in figures if name != "as_of"]
