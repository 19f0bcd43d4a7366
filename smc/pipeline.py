"""The nightly run: one list of stages that is explained, executed and written down.

A run holds the project's lock. The clock is read here and nowhere below: a run for today plans and sends by the real
time; a run for a past day is a replay that lives that day from its first minute to its last.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from smc.errors import RunError, SmcError, UsageError
from smc.project import Project
from smc.warehouse import Warehouse
from smc.warehouse.lock import run_lock

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Moment:
    """The day of a run, when its planning happens (UTC), and the clock its sender reads."""

    as_of: date
    planned_at: datetime
    sender_clock: Callable[[], datetime]


@dataclass(slots=True)
class Session:
    """What the stages of one run share. The warehouse is open only while a stage needs it."""

    project: Project
    moment: Moment
    progress: Progress
    full: bool = False
    run_id: str = ""
    failures: list[str] = field(default_factory=list)
    _open: Warehouse | None = None

    @property
    def warehouse(self) -> Warehouse:
        if self._open is None:
            self._open = open_warehouse(self.project)
        return self._open

    def release(self) -> None:
        """Close the warehouse, so that others may use it while a stage works without it."""
        if self._open is not None:
            self._open.close()
            self._open = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a run. ``work`` returns a dataclass of counts."""

    name: str
    title: str
    work: Callable[[Session], Any]


@dataclass(frozen=True, slots=True)
class StageReport:
    """What a stage did and how long it took (seconds)."""

    stage: str
    seconds: float
    summary: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunReport:
    """A finished run. ``failures`` are said in words; the run did everything else."""

    run_id: str
    as_of: date
    stages: tuple[StageReport, ...]
    failures: tuple[str, ...]

    def stage(self, name: str) -> dict[str, Any]:
        """Counts of one stage; empty when it was not part of the run."""
        return next((report.summary for report in self.stages if report.stage == name), {})


def _import(session: Session) -> Any:
    from smc.import_.run import import_feeds

    project = session.project
    result = import_feeds(
        session.warehouse,
        {name: doc.spec for name, doc in project.feeds.items()},
        fields=project.fields,
        root=project.folder,
        landing=project.path(project.settings.landing),
        as_of=session.moment.as_of,
        progress=session.progress,
    )
    session.failures.extend(result.failures)
    return result


def _compute(session: Session) -> Any:
    from smc.metric.compute import compute

    project = session.project
    return compute(
        session.warehouse, metrics=project.metrics, rfm=project.rfm, as_of=session.moment.as_of, full=session.full
    )


def _segment(session: Session) -> Any:
    from smc.campaign.plan import rules_needed
    from smc.segment.refresh import refresh

    project = session.project
    return refresh(
        session.warehouse,
        segments=project.segments,
        rules=rules_needed(session.warehouse, project.campaigns),
        fields=project.fields,
        metrics=project.metrics,
        as_of=session.moment.as_of,
    )


def _plan(session: Session) -> Any:
    from smc.campaign.plan import plan

    project = session.project
    return plan(
        session.warehouse,
        campaigns=project.campaigns,
        mailings=project.mailings,
        settings=project.settings,
        channels=project.channels,
        as_of=session.moment.as_of,
        now=session.moment.planned_at,
    )


def _hand_over(session: Session) -> Any:
    from smc.send.handover import hand_over
    from smc.send.outbox import Outbox

    project = session.project
    with Outbox.open(project.path(project.settings.outbox.path)) as outbox:
        return hand_over(
            session.warehouse,
            outbox,
            templates=project.templates,
            settings=project.settings,
            channels=project.channels,
            metrics=project.metrics,
            fields=project.fields,
            as_of=session.moment.as_of,
            now=session.moment.planned_at,
        )


def _send(session: Session) -> Any:
    session.release()
    result = deliver_outbox(session.project, session.moment, session.progress)
    if result.unknown:
        session.failures.append(f"{result.unknown} messages are unknown: their sender died while it was sending")
    return result


def _settle(session: Session) -> Any:
    from smc.send.outbox import Outbox
    from smc.send.settle import settle

    project = session.project
    with Outbox.open(project.path(project.settings.outbox.path)) as outbox:
        return settle(session.warehouse, outbox)


