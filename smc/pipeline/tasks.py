"""Stages for what campaigns do beside sending messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from smc.pipeline.session import Session


def hand_over_tasks(session: Session, *, files: bool = True) -> Any:
    """Files and notices; notices are letters, so they go before letters are sent. Without ``files`` accruals and calls
    wait for the night, which makes one list of them."""
    from smc.send.outbox import Outbox
    from smc.send.tasks.run import hand_over_tasks as hand_over

    project = session.project
    with Outbox.open(project.path(project.settings.outbox.path)) as outbox:
        result = hand_over(
            session.warehouse,
            outbox,
            settings=project.settings,
            channels=project.channels,
            fields=project.fields,
            metrics=project.metrics,
            active=project.active,
            titles={name: spec.title for name, spec in project.campaigns.items()},
            root=project.folder,
            as_of=session.moment.as_of,
            now=session.moment.planned_at,
            files=files,
        )
    session.failures.extend(result.problems)
    return result


def post_tasks(session: Session) -> Any:
    """Posts, behind the letters: whoever takes them may be slow."""
    from smc.send.tasks.run import post_tasks as post

    project = session.project
    result = post(
        session.warehouse, settings=project.settings, root=project.folder, clock=lambda: datetime.now(UTC)
    )  # fmt: skip
    session.failures.extend(result.problems)
    return result
