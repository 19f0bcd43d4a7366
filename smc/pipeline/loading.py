"""Loading drops: what is new in the feeds of a project."""

from __future__ import annotations

from typing import Any

from smc.pipeline.session import Session


def load_drops(session: Session) -> Any:
    """The import of a night, or of ``session.feeds`` alone."""
    from smc.campaign.tasks import settle_tasks

    settle_tasks(session.warehouse, session.project.active, session.moment.as_of)
    result = load_feeds(session)
    _merge_duplicates(session)
    return result


def load_feeds(session: Session) -> Any:
    """What is new in ``session.feeds``, and nothing else; what went wrong is noted."""
    from smc.import_.run import import_feeds

    project, chosen = session.project, session.feeds
    result = import_feeds(
        session.warehouse,
        {name: feed for name, feed in project.feeds.items() if chosen is None or name in chosen},
        fields=project.fields,
        settings=project.settings.imports,
        country=project.settings.country,
        root=project.folder,
        landing=project.path(project.settings.landing),
        as_of=session.moment.as_of,
        now=session.moment.began_at,
        progress=session.say,
        moved=session.move,
    )
    session.failures.extend(result.failures)
    session.notes.extend(f"waiting: {text}" for text in result.waiting)
    session.notes.extend(f"known: {text}" for text in result.resent)
    return result


def _merge_duplicates(session: Session) -> None:
    """Duplicates are merged behind the import, where the project wants it; the log of merges says which."""
    from smc.import_.duplicates.run import merge_by_rules

    spec = session.project.duplicates
    if spec.merge != "nightly":
        return
    done = merge_by_rules(session.warehouse, spec, as_of=session.moment.as_of)
    if done.merged:
        session.notes.append(f"duplicates: {done.merged} customers were merged into {done.survivors}")
    if done.accounts:
        session.notes.append(f"duplicates: {done.accounts} bonus accounts were not added to those of their survivors")
