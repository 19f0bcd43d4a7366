"""The tick: a cheap pass between two nights, for what cannot wait until the next one.

It loads what the collector wrote, lets in by rows, moves who is due, and sends. Figures, scores and predictions are
those of the last night (docs/adr/0018).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from smc.config.specs.source import SpoolSourceSpec
from smc.errors import RunError
from smc.pipeline import ledger
from smc.pipeline.loading import load_feeds
from smc.pipeline.moment import Moment, moment_of
from smc.pipeline.run import RunReport, execute_all
from smc.pipeline.session import Progress, Session, closing
from smc.pipeline.stages import BY_NAME, Stage, plan_messages, read_back, refresh_segments
from smc.pipeline.store import lock
from smc.pipeline.tasks import hand_over_tasks
from smc.pipeline.watch import is_news, note_asked, say_unknown, watch
from smc.project import Project
from smc.warehouse import Warehouse

COMMAND = "run tick"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FactsResult:
    """Segments and filters that were asked of everyone; of how many customers, at most, the others were; and the rows
    that campaigns wait for."""

    anew: int
    evaluated: int
    rows: int


def tick(project: Project, *, moment: Moment | None = None, wait_s: float = 0, progress: Progress) -> RunReport:
    """One pass under the project's lock. Running it again at the same moment changes nothing.

    ``moment``: by default this one. ``RunError`` when the last night was neither that of the day nor of the day before.
    """
    at = moment or moment_of(project, None)
    with lock(project, COMMAND, wait_s), closing(Session(project, at, progress)) as session:
        return execute_all(session, COMMAND, tick_stages(last_night(session.warehouse, at.as_of)), publish=False)


def last_night(warehouse: Warehouse, as_of: date) -> date:
    """The day of the last night, which figures, segments and filters are of.

    ``RunError`` when it was not finished or is too long ago: what a tick decided then could not be explained.
    """
    rows = warehouse.rows("select name, as_of from watermark where name in ('metric', 'segment')")
    days = [*(dict(rows).get(name) for name in ("metric", "segment")), ledger.last_day(warehouse, "campaign")]
    found = days[-1]
    if found is None or found < as_of - _DAY:
        raise RunError(
            f"the last night was for {found}: a tick works behind that of today or yesterday" if found
            else "there was no night yet, and a tick works behind one",
            remedy="Run 'smc run nightly' first.",
        )  # fmt: skip
    if any(day != found for day in days):
        raise RunError(
            f"figures are of {days[0]}, segments of {days[1]}, campaigns of {found}: a night was not finished",
            remedy="Run 'smc run nightly' again.",
        )
    return found


def tick_stages(night: date) -> tuple[Stage, ...]:
    """The stages of a tick behind the night of a day."""
    return (
        Stage("spool", "Load what the collector wrote", _spool),
        Stage("facts", "Look at those anew of whom something came", partial(_facts, night=night)),
        Stage("steps", "Let in by rows, move who is due, plan messages", partial(_steps, night=night)),
        BY_NAME["hand over"],
        Stage("tasks", "Hand over notices", partial(hand_over_tasks, files=False)),
        BY_NAME["send"],
        BY_NAME["settle"],
        BY_NAME["post"],
    )


def _spool(session: Session) -> Any:
    """Feeds of the spool alone: they are of this machine, and whole files come by the minute."""
    from smc.import_.result import ImportResult

    feeds = session.project.feeds.items()
    session.feeds = frozenset(name for name, feed in feeds if isinstance(feed.source, SpoolSourceSpec))
    return load_feeds(session) if session.feeds else ImportResult()


def _facts(session: Session, night: date) -> FactsResult:
    """Segments and filters are asked anew as of the night's day, of those of whom something came since; a new text
    with a filter that nobody knows yet is asked of everyone."""
    asked = None
    if _changed(session):
        asked = refresh_segments(session, night)
        note_asked(session.warehouse, night, COMMAND)
    watch(session, tick=COMMAND)
    say_unknown(session, asked.problems if asked else ())
    rows = session.warehouse.value("select count(*) from watch_row")
    return FactsResult(asked.anew, asked.evaluated, rows) if asked else FactsResult(0, 0, rows)


def _changed(session: Session) -> bool:
    from smc.campaign.plan import rules_needed
    from smc.config.specs.rule import rule_key
    from smc.segment.state import Output, state_of

    if is_news(session.warehouse, COMMAND):
        return True
    present, _ = rules_needed(session.warehouse, session.project.campaigns)
    known = state_of(session.warehouse).definitions
    return any(Output("rule", rule_key(rule)) not in known for rule in present)


def _steps(session: Session, night: date) -> Any:
    read_back(session)
    return plan_messages(session, night)
