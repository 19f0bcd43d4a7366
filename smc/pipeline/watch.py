"""Rows that campaigns wait for, found between the segments and the campaigns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256

from smc.config.watch import Watch
from smc.errors import RunError
from smc.pipeline.session import Session
from smc.project import Project
from smc.warehouse import Warehouse

_NAME, _ASKED = "watch", "tick"
_BROUGHT = """
    select
        (select count(*) from run where command <> $tick), (select count(*) from import_file where state = 'loaded'),
        (select count(*) from customer_merge), (select count(undone_on) from customer_merge),
        (select count(*) from tag_command)
"""
"""What is other whenever rows can have changed: runs, files that came (ticks load them too), merges and their undoing,
tags that people set."""


def watch(session: Session, *, tick: str = "") -> None:
    """Rows that campaigns wait for: the segment stage alone knows how conditions on rows are read.

    ``tick``: the command of ticks, when this is one; it takes what the tick before found while that is the same.
    """
    from smc.campaign.plan import watches_needed
    from smc.segment.watch import find_watched

    project, as_of, warehouse = session.project, session.moment.as_of, session.warehouse
    present, old = watches_needed(warehouse, project.campaigns, as_of)
    asked = _asked(warehouse, {**present, **old}, tick)
    if tick and _known(warehouse, _NAME) == asked:
        return
    _forget(warehouse, _NAME)
    found = find_watched(
        warehouse, present, old,
        fields=project.fields, metrics=project.metrics, as_of=as_of, defined=project.defined,
    )  # fmt: skip
    if tick:
        _keep(warehouse, _NAME, as_of, asked)
    session.failures.extend(
        f"a row that an earlier campaign text waits for is no longer known, nobody will find it: {problem}"
        for problem in found.problems
    )


def _asked(warehouse: Warehouse, watches: Mapping[str, Watch], tick: str) -> str:
    """Digest of what is looked for and of what there is."""
    days = sorted((key, one.since, one.until) for key, one in watches.items())
    return sha256(repr((days, warehouse.rows(_BROUGHT, tick=tick))).encode()).hexdigest()


def is_news(warehouse: Warehouse, tick: str) -> bool:
    """Whether anything came since a tick last asked segments and filters; also what a killed tick or an import left."""
    return _known(warehouse, _ASKED) != _asked(warehouse, {}, tick)


def note_asked(warehouse: Warehouse, as_of: date, tick: str) -> None:
    """Segments and filters are as all that has come says."""
    _forget(warehouse, _ASKED)
    _keep(warehouse, _ASKED, as_of, _asked(warehouse, {}, tick))


def _known(warehouse: Warehouse, name: str) -> str | None:
    found: str | None = warehouse.value("select definition from watermark where name = $name", name=name)
    return found


def _forget(warehouse: Warehouse, name: str) -> None:
    warehouse.run("delete from watermark where name = $name", name=name)


def _keep(warehouse: Warehouse, name: str, as_of: date, digest: str) -> None:
    warehouse.run("insert into watermark values ($name, $as_of, $digest)", name=name, as_of=as_of, digest=digest)


def say_unknown(session: Session, old: Iterable[str]) -> None:
    """What campaigns name that is not there. ``old``: rules that texts in flight alone have, each with its problem."""
    from smc.campaign.held import held
    from smc.campaign.versions import in_flight

    session.failures.extend(
        f"a filter of an earlier campaign text is no longer valid, its customers leave: {problem}" for problem in old
    )
    session.failures.extend(
        f"campaign '{name}' does nothing until this is corrected or imported: {problem}"
        for name, problem in held(session.warehouse, session.project.campaigns).items()
    )
    active = {name for name, spec in session.project.campaigns.items() if spec.active}
    session.failures.extend(
        f"version {one.version} of campaign '{one.campaign}' says what is no longer understood, its customers leave"
        for one in in_flight(session.warehouse)
        if not one.understood and one.campaign in active
    )


def refuse_unknown(warehouse: Warehouse, project: Project) -> None:
    """Where a campaign is tried, it must not do nothing silently."""
    from smc.campaign.held import held

    for name, problem in held(warehouse, project.campaigns).items():
        raise RunError(f"campaign '{name}': {problem}", remedy="Correct the name, or import the catalogue first.")
