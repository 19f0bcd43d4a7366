"""The stages of a night, in their order: the one list that is explained and executed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from smc.errors import RunError, SmcError
from smc.pipeline import ledger
from smc.pipeline.counted import receipts_counted, say_uncounted
from smc.pipeline.loading import load_drops
from smc.pipeline.moment import Moment
from smc.pipeline.plans import compared
from smc.pipeline.session import Progress, Session
from smc.pipeline.store import open_snapshot, open_warehouse
from smc.pipeline.tasks import hand_over_tasks, post_tasks
from smc.pipeline.watch import say_unknown, watch
from smc.pipeline.withdraw import withdraw
from smc.project import Project


@dataclass(frozen=True, slots=True)
class ReportResult:
    """Where the report begins."""

    index: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a run. ``work`` returns a dataclass of counts."""

    name: str
    title: str
    work: Callable[[Session], Any]


def _compute(session: Session) -> Any:
    from smc.campaign.codes import settle_codes
    from smc.campaign.tasks import settle_tasks
    from smc.metric.compute import compute

    project = session.project
    settle_codes(session.warehouse, session.moment.as_of)
    settle_tasks(session.warehouse, project.active, session.moment.as_of)
    result = compute(
        session.warehouse,
        metrics=project.metrics,
        rfm=project.rfm,
        fields=project.fields,
        as_of=session.moment.as_of,
        full=session.full,
        only=session.only,
    )
    _note_nulls(session, result.nulls)
    return result


def _note_nulls(session: Session, nulls: Iterable[tuple[str, int]]) -> None:
    session.notes.extend(
        f"metrics: {metric} has no value for {count} customers, for it was too large or divided by zero"
        for metric, count in nulls
    )


def _predict(session: Session) -> Any:
    from smc.metric.nulls import lost_in_predicted
    from smc.metric.predict.run import predict

    project, as_of = session.project, session.moment.as_of
    result = predict(session.warehouse, settings=project.settings.prediction, as_of=as_of, refit=session.refit)
    if result.refused:
        (session.failures if result.failed else session.notes).append(f"no predictions: {result.refused}")
    session.notes.extend(f"predictions: {text}" for text in result.warnings)
    if result.customers:
        _note_nulls(session, lost_in_predicted(session.warehouse, project.metrics, project.fields, as_of))
    return result


def _segment(session: Session) -> Any:
    result = refresh_segments(session, session.moment.as_of)
    watch(session)
    say_unknown(session, result.problems)
    return result


def _verify_segments(session: Session) -> Any:
    result = refresh_segments(session, session.moment.as_of, verify=True)
    watch(session)
    say_unknown(session, result.problems)
    return result


def refresh_segments(session: Session, as_of: date, *, verify: bool = False) -> Any:
    """Bring the global control group, segments and campaign filters to a day."""
    from smc.campaign.plan import rules_needed
    from smc.segment.control import draw
    from smc.segment.refresh import refresh

    project = session.project
    if not verify:
        draw(session.warehouse, project.settings.global_control, as_of)
    present, old = rules_needed(session.warehouse, project.campaigns)
    return refresh(
        session.warehouse,
        segments=project.segments,
        rules=present,
        old_rules=old,
        fields=project.fields,
        metrics=project.metrics,
        as_of=as_of,
        categories=project.settings.categories,
        defined=project.defined,
        full=session.full,
        verify=verify,
    )


def _plan(session: Session) -> Any:
    from smc.campaign.codes import stock_notes
    from smc.campaign.tally import Planned, look, tally

    project, as_of = session.project, session.moment.as_of
    read_back(session)
    before = look(session.warehouse, as_of)
    result = plan_messages(session)
    session.notes.extend(stock_notes(session.warehouse, project.promocodes, as_of))
    kinds = dict.fromkeys(project.campaigns, "campaign") | dict.fromkeys(project.mailings, "mailing")
    done = tally(before, look(session.warehouse, as_of), kinds)
    if session.run_id and not ledger.done_before(session.warehouse, session.run_id, "campaign", as_of):
        session.notes.extend(compared(project, as_of, done))
    return Planned(result, done)


def plan_messages(session: Session, night: date | None = None) -> Any:
    """``night``: the day of the last one, when the run is a tick; see ``plan``."""
    from smc.campaign.codes import Coded
    from smc.campaign.plan import plan
    from smc.send.check import printing_codes

    project = session.project
    return plan(
        session.warehouse,
        campaigns=project.campaigns,
        mailings=project.mailings,
        settings=project.settings,
        channels=project.channels,
        promocodes=project.promocodes,
        polls=project.polls,
        coded=Coded(printing_codes(project.templates), printing_codes),
        as_of=session.moment.as_of,
        now=session.moment.planned_at,
        fields=project.fields,
        night=night,
    )


def read_back(session: Session) -> None:
    """What senders did since the last night: caps count what left, and what did not leave is given another time.

    What is wrong with the outbox is said by the hand-over. What works on a copy reads nothing; see ``peek``.
    """
    if session.run_id and session.project.path(session.project.settings.outbox.path).exists():
        with suppress(RunError):
            _settle(session)


def peek(session: Session) -> None:
    """The same for a preview: its copy learns what senders did, and nothing is written into the outbox.

    An outbox that cannot be looked at leaves the states of the last night.
    """
    from smc.send.outbox import Outbox
    from smc.send.settle import settle

    path = session.project.path(session.project.settings.outbox.path)
    with suppress(SmcError), Outbox.seen(path) as outbox:
        if outbox is not None:
            settle(session.warehouse, outbox)


