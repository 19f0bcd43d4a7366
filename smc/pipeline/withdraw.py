"""What news mean for messages on their way: senders work between the nights too, and know the outbox alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smc.errors import RunError
from smc.pipeline.moment import Moment
from smc.pipeline.session import Session
from smc.pipeline.store import open_warehouse
from smc.project import Project
from smc.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Messages that waited in the outbox and are not sent any more."""

    cancelled: int = 0


def taken_back(project: Project, warehouse: Warehouse, moment: Moment) -> list[str]:
    """Behind a command that changes who may be messaged, under its lock; what people should know."""
    session = Session(project, moment, lambda *_: None, _open=warehouse)
    cancelled = withdraw(session).cancelled
    said = [f"{cancelled} messages on their way are not sent any more"] if cancelled else []
    return [*session.notes, *said]


def send_again(project: Project, moment: Moment) -> Any:
    """Put what may or may not have left back into the queue, if it may still be sent. The caller holds the lock."""
    from smc.campaign.policy import withdraw as hold_back
    from smc.send.deliver import recover
    from smc.send.handover import send_again as again
    from smc.send.outbox import Outbox
    from smc.send.settle import settle

    now = moment.sender_clock()
    with open_warehouse(project) as warehouse, Outbox.open(project.path(project.settings.outbox.path)) as outbox:
        recover(outbox, project.channels, now)
        settle(warehouse, outbox)
        return again(
            warehouse, outbox, settings=project.settings, channels=project.channels, active=project.active,
            paused=project.paused, spared=hold_back(warehouse, project.settings, moment.as_of), now=now,
        )  # fmt: skip


def withdraw(session: Session) -> Withdrawn:
    """Control groups, consent, addresses, the suppression list and campaigns, as they are now."""
    from smc.campaign.policy import withdraw as hold_back
    from smc.send.handover import withdraw as cancel
    from smc.send.outbox import Outbox

    project = session.project
    path = project.path(project.settings.outbox.path)
    if not path.exists():
        return Withdrawn()
    hold_back(session.warehouse, project.settings, session.moment.as_of)
    with Outbox.open(path) as outbox:
        try:
            return Withdrawn(
                cancel(
                    session.warehouse, outbox, settings=project.settings, channels=project.channels,
                    active=project.active, paused=project.paused, now=session.moment.planned_at,
                )
            )  # fmt: skip
        except RunError as error:
            session.notes.append(f"messages on their way were not looked at: {error.short}")
            return Withdrawn()
