"""A shop whose nights, ticks and senders are the product's own stages, at any moment; runs may be killed for real.

What a run leaves is read back as tables, letters and outbox, so that two ways to get somewhere can be compared.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, event

from smc.config.specs.campaign import CampaignSpec
from smc.config.specs.duplicates import DuplicatesSpec
from smc.config.specs.project import FieldsSpec, MetricsSpec, ProjectSpec, RfmSpec
from smc.config.specs.promocode import PromocodesSpec
from smc.model.template import Template
from smc.pipeline import Moment, deliver_outbox, ledger, moment_of, tick_stages
from smc.pipeline.run import execute
from smc.pipeline.session import Session, closing
from smc.pipeline.stages import BY_NAME, Stage
from smc.pipeline.store import open_warehouse
from smc.pipeline.tick import last_night
from smc.project import Project
from smc.warehouse import Warehouse
from tests.campaign.shop import CHANNELS, Shop
from tests.scenarios.harness import RUN_TABLES

ZONE = ZoneInfo("America/New_York")
NIGHT = tuple(BY_NAME[name] for name in ("segment", "campaign", "hand over", "tasks", "send", "settle"))
PATIENCE_S = 60
_FILE = """
    insert into import_file by name
    select
        count(*) as file_key, 'feed' as feed, 'file' as name, 'hash' as sha256, 0 as bytes, 'loaded' as state,
        false as changed, $day as as_of, 1 as rows_read, 1 as rows_accepted, 0 as rows_unchanged, 0 as rows_rejected,
        0 as rows_duplicate
    from import_file