def _hand_over(session: Session) -> Any:
    from smc.campaign.extras import extras_of
    from smc.send.handover import hand_over
    from smc.send.outbox import Outbox

    project = session.project
    with Outbox.open(project.path(project.settings.outbox.path)) as outbox:
        result = hand_over(
            session.warehouse,
            outbox,
            templates=project.templates,
            settings=project.settings,
            channels=project.channels,
            metrics=project.metrics,
            fields=project.fields,
            active=project.active,
            paused=project.paused,
            extras=extras_of(session.warehouse),
            root=project.folder,
            as_of=session.moment.as_of,
            now=session.moment.planned_at,
        )
    session.failures.extend(result.problems)
    return result


def _send_due(session: Session) -> Any:
    """What its pace holds back is left to ``smc send``: a run holds the project's lock."""
    session.release()
    result = deliver_outbox(session.project, session.moment, session.progress, patient=False)
    session.failures.extend(delivery_failures(result))
    session.notes.extend(left_behind(result, session.moment.as_of))
    return result


def _settle(session: Session) -> Any:
    from smc.send.outbox import Outbox
    from smc.send.settle import settle

    project = session.project
    with Outbox.open(project.path(project.settings.outbox.path)) as outbox:
        return settle(session.warehouse, outbox)


def _report(session: Session) -> Any:
    from smc.report.write import write_report

    project = session.project
    counted = receipts_counted(session.warehouse, project, session.moment.as_of)
    say_uncounted(session, counted)
    ledger.close(session.warehouse, session.run_id, session.failures)
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
            counted=counted.queries,
        )
    return ReportResult(str(index))


STAGES = (
    Stage("import", "Load the drops of all feeds", load_drops),
    Stage("compute", "Recompute metrics and RFM of the customers concerned", _compute),
    Stage("predict", "Predict visits and value, when smc.yaml asks for it", _predict),
    Stage("segment", "Find who entered and left each segment", _segment),
    Stage("campaign", "Let customers enter campaigns, move them, plan messages", _plan),
    Stage("hand over", "Render every message once and put it into the outbox", _hand_over),
    Stage("tasks", "Hand over accruals, calls and notices", hand_over_tasks),
    Stage("send", "Send what is due", _send_due),
    Stage("settle", "Bring the results of sending back", _settle),
    Stage("post", "Post to webhooks", post_tasks),
    Stage("report", "Publish the snapshot and write the report", _report),
)
_APART = (
    Stage("verify segments", "Find members as in every night, and compare them with everyone's", _verify_segments),
    Stage("withdraw", "Stop what may not be sent any more", withdraw),
)
"""Stages that are no part of a night."""
BY_NAME = {stage.name: stage for stage in (*STAGES, *_APART)}


def replay_stage(file: Path, *, overwrite: bool = False) -> Stage:
    """The one stage of a run that loads corrected rejects."""

    def work(session: Session) -> Any:
        from smc.import_.replay import replay

        project = session.project
        result = replay(
            session.warehouse,
            project.feeds,
            fields=project.fields,
            country=project.settings.country,
            file=file,
            folder=project.path(project.settings.landing),
            as_of=session.moment.as_of,
            overwrite=overwrite,
        )
        session.failures.extend(result.failures)
        return result

    return Stage("import", "Load corrected rejects", work)


def fill_rfm_stage(begin: date) -> Stage:
    """The one stage of a run that puts ends of months before the history of scores."""

    def work(session: Session) -> Any:
        from smc.metric.rfm_fill import fill

        return fill(session.warehouse, session.project.rfm, begin=begin)

    return Stage("rfm", "Compute RFM scores at the ends of earlier months", work)


def verify_stage() -> Stage:
    """The one stage of a run that computes everything anew and compares."""

    def work(session: Session) -> Any:
        from smc.metric.verify import verify

        project = session.project
        result = verify(
            session.warehouse,
            metrics=project.metrics,
            rfm=project.rfm,
            fields=project.fields,
            as_of=session.moment.as_of,
        )
        if result.differing:
            session.failures.append(f"{result.differing} rows differ from a full computation")
            session.failures.extend(str(difference) for difference in result.first)
        return result

    return Stage("verify", "Compute everything anew and compare", work)


def deliver_outbox(
    project: Project, moment: Moment, progress: Progress, *, patient: bool = True
) -> Any:  # fmt: skip
    """Send what is due. Needs the outbox alone, so it may work beside a run."""
    from smc.pipeline.paused import Paused
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
            since=moment.sender_since,
            paused=Paused(project, outbox.campaigns()),
            patient=patient,
        )


def accept_restored(project: Project, moment: Moment, *, retry_unknown: bool) -> Any:
    """Go on with a restored warehouse or outbox, by order of a person. The caller holds the project's lock."""
    from smc.send.consistency import accept
    from smc.send.outbox import Outbox

    path = project.path(project.settings.outbox.path)
    with open_warehouse(project) as warehouse, Outbox.open(path) as outbox:
        return accept(warehouse, outbox, moment.sender_clock(), retry_unknown=retry_unknown)


def left_behind(result: Any, as_of: date) -> list[str]:
    """What a past day's run does not send, in words."""
    if not result.left:
        return []
    what = f"{result.left} messages of {as_of} or before wait in the outbox"
    return [f"{what}: they reach people, so they leave by today's clock; 'smc send' sends what may still go"]


def delivery_failures(result: Any) -> list[str]:
    """What went wrong while sending, in words: a route that is down, messages too late, messages in doubt."""
    found = [result.problem] if result.problem else []
    if result.expired:
        found.append(f"{result.expired} messages expired before they could be sent")
    if result.unknown:
        found.append(
            f"{result.unknown} messages are unknown: their sender died while it was sending. Look whether they arrived;"
            " smc send --retry-unknown sends them again"
        )
    return found
