"""Hand over what campaigns asked for beside messages: files, notices and posts. The one place where tasks leave.

Posts come last: whoever takes them may be slow, and letters do not wait for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
_FILED = (*ACCRUALS, "call", "notify")


@dataclass(frozen=True, slots=True)
class TasksResult:
    """Files and notices that left, and what of these waits: tasks and files. ``problems`` in words."""

    files: int = 0
    notices: int = 0
    waiting: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostResult:
    """Posts by how they ended, and those that wait. ``problems`` in words."""

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
    files: bool = True,
) -> TasksResult:
    """The files and notices that are planned, and the bodies of posts. Running it again hands over nothing twice;
    killed, the next run goes on.

    What may not be done any more is stopped first. ``active``: ids of the campaigns that are there and switched on;
    ``titles``: of campaigns; ``root``: the project's folder; without ``files`` accruals and calls wait for a run that
    makes them.
    """
    stop_tasks(warehouse, settings.categories, active)
    posting = _posting(settings)
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
    problems += [text for one in written for text in one.problems]
    waiting = _waiting(warehouse, [kind for kind in _FILED if kind not in posting])
    waiting += int(warehouse.value(statement("smc.send.tasks", "batches_left")))
    return TasksResult(sum(one.files for one in written), notices, waiting, tuple(problems))


def post_tasks(
    warehouse: Warehouse,
    *,
    settings: ProjectSpec,
    root: Path,
    clock: Callable[[], datetime],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> PostResult:
    """Every post that is due, with the body that ``hand_over_tasks`` made. ``root``: the project's folder; ``clock``:
    the instant, for signatures; ``pause`` waits for so many seconds.
    """
    posting = _posting(settings)
    poster = Poster(warehouse, settings.webhooks, root, clock, pause)
    posted = poster.run(posting, settings.accruals.webhook if settings.accruals else None)
    return PostResult(posted.done, posted.failed, _waiting(warehouse, posting), posted.problems)


def _posting(settings: ProjectSpec) -> tuple[str, ...]:
    """Kinds of tasks that are posted."""
    return (*ACCRUALS, "webhook") if settings.accruals and settings.accruals.webhook else ("webhook",)


def _waiting(warehouse: Warehouse, kinds: Sequence[str]) -> int:
    return int(warehouse.value(statement("smc.send.tasks", "left"), kinds=list(kinds)))
