"""A shop with tasks, and both stages that hand them over."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from smc.config.specs.project import MetricsSpec, ProjectSpec
from smc.send.deliver import DeliverResult, deliver
from smc.send.outbox import Outbox
from smc.send.tasks.run import hand_over_tasks, post_tasks
from smc.warehouse import Warehouse
from tests.send.shop import Shop

DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
CALLS = {"files": {"local": {"path": "out"}}, "lists": {"vip": "Vip", "cold": "Cold"}}
ACCRUALS = {"files": {"local": {"path": "out"}}}


async def no_pause(_: float) -> None:
    """Nobody waits."""


@dataclass(frozen=True)
class Done:
    """What both stages did."""

    files: int
    notices: int
    posted: int
    failed: int
    waiting: int
    problems: tuple[str, ...]


class Tasks(Shop):
    """A shop with tasks; ``at`` is the instant of a run."""

    def __init__(self, warehouse: Warehouse, folder: Path, outbox: Outbox) -> None:
        super().__init__(warehouse, folder)
        self.outbox = outbox
        self.active = frozenset({"welcome"})
        self.count = 0
        self.clock: Callable[[], datetime] | None = None

    def task(self, key: int, kind: str, target: str, day: date = DAY, **detail: Any) -> None:
        self.count += 1
        name = f"{self.count:032x}"
        self.warehouse.run(
            "insert into task values ($t, $e, 'welcome', 1, 2, 1, $k, $kind, $target, $detail, $day, 'planned', null, "
            "null, null, 0, null)",
            t=name, e=f"e{key}", k=key, kind=kind, target=target, detail=json.dumps(detail), day=day,
        )  # fmt: skip
        if kind in ("points", "bonuses"):
            self.warehouse.run(
                "insert into accrual values ($t, $k, $kind, $target, 5, $day, null)",
                t=name, k=key, kind=kind, target=target, day=day,
            )  # fmt: skip

    def run(self, more: ProjectSpec, *, now: datetime = NOW) -> Done:
        """Both stages of a night."""
        handed = hand_over_tasks(
            self.warehouse, self.outbox, settings=more, channels=self.channels, fields=self.fields, active=self.active,
            metrics=MetricsSpec(), titles={"welcome": "Welcome"}, root=self.folder, as_of=now.date(), now=now,
        )  # fmt: skip
        posted = post_tasks(
            self.warehouse, settings=more, root=self.folder, clock=self.clock or (lambda: now), pause=no_pause
        )
        return Done(
            handed.files, handed.notices, posted.posted, posted.failed, handed.waiting + posted.waiting,
            (*handed.problems, *posted.problems),
        )  # fmt: skip

    def deliver(self, told: ProjectSpec) -> DeliverResult:
        return deliver(
            self.outbox, channels=self.channels, settings=told, root=self.folder, now=lambda: NOW,
            progress=lambda _: None,
        )  # fmt: skip

    def found(self) -> list[tuple[Any, ...]]:
        return self.warehouse.rows("select customer_key, kind, state, reason from task order by all")

    def file(self, name: str) -> list[dict[str, str]]:
        with (self.folder / "out" / name).open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def names(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "out").iterdir())
