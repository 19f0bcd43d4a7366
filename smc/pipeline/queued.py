"""Of which campaigns and mailings messages wait in the outbox, for those who only look."""

from __future__ import annotations

from smc.errors import SmcError
from smc.project import Project


def queued(project: Project) -> frozenset[str] | None:
    """Their ids; None for an outbox that is not there or cannot be looked at: then the last night knows best."""
    from smc.send.outbox import Outbox

    try:
        with Outbox.seen(project.path(project.settings.outbox.path)) as outbox:
            return None if outbox is None else frozenset(outbox.campaigns())
    except SmcError:
        return None