def _report(session: Session) -> Any:
    from smc.report.result import ReportResult
    from smc.report.write import write_report

    project = session.project
    _close_books(session)
    session.warehouse.publish(project.path(project.settings.warehouse.snapshot))
    session.release()
    with open_snapshot(project) as snapshot:
        index = write_report(
            snapshot,
            target=project.path(project.settings.report),
            settings=project.settings,
            segments=project.segments,
            campaigns=project.campaigns,
            mailings=project.mailings,
            rfm=project.rfm,
            as_of=session.moment.as_of,
        )
    return ReportResult(str(index))


STAGES = (
    Stage("import", "Load the drops of all feeds", _import),
    Stage("compute", "Recompute metrics and RFM of the customers concerned", _compute),
    Stage("segment", "Find who entered and left each segment", _segment),
    Stage("campaign", "Let customers enter campaigns, move them, plan messages", _plan),
    Stage("hand over", "Render every message once and put it into the outbox", _hand_over),
    Stage("send", "Send what is due", _send),
    Stage("settle", "Bring the results of sending back", _settle),
    Stage("report", "Publish the snapshot and write the report", _report),
)
BY_NAME = {stage.name: stage for stage in STAGES}


def run(
    project: Project,
    *,
    command: str,
    stages: Sequence[str],
    as_of: date | None = None,
    full: bool = False,
    publish: bool = False,
    wait_s: float = 0,
    progress: Progress,
) -> RunReport:
    """Execute the named stages in order under the project's lock and write the run into the ledger.

    ``publish`` puts out a fresh snapshot at the end; the report stage does so by itself.

    Feeds that failed are said in ``RunReport.failures``; a stage that cannot go on raises, after the ledger knows it.
    """
    moment = moment_of(project, as_of)
    with lock(project, command, wait_s), _session(Session(project, moment, progress, full)) as session:
        session.run_id = _begin(session.warehouse, command, moment.as_of)
        reports: list[StageReport] = []
        try:
            for name in stages:
                reports.append(_execute(BY_NAME[name], session))
                _record(session, reports[-1])
        except BaseException:
            _close_books(session, failed=True)
            raise
        _close_books(session)
        if publish:
            session.warehouse.publish(project.path(project.settings.warehouse.snapshot))
    return RunReport(session.run_id, moment.as_of, tuple(reports), tuple(session.failures))


def moment_of(project: Project, as_of: date | None) -> Moment:
    """The moments of a run: real ones for today, those of the day itself for a past one."""
    zone = ZoneInfo(project.settings.timezone)
    now = datetime.now(UTC)
    today = now.astimezone(zone).date()
    day = as_of or today
    if day > today:
        raise UsageError(f"--as-of {day} is in the future", remedy=f"Today is {today} in {zone.key}.")
    if day == today:
        return Moment(day, now, lambda: datetime.now(UTC))
    last = datetime.combine(day, clock(23, 59, 59), zone).astimezone(UTC)
    return Moment(day, datetime.combine(day, clock.min, zone).astimezone(UTC), lambda: last)


def deliver_outbox(project: Project, moment: Moment, progress: Progress, *, retry_unknown: bool = False) -> Any:
    """Send what is due. Needs the outbox alone, so it may work beside a run."""
    from smc.send.deliver import deliver
    from smc.send.outbox import Outbox

    with Outbox.open(project.path(project.settings.outbox.path)) as outbox:
        return deliver(
            outbox,
            channels=project.channels,
            settings=project.settings,
            root=project.folder,
            now=moment.sender_clock,
            progress=progress,
            retry_unknown=retry_unknown,
        )


PREVIEWED = ("compute", "segment", "campaign")


@contextmanager
def preview(project: Project, *, as_of: date | None = None, progress: Progress) -> Iterator[Session]:
    """A session in which the night up to its messages has been worked out on a scratch copy of the snapshot.

    Nothing of the project is touched, no lock is taken; the copy is removed when the block ends.
    """
    moment = moment_of(project, as_of)
    with open_scratch(project) as scratch, _session(Session(project, moment, progress, _open=scratch)) as session:
        for name in PREVIEWED:
            _execute(BY_NAME[name], session)
        yield session


