"""Hand over what campaigns asked for beside messages: files, notices and posts. The one place where tasks leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from smc.config.specs.project import ChannelsSpec, FieldsSpec, MetricsSpec, ProjectSpec
from smc.send.outbox import Outbox
from smc.send.render import Renderer
from smc.send.tasks.files import write_files
from smc.send.tasks.gate import stop_tasks
from smc.send.tasks.notices import send_notices
from smc.send.tasks.texts import Texts
from smc.send.tasks.webhooks import Poster
from smc.warehouse import Warehouse, statement

ACCRUALS = ("points", "bonuses")


@dataclass(frozen=True, slots=True)
class TasksResult:
    """Files and notices that left, posts by how they ended, and tasks that wait. ``problems`` in words."""

    files: int = 0
    notices: int = 0
    posted: int = 0
    failed: int = 0
    waiting: int = 0
    problems: tuple[str, ...] = ()


def hand_over_tasks(
    warehouse: Warehouse,
    outbox: Outbox,
    *,
    settings: ProjectSpec,
    channels: ChannelsSpec,
    fields: FieldsSpec,
    metrics: MetricsSpec,
    active: frozenset[str],
    titles: Mapping[str, str],
    root: Path,
    as_of: date,
    now: datetime,
    clock: Callable[[], datetime],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    files: bool = True,
) -> TasksResult:
    """Everything that is planned and due. Running it again hands over nothing twice; killed, the next run goes on.

    What may not be done any more is stopped first. ``active``: ids of the campaigns that are there and switched on;
    ``titles``: of campaigns; ``root``: the project's folder; ``clock``: the instant, for signatures; ``pause`` waits
    for so many seconds; without ``files`` accruals and calls wait for a run that makes them.
    """
    stop_tasks(warehouse, settings.categories, active)
    posting = (*ACCRUALS, "webhook") if settings.accruals and settings.accruals.webhook else ("webhook",)
    writer = Texts(warehouse, Renderer.of(settings), fields, metrics, settings.title, ("call", "notify", *posting))
    problems = list(writer.write(as_of))
    accruals = settings.accruals.files if settings.accruals and files else None
    calls = settings.calls.files if settings.calls and files else None
    written = [
        write_files(warehouse, "accruals", ACCRUALS, accruals, root=root, as_of=as_of),
        write_files(warehouse, "calls", ("call",), calls, root=root, as_of=as_of),
    ]
    notices = send_notices(
        warehouse, outbox, settings=settings, channels=channels, titles=titles, as_of=as_of, now=now
    )  # fmt: skip
    poster = Poster(warehouse, settings.webhooks, root, clock, pause)
    posted = poster.run(posting, settings.accruals.webhook if settings.accruals else None)
    problems += [text for one in written for text in one.problems] + list(posted.problems)
    waiting, batches = warehouse.rows(statement("smc.send.tasks", "left"))[0]
    return TasksResult(
        files=sum(one.files for one in written), notices=notices, posted=posted.done, failed=posted.failed,
        waiting=waiting + batches, problems=tuple(problems),
    )  # fmt: skip
