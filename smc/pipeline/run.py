"""Execute stages under the project's lock and write down what they did."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from smc.errors import RunError, SmcError, UsageError
from smc.log import run_log
from smc.pipeline import ledger
from smc.pipeline.moment import moment_of, next_night
from smc.pipeline.session import Progress, Session, closing
from smc.pipeline.stages import BY_NAME, Stage, fill_rfm_stage, peek, replay_stage, verify_stage
from smc.pipeline.store import last_day, lock, open_scratch, open_warehouse
from smc.project import Project


@dataclass(frozen=True, slots=True)
class StageReport:
    """What a stage did and how long it took (seconds)."""

    stage: str
    seconds: float
    summary: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunReport:
    """A finished run. ``failures`` are said in words; the run did everything else. ``notes`` are no failures.

    ``results``: stage → what it returned, with the details that are no counts.
    """

    run_id: str
    as_of: date
    stages: tuple[StageReport, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...] = ()
    results: Mapping[str, Any] = field(default_factory=dict)

    def stage(self, name: str) -> dict[str, Any]:
        """Counts of one stage; empty when it was not part of the run."""
        return next((report.summary for report in self.stages if report.stage == name), {})


def run(
    project: Project,
    *,
    command: str,
    stages: Sequence[str],
    as_of: date | None = None,
    full: bool = False,
    publish: bool = False,
    wait_s: float = 0,
    feeds: Collection[str] = (),
    refit: bool = False,
    progress: Progress,
) -> RunReport:
    """Execute the named stages in order under the project's lock and write the run into the ledger.

    ``publish`` puts out a fresh snapshot at the end; the report stage does so by itself. ``feeds``: import only these.
    ``refit``: fit the models of predictions anew.

    Feeds that failed are said in ``RunReport.failures``; a stage that cannot go on raises, after the ledger knows it.
    """
    moment = moment_of(project, as_of)
    with lock(project, command, wait_s), closing(Session(project, moment, progress, full)) as session:
        session.feeds, session.refit = frozenset(feeds) or None, refit
        _refuse_past(session, stages, as_of)
        return execute_all(session, command, [BY_NAME[name] for name in stages], publish=publish)


def replay(
    project: Project,
    file: Path,
    *,
    as_of: date | None = None,
    wait_s: float = 0,
    overwrite: bool = False,
    progress: Progress,
) -> RunReport:
    """Load corrected rejects under the project's lock, as a run of its own, and put out a fresh snapshot.

    ``overwrite``: also rows that undo what other files brought since.
    """
    moment = moment_of(project, as_of)
    with lock(project, "import replay", wait_s), closing(Session(project, moment, progress)) as session:
        stages = [replay_stage(file, overwrite=overwrite), BY_NAME["withdraw"]]
        return execute_all(session, "import replay", stages, publish=True)


def fill_rfm(project: Project, begin: date, *, wait_s: float = 0, progress: Progress) -> RunReport:
    """Put ends of months from that of ``begin`` on before the history of scores, as a run of its own."""
    moment = moment_of(project, None)
    with lock(project, "rfm fill", wait_s), closing(Session(project, moment, progress)) as session:
        return execute_all(session, "rfm fill", [fill_rfm_stage(begin)], publish=True)


def verify(project: Project, *, as_of: date | None = None, wait_s: float = 0, progress: Progress) -> RunReport:
    """Compare metrics with a full computation, as a run of its own: those that are stored, or those of ``as_of``.

    Rows that differ are failures of the run, with ids and columns of the first.
    """
    with lock(project, "compute --verify", wait_s):
        with open_warehouse(project) as warehouse:
            moment = moment_of(project, last_day(warehouse, as_of))
        with closing(Session(project, moment, progress)) as session:
            return execute_all(session, "compute --verify", [verify_stage()], publish=True)


def execute_all(session: Session, command: str, stages: Sequence[Stage], *, publish: bool) -> RunReport:
    """Stages in their order as one run of the ledger. The caller holds the lock."""
    project, moment = session.project, session.moment
    session.run_id = ledger.begin(session.warehouse, command, moment.as_of)
    with run_log(project.path(project.settings.log), session.run_id) as log:
        log.info("run begins", command=command, as_of=str(moment.as_of), stages=[stage.name for stage in stages])
        reports = _in_order(stages, session, log)
    if publish:
        session.warehouse.publish(project.path(project.settings.warehouse.snapshot))
    failures, notes = tuple(session.failures), tuple(session.notes)
    return RunReport(session.run_id, moment.as_of, reports, failures, notes, session.results)


HISTORY = ("segment", "campaign")
"""Stages that keep history and therefore never go back to an earlier day."""
LONG_SILENCE = timedelta(days=90)
"""After so many days without a run nobody means today by saying nothing; a clock that is years ahead ends here."""


def _refuse_past(session: Session, stages: Sequence[str], as_of: date | None) -> None:
    """Before anything is done: a run that keeps history is not for a day before the last such run."""
    if not set(stages) & set(HISTORY):
        return
    last = session.warehouse.value(
        "select max(as_of) from watermark where list_contains($names::varchar[], name)", names=list(HISTORY)
    )
    if last is not None and as_of is None and session.moment.as_of - last > LONG_SILENCE:
        raise UsageError(
            f"the last run was for {last}, and today is {session.moment.as_of}: is the clock right?",
            remedy=f"If it is, say --as-of {session.moment.as_of}. A run cannot be taken back to an earlier day.",
        )
    if last is not None and session.moment.as_of < last:
        raise RunError(
            f"{last} is done, so {session.moment.as_of} cannot be run any more: what was decided and sent stays",
            remedy=f"Use --as-of {last} or a later day. 'smc compute' works for any past day.",
        )


def _in_order(stages: Sequence[Stage], session: Session, log: Any) -> tuple[StageReport, ...]:
    """Every stage with its line in the ledger and the log; the run's end is written however it ends."""
    reports: list[StageReport] = []
    try:
        for number, stage in enumerate(stages):
            session.span = (number / len(stages), 1 / len(stages))
            reports.append(execute(stage, session, done=session.span[0]))
            ledger.record(session.warehouse, session.run_id, **asdict(reports[-1]))
            log.info("stage done", **asdict(reports[-1]))
    except BaseException as error:
        said = error.what if isinstance(error, SmcError) else type(error).__name__
        log.critical("run failed", problem=said)
        with suppress(SmcError):  # on a full disk the next run will find this one killed
            ledger.close(session.warehouse, session.run_id, [*session.failures, said])
        raise
    ledger.close(session.warehouse, session.run_id, session.failures)
    log.info("run ends", failures=session.failures)
    return tuple(reports)