@contextmanager
def open_scratch(project: Project) -> Iterator[Warehouse]:
    """A writable copy of the snapshot for working something out; it is removed when the block ends."""
    source = snapshot_path(project)
    with TemporaryDirectory(prefix="scratch-", dir=source.parent) as folder:
        copy = Path(folder) / "scratch.duckdb"
        shutil.copyfile(source, copy)
        with _open(project, copy, read_only=False) as warehouse:
            yield warehouse


def last_day(warehouse: Warehouse, as_of: date | None) -> date:
    """The day asked for, or the last one that was computed."""
    found: date | None = as_of or warehouse.value("select max(as_of) from watermark")
    if found is None:
        raise UsageError("nothing has been computed yet", remedy="Run 'smc compute' or 'smc run nightly' first.")
    return found


def lock(project: Project, command: str, wait_s: float = 0) -> Any:
    """The project's one lock."""
    path = project.path(project.settings.warehouse.path).with_suffix(".lock")
    return run_lock(path, command=command, started=datetime.now(UTC).isoformat(timespec="seconds"), wait_s=wait_s)


def open_warehouse(project: Project) -> Warehouse:
    return _open(project, project.path(project.settings.warehouse.path), read_only=False)


def open_snapshot(project: Project) -> Warehouse:
    """The last published state; it can be read while a run is writing."""
    return _open(project, snapshot_path(project), read_only=True)


def snapshot_path(project: Project) -> Path:
    """Where the published copy lies; ``UsageError`` when nothing has been published."""
    path = project.path(project.settings.warehouse.snapshot)
    if not path.exists():
        raise UsageError("there is no data yet", where=str(path), remedy="Run 'smc import' or 'smc run nightly' first.")
    return path


def _open(project: Project, path: Path, *, read_only: bool) -> Warehouse:
    settings = project.settings
    return Warehouse.open(
        path,
        timezone=settings.timezone,
        memory=settings.warehouse.memory,
        threads=settings.warehouse.threads,
        read_only=read_only,
    )


@contextmanager
def _session(session: Session) -> Iterator[Session]:
    try:
        yield session
    finally:
        session.release()


def _execute(stage: Stage, session: Session) -> StageReport:
    session.progress(stage.title)
    started = time.perf_counter()
    try:
        result = stage.work(session)
    except SmcError as error:
        error.where = error.where or f"stage '{stage.name}'"
        raise
    return StageReport(stage.name, round(time.perf_counter() - started, 3), counts(result))


def counts(result: Any) -> dict[str, Any]:
    """Counts of a stage's result for the ledger and the console; lists of details stay out."""
    if not is_dataclass(result) or isinstance(result, type):
        raise RunError(f"a stage returned {type(result).__name__} where counts were expected")
    return {name: value for name, value in asdict(result).items() if isinstance(value, int | float | str)}


def _begin(warehouse: Warehouse, command: str, as_of: date) -> str:
    """Write the run down; runs that never ended were killed, for their lock is free."""
    started = datetime.now(UTC)
    run_id = f"{started:%Y%m%dT%H%M%S%f}-{os.getpid()}"
    warehouse.run("update run set state = 'killed', ended_at = $now where state = 'running'", now=started)
    warehouse.run(
        "insert into run values ($run_id, $command, $as_of, $started, null, 'running')",
        run_id=run_id, command=command, as_of=as_of, started=started,
    )  # fmt: skip
    return run_id


def _record(session: Session, report: StageReport) -> None:
    session.warehouse.run(
        "insert into run_stage values ($run_id, $stage, $seconds, $summary)",
        run_id=session.run_id,
        stage=report.stage,
        seconds=report.seconds,
        summary=json.dumps(report.summary),
    )


def _close_books(session: Session, *, failed: bool = False) -> None:
    """Write how the run ended; the report stage does it before it publishes, so that the snapshot knows."""
    session.warehouse.run(
        "update run set state = $state, ended_at = $now where run_id = $run_id",
        state="failed" if failed or session.failures else "done",
        now=datetime.now(UTC),
        run_id=session.run_id,
    )
