"""Goals, and what ends a stay early: looked at for all entries before anybody walks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from smc.campaign.run import Run
from smc.campaign.tables import columns, query
from smc.campaign.versions import Spec, Version
from smc.campaign.watches import LATE
from smc.config.specs.campaign import CampaignSpec, Goal, Reached
from smc.config.specs.rule import rule_key
from smc.warehouse import Warehouse


def look_at_goals(
    warehouse: Warehouse,
    present: Mapping[str, Spec],
    versions: Iterable[Version],
    run: Run,
    *,
    held: Collection[str] = (),
) -> None:
    """Write down goals that were reached, and let out whom a goal or ``exit_when`` lets out.

    ``present``: the present texts, whose goals count for all entries, also while they are switched off; ``versions``:
    those that customers are inside of and the present ones, each with its own ``exit_when``. Of whom it cannot be told
    any more whether he has met that of his text, he leaves, unless his campaign is ``held``: then he stands still.
    """
    active = {name for name, spec in present.items() if spec.active}
    rows = [*_goals(present), *_exits(versions, active)]
    if not rows:
        return
    names = ("campaigns", "versions", "goals", "rules", "watches", "exits", "days")
    warehouse.run(query("create_purpose"), **columns(rows, *names))
    warehouse.run(query("create_reached"), as_of=run.as_of, now=run.now, look_back=LATE)
    warehouse.run(query("reach_goals"))
    warehouse.run(query("leave_reached"), as_of=run.as_of)
    warehouse.run(query("leave_unasked"), as_of=run.as_of, held=sorted(held))


def _goals(present: Mapping[str, Spec]) -> Iterator[tuple[object, ...]]:
    for name, spec in present.items():
        if isinstance(spec, CampaignSpec) and spec.goal is not None:
            yield _row(name, None, spec.goal, days=spec.attribution)


def _exits(versions: Iterable[Version], active: Collection[str]) -> Iterator[tuple[object, ...]]:
    for version in versions:
        spec = version.spec
        if isinstance(spec, CampaignSpec) and spec.exit_when is not None and version.campaign in active:
            yield _row(version.campaign, version.version, spec.exit_when, days=0)


def _row(campaign: str, version: int | None, what: Reached, *, days: int) -> tuple[object, ...]:
    goal = isinstance(what, Goal)
    return (
        campaign, version, goal, rule_key(what.where) if what.where else None,
        what.happens.row.key if what.happens else None, what.exit if isinstance(what, Goal) else True, days,
    )  # fmt: skip
