"""The ledger of runs: every run and stage leaves a row, however it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from smc.warehouse import Warehouse


def begin(warehouse: Warehouse, command: str, as_of: date) -> str:
    """Write the run down and give it an id; runs that never ended were killed, for their lock is free."""
    started = datetime.now(UTC)
    run_id = f"{started:%Y%m%dT%H%M%S%f}-{os.getpid()}"
    warehouse.run("update run set state = 'killed', ended_at = $now where state = 'running'", now=started)
    warehouse.run(
        "insert into run values ($run_id, $command, $as_of, $started, null, 'running', null)",
        run_id=run_id,
        command=command,
        as_of=as_of,
        started=started,
    )
    return run_id


def record(warehouse: Warehouse, run_id: str, stage: str, seconds: float, summary: Mapping[str, Any]) -> None:
    """What a stage did."""
    warehouse.run(
        "insert into run_stage values ($run_id, $stage, $seconds, $summary)",
        run_id=run_id,
        stage=stage,
        seconds=seconds,
        summary=json.dumps(dict(summary)),
    )


def done_before(warehouse: Warehouse, run_id: str, stage: str, as_of: date) -> bool:
    """Whether another run has done the stage for the same day."""
    text = """
        select count(*)
        from run_stage as s
        join run as r on r.run_id = s.run_id
        where s.stage = $stage and r.as_of = $as_of and r.run_id <> $run_id
    """
    return bool(warehouse.value(text, stage=stage, as_of=as_of, run_id=run_id))


def last_day(warehouse: Warehouse, stage: str) -> date | None:
    """The last day for which a run has done the stage."""
    text = "select max(r.as_of) from run_stage as s join run as r on r.run_id = s.run_id where s.stage = $stage"
    found: date | None = warehouse.value(text, stage=stage)
    return found


def close(warehouse: Warehouse, run_id: str, failures: Sequence[str]) -> None:
    """How the run ended. The report stage calls it before it publishes, so that the snapshot knows."""
    warehouse.run(
        "update run set state = $state, problem = $problem, ended_at = $now where run_id = $run_id",
        state="failed" if failures else "done",
        problem="\n".join(failures) or None,
        now=datetime.now(UTC),
        run_id=run_id,
    )
