"""Runs the scenarios: a shop in a folder, its days, and what must be true after each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

import yaml

import smc
from smc.pipeline import STAGES, RunReport, open_snapshot, run
from smc.project import load_project
from smc.warehouse import Warehouse

STARTER = Path(smc.__file__).parent / "starter"
ALL = tuple(stage.name for stage in STAGES)
RUN_TABLES = {"run", "run_stage", "rule_problem", "import_seen", "customer_touched", "segment_touched", "rfm_touched"}
"""What says something about the last run alone, or is a note for the next; what a source showed is remembered when it
has settled."""
COMPARED = "select columns(lambda c: c <> 'file_key') from \"{}\" where {}"
WITHOUT = {"watermark": "name <> 'outbox'"}
"""How many changes of the outbox have been read: a killed sender makes more of them."""


@dataclass
class ShopFolder:
    """A project folder with an inbox."""

    folder: Path
    said: list[str] = field(default_factory=list)

    @classmethod
    def create(cls, folder: Path, files: Mapping[str, str | None]) -> Self:
        """The starter project with ``files`` put over it; None removes one."""
        shutil.copytree(STARTER, folder)
        made = cls(folder)
        made.change({"secrets/link_secret": "a secret for tests only\n", **files})
        return made

    def change(self, files: Mapping[str, str | None]) -> None:
        """Put files over the project; None removes one."""
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def arrive(self, drops: Mapping[str, str]) -> None:
        inbox = self.folder / "inbox"
        inbox.mkdir(exist_ok=True)
        for name, text in drops.items():
            (inbox / name).write_text(text, encoding="utf-8", newline="")

    def night(self, as_of: date, *, report: bool = False) -> RunReport:
        """``report``: with the pages, which take a third of the time."""
        stages = ALL if report else tuple(name for name in ALL if name != "report")
        project = load_project(self.folder)
        return run(
            project, command="run nightly", stages=stages, as_of=as_of, publish=not report, progress=self.hear
        )  # fmt: skip

    def hear(self, text: str, done: float | None = None, /) -> None:
        """Progress of a run; the share that is behind only grows."""
        assert done is None or 0 <= done < 1
        self.said.append(text)

    def snapshot(self) -> Warehouse:
        return open_snapshot(load_project(self.folder))

    def letters(self) -> dict[str, bytes]:
        folder = self.folder / "data" / "letters"
        return {file.name: file.read_bytes() for file in sorted(folder.glob("*.eml"))} if folder.exists() else {}

    def notes(self) -> list[dict[str, Any]]:
        """Short messages that left, in the order of their keys."""
        folder = self.folder / "data" / "notes"
        return [json.loads(file.read_bytes()) for file in sorted(folder.glob("*.json"))] if folder.exists() else []

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table but the ledger of runs, in a fixed order. A refused file that is tried again gets a new key."""
        with self.snapshot() as warehouse:
            names = [row[0] for row in warehouse.rows("select table_name from duckdb_tables() where not internal")]
            return {
                name: sorted(warehouse.rows(COMPARED.format(name, WITHOUT.get(name, "true"))), key=repr)
                for name in names
                if name not in RUN_TABLES
            }


def scenarios() -> list[Path]:
    return sorted(Path(__file__).parent.glob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def found(shop: ShopFolder, expect: Mapping[str, Any], as_of: date, report: RunReport) -> dict[str, Any]:
    """What the shop shows for every key that the scenario names."""
    with shop.snapshot() as warehouse:
        known: dict[str, Callable[[], Any]] = {
            "failures": lambda: len(report.failures),
            "rejected": lambda: report.stage("import").get("rows_rejected", 0),
            "members": lambda: {name: _members(warehouse, name) for name in expect["members"]},
            "entered": lambda: {name: _entered(warehouse, name, as_of) for name in expect["entered"]},
            "messages": lambda: _messages(warehouse, as_of),
            "letters": lambda: len(shop.letters()),
            "notes": lambda: sorted([note["customer_id"], note["channel"], note["text"]] for note in shop.notes()),
            "metrics": lambda: {name: _metrics(warehouse, name, expect["metrics"][name]) for name in expect["metrics"]},
            "tags": lambda: _tags(warehouse),
            "left": lambda: {name: _left(warehouse, name, as_of) for name in expect["left"]},
            "due": lambda: _due(warehouse, as_of),
            "inside": lambda: {name: _inside(warehouse, name) for name in expect["inside"]},
            "tasks": lambda: _tasks(warehouse, as_of),
        }
        return {name: known[name]() for name in expect}


def _members(warehouse: Warehouse, segment: str) -> list[str]:
    rows = warehouse.rows(
        "select i.customer_id from segment_member m join customer_ident i using (customer_key)"
        " where m.segment = $segment and m.left_on is null order by all",
        segment=segment,
    )
    return [row[0] for row in rows]


def _entered(warehouse: Warehouse, campaign: str, as_of: date) -> list[str]:
    rows = warehouse.rows(
        "select i.customer_id from entry e join customer_ident i using (customer_key)"
        " where e.campaign = $campaign and e.entered_on = $day order by all",
        campaign=campaign, day=as_of,
    )  # fmt: skip
    return [row[0] for row in rows]


def _messages(warehouse: Warehouse, as_of: date) -> list[list[str | None]]:
    rows = warehouse.rows(
        "select i.customer_id, m.template, m.reason from message m join customer_ident i using (customer_key)"
        " where m.planned_on = $day order by all",
        day=as_of,
    )
    return [list(row) for row in rows]


def _metrics(warehouse: Warehouse, customer: str, names: Mapping[str, Any]) -> dict[str, Any]:
    (row,) = warehouse.records(
        "select m.* from customer_metric m join customer_ident i using (customer_key) where i.customer_id = $id",
        id=customer,
    )
    return {name: float(row[name]) for name in names}


def _tags(warehouse: Warehouse) -> list[list[str]]:
    rows = warehouse.rows(
        "select i.customer_id, t.tag from tag_member t join customer_ident i using (customer_key) order by all"
    )
    return [list(row) for row in rows]


def _left(warehouse: Warehouse, campaign: str, as_of: date) -> list[list[str]]:
    rows = warehouse.rows(
        "select i.customer_id, e.exit_reason from entry e join customer_ident i using (customer_key)"
        " where e.campaign = $campaign and e.exited_on = $day order by all",
        campaign=campaign, day=as_of,
    )  # fmt: skip
    return [list(row) for row in rows]


def _due(warehouse: Warehouse, as_of: date) -> list[list[str]]:
    rows = warehouse.rows(
        "select i.customer_id, m.campaign, m.due_at from message m join customer_ident i using (customer_key)"
        " where m.planned_on = $day and m.reason is null order by all",
        day=as_of,
    )
    return [[customer, campaign, _utc(at)] for customer, campaign, at in rows]


def _inside(warehouse: Warehouse, campaign: str) -> list[list[str]]:
    rows = warehouse.rows(
        "select i.customer_id, e.due_at from entry e join customer_ident i using (customer_key)"
        " where e.campaign = $campaign and e.exited_on is null order by all",
        campaign=campaign,
    )
    return [[customer, _utc(at)] for customer, at in rows]


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _tasks(warehouse: Warehouse, as_of: date) -> list[list[str | None]]:
    rows = warehouse.rows(
        "select i.customer_id, t.kind, t.target, t.state, t.reason"
        " from task t join customer_ident i using (customer_key) where t.planned_on = $day order by all",
        day=as_of,
    )
    return [list(row) for row in rows]
