"""smc customer: everything known about one customer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from smc import console
from smc.commands import duplicates
from smc.commands.options import HERE, Json, ProjectFolder, SeenOn, day, load

app = typer.Typer(help="Look at one customer; find, merge and part duplicates.", no_args_is_help=True)
duplicates.mount(app)


@app.command()
def show(
    customer_id: Annotated[str, typer.Argument(help="The shop's id of the customer, as text.")],
    project: ProjectFolder = HERE,
    as_of: SeenOn = None,
    as_json: Json = False,
) -> None:
    """Profile, metrics, RFM, segments, tags, permissions, campaigns, messages and last receipts.

    Figures that are zero are left out; --json has them all. Example: smc customer show 00123
    """
    from smc import pipeline
    from smc.config.metrics import catalog
    from smc.config.profile import profile_fields
    from smc.report.customer import dossier

    loaded = load(project)
    with pipeline.open_snapshot(loaded) as warehouse:
        found = dossier(
            warehouse,
            customer_id,
            fields=loaded.fields,
            metrics=loaded.metrics,
            as_of=pipeline.last_day(warehouse, day(as_of)),
        )
    if as_json:
        console.card(found, as_json=True)
        return
    known = profile_fields(loaded.fields)
    found = _grouped(found, {field.name: field.group for field in known.values() if field.group})
    titles = {field.name: field.title for field in known.values()}
    titles |= {metric.name: metric.title for metric in catalog(loaded.metrics, loaded.fields).values()}
    for title, part in found.items():
        if isinstance(part, list):
            if part:
                console.table(part, title=title)
        elif told := {name: value for name, value in part.items() if value not in {None, 0}}:
            rows = [{"name": name, "title": titles.get(name, ""), "value": value} for name, value in told.items()]
            console.table(rows, title=title)


def _grouped(found: dict[str, Any], groups: dict[str, str]) -> dict[str, Any]:
    """The fields that fields.yaml puts under a heading as parts of their own, behind the rest of the profile."""
    profile = {name: value for name, value in found["profile"].items() if name not in groups}
    parts: dict[str, dict[str, Any]] = {}
    for name, group in groups.items():
        parts.setdefault(f"profile: {group}", {})[name] = found["profile"][name]
    return {"profile": profile, **parts, **{name: part for name, part in found.items() if name != "profile"}}