PREVIEWED = ("compute", "predict", "segment", "campaign")


@contextmanager
def preview(project: Project, *, as_of: date | None = None, progress: Progress) -> Iterator[Session]:
    """A session in which the night up to its messages has been worked out on a scratch copy of the snapshot.

    Nothing of the project is touched, no lock is taken; the copy is removed when the block ends. Without ``as_of`` it
    is the next night: that of today, or of tomorrow when today's is done.
    """
    with open_scratch(project) as scratch:
        done = ledger.last_day(scratch, "campaign")
        began = scratch.value("select max(started_at) from run where command = 'run nightly'")
        moment = next_night(project, as_of, done, began)
        with closing(Session(project, moment, progress, _open=scratch)) as session:
            for number, name in enumerate(PREVIEWED):
                if name == "campaign":
                    peek(session)
                execute(BY_NAME[name], session, done=number / len(PREVIEWED))
            yield session


def execute(stage: Stage, session: Session, *, done: float) -> StageReport:
    """Do one stage; ``done`` is the share of the run that is behind, for whoever watches."""
    session.progress(stage.title, done)
    started = time.perf_counter()
    try:
        result = stage.work(session)
    except SmcError as error:
        error.where = error.where or f"stage '{stage.name}'"
        raise
    session.results[stage.name] = result
    return StageReport(stage.name, round(time.perf_counter() - started, 3), counts(result))


def counts(result: Any) -> dict[str, Any]:
    """Counts of a stage's result for the ledger and the console.

    A result either knows its counts or is a dataclass: its numbers and texts, and its (name, number) pairs; other
    details stay out.
    """
    if hasattr(result, "counts"):
        found: dict[str, Any] = result.counts()
        return found
    if not is_dataclass(result) or isinstance(result, type):
        raise RunError(f"a stage returned {type(result).__name__} where counts were expected")
    flat: dict[str, Any] = {}
    for name, value in asdict(result).items():
        match value:
            case int() | float() | str():
                flat[name] = value
            case [(str(), int()), *_]:
                flat |= {f"{name}_{part}": number for part, number in value}
    return flat