"""
State = Mapping[str, list[tuple[Any, ...]]]


@dataclass
class World:
    """``now`` only grows. Texts of campaigns may change at any time; the warehouse is open only while it is used."""

    project: Project
    now: datetime
    killed: int = field(default=0)

    @classmethod
    def create(cls, folder: Path, empty: Path, settings: ProjectSpec, now: datetime) -> World:
        """``empty``: a warehouse; copying one costs a tenth of making one."""
        (folder / "data").mkdir(parents=True)
        shutil.copyfile(empty, folder / "data" / "warehouse.duckdb")
        templates = {name: Template(name, "Hello", "", f"<p>{name}</p>", None) for name in ("one", "two", "welcome")}
        return cls(
            Project(
                folder=folder, settings=settings, fields=FieldsSpec(), metrics=MetricsSpec(), rfm=RfmSpec(),
                channels=CHANNELS, duplicates=DuplicatesSpec(), promocodes=PromocodesSpec(), feeds={}, segments={},
                cases={}, campaigns={}, campaign_cases={}, mailings={}, polls={}, templates=templates,
            ),
            now,
        )  # fmt: skip

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    @contextmanager
    def open(self) -> Iterator[Warehouse]:
        with open_warehouse(self.project) as warehouse:
            yield warehouse

    @contextmanager
    def facts(self, *touched: int) -> Iterator[Shop]:
        """For changes of what the shop knows; an import would note whose they are."""
        with self.open() as warehouse:
            yield Shop(warehouse, settings=self.project.settings)
            for key in touched:
                warehouse.run("insert into customer_touched values ($key)", key=key)
            warehouse.run(_FILE, day=self.today)

    def say(self, campaigns: Mapping[str, CampaignSpec]) -> None:
        """The texts of the project from now on."""
        self.project = replace(self.project, campaigns=dict(campaigns))

    def run(
        self, stages: Sequence[Stage] = NIGHT, command: str = "run nightly", moment: Moment | None = None
    ) -> list[str]:
        """Stages for this moment, as the product's runs execute them. What people should know."""
        at = self.now
        moment = moment or Moment(self.today, at, at, lambda: at)
        with closing(Session(self.project, moment, lambda *_: None)) as session:
            session.run_id = ledger.begin(session.warehouse, command, moment.as_of)
            for stage in stages:
                execute(stage, session, done=0)
                ledger.record(session.warehouse, session.run_id, stage.name, 0, {})
            ledger.close(session.warehouse, session.run_id, session.failures)
            session.warehouse.run("delete from watermark where name = 'metric'")  # no figures are asked for
            session.warehouse.run(
                "insert into watermark select 'metric', as_of, null from watermark where name = 'segment'"
            )
            assert not session.failures, session.failures
            return session.notes

    def night(self) -> None:
        self.run()

    def catch_up(self, day: date) -> list[str]:
        """The night of a past day."""
        return self.run(moment=moment_of(self.project, day))

    def tick(self) -> None:
        with self.open() as warehouse:
            night = last_night(warehouse, self.today)
        self.run(tick_stages(night), "run tick")

    def send(self) -> None:
        """A sender that cron calls at this moment."""
        at = self.now
        deliver_outbox(self.project, Moment(self.today, at, at, lambda: at), lambda *_: None)

    def kill(self, share: float, run: Callable[[World], None]) -> State:
        """Let a process do it that dies at one of its statements, by SIGKILL; what an undisturbed run would leave."""
        calm = self.project.folder.with_name(f"{self.project.folder.name}-calm")
        shutil.rmtree(calm, ignore_errors=True)
        shutil.copytree(self.project.folder, calm)
        other = World(replace(self.project, folder=calm), self.now)
        with counted() as statements:
            run(other)
        deadly = 1 + int(share * (statements[0] - 1))
        _dies(lambda: run(self), deadly)
        self.killed += 1
        return other.state()

    def state(self) -> State:
        """Everything but the ledger of runs: tables, letters, and the outbox without the numbers of its changes."""
        with self.open() as warehouse:
            names = [row[0] for row in warehouse.rows("select table_name from duckdb_tables() where not internal")]
            found = {
                name: sorted(warehouse.rows(f'from "{name}"'), key=repr) for name in names if name not in RUN_TABLES
            }
        found["watermark"] = [row for row in found["watermark"] if row[0] != "outbox"]
        found["letters"] = [(path.name, path.read_bytes()) for path in sorted(self.letters())]
        found["outbox"] = self._outbox()
        return found

    def letters(self) -> list[Path]:
        """Text messages too."""
        folder = self.project.folder / "letters"
        return [*folder.glob("*.eml"), *folder.glob("*.json")]

    def _outbox(self) -> list[tuple[Any, ...]]:
        path = self.project.path(self.project.settings.outbox.path)
        if not path.exists():
            return []
        with sqlite3.connect(path) as connection:
            columns = "message_key, address, due_at, closes_at, expires_at, state, reason"
            rows = connection.execute(f"select {columns} from outbox_message order by 1").fetchall()
        connection.close()
        return rows


@contextmanager
def counted(deadly: int = 0) -> Iterator[list[int]]:
    """Count statements of warehouse and outbox; the deadly one is never executed."""
    count, right = [0], Warehouse._execute  # noqa: SLF001 - the one door of all statements

    def one_more(*_: Any) -> None:
        count[0] += 1
        if count[0] == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def counting(self: Warehouse, statement: Any, params: Any) -> Any:
        one_more()
        return right(self, statement, params)

    Warehouse._execute = counting  # type: ignore[method-assign]  # noqa: SLF001 - see above
    event.listen(Engine, "before_cursor_execute", one_more)
    try:
        yield count
    finally:
        event.remove(Engine, "before_cursor_execute", one_more)
        Warehouse._execute = right  # type: ignore[method-assign]  # noqa: SLF001 - see above


def _dies(work: Callable[[], None], deadly: int) -> None:
    """In a process of its own, which is forked: nothing has to be loaded again."""
    child = os.fork()
    if child == 0:
        try:
            with counted(deadly):
                work()
        except BaseException:  # noqa: BLE001 - whatever it is, the parent tells it
            traceback.print_exc()
        finally:
            os._exit(1)
    end = time.monotonic() + PATIENCE_S
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise AssertionError("the process hangs")
        time.sleep(0.01)
    assert os.waitstatus_to_exitcode(ended[1]) == -signal.SIGKILL, "it ended before the deadly statement"
