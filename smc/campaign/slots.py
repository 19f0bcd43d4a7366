"""When messages may go out: windows, quiet hours and holidays as spans of instants.

Pure functions of the calendar and a zone. A message goes out only when the clocks of the zone show a time that is
allowed. In an hour that comes twice, windows open the second time and close the first time, so one that lies in it does
not open; where clocks skip a time, the span begins or ends at the jump.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from smc.config.specs.policy import WEEKDAYS, DayWindow, Holidays, QuietHours, SendingSettings, Window

_DAY = timedelta(days=1)
Span = tuple[datetime, datetime]
"""From an instant (UTC) to another one, which is not in it."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What holds for messages of one channel and category. A message needs a window of every group; without any time
    is right."""

    groups: tuple[tuple[DayWindow, ...], ...] = ()
    quiet: tuple[QuietHours, ...] = ()
    holidays: frozenset[date] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.groups or self.quiet or self.holidays)

    @property
    def awake(self) -> Schedule:
        """Its quiet hours alone."""
        return Schedule(quiet=self.quiet)


def schedule(settings: SendingSettings, channel: str, category: str, own: DayWindow | None = None) -> Schedule:
    """``own``: the window of a single campaign or mailing, which narrows those of the project."""

    def concerns(rule: Window | QuietHours | Holidays) -> bool:
        return rule.channel in (None, channel) and rule.category in (None, category)

    windows = tuple(DayWindow(**_times(rule), weekdays=rule.weekdays) for rule in filter(concerns, settings.windows))
    groups = tuple(group for group in (windows, (own,) if own else ()) if group)
    quiet = tuple(QuietHours(**_times(rule)) for rule in filter(concerns, settings.quiet_hours))
    return Schedule(groups, quiet, frozenset(day for rule in filter(concerns, settings.holidays) for day in rule.dates))


def slots(of: Schedule, since: date, until: date, zone: ZoneInfo) -> list[Span]:
    """The spans of the local days ``since`` to ``until``, that day included, in which messages may go out."""
    days = [since + step * _DAY for step in range((until - since).days + 1)]
    found = [(_opens(since, "00:00", zone), _closes(until + _DAY, "00:00", zone))]
    for group in of.groups:
        found = _both(found, [_span(day, window, zone) for day in (since - _DAY, *days) for window in group
                              if WEEKDAYS[day.weekday()] in window.weekdays])  # fmt: skip
    closed = [_whole(day, "00:00", "00:00", zone) for day in days if day in of.holidays]
    closed += [_whole(day, rule.from_, rule.until, zone) for day in (since - _DAY, *days) for rule in of.quiet]
    return _without(found, closed)


def _span(day: date, window: DayWindow, zone: ZoneInfo) -> Span:
    """The least that a window can mean."""
    return _opens(day, window.from_, zone), _closes(_end(day, window.from_, window.until), window.until, zone)


def _whole(day: date, begin: str, end: str, zone: ZoneInfo) -> Span:
    """The most that quiet hours or a holiday can mean."""
    return _closes(day, begin, zone), _opens(_end(day, begin, end), end, zone)


def _end(day: date, begin: str, end: str) -> date:
    return day if begin < end else day + _DAY


def _opens(day: date, at: str, zone: ZoneInfo) -> datetime:
    """The first instant from which on clocks show the time or a later one of that day."""
    return _instant(day, at, zone, fold=1)


def _closes(day: date, at: str, zone: ZoneInfo) -> datetime:
    """The first instant at which clocks show the time or a later one of that day."""
    return _instant(day, at, zone, fold=0)


def _instant(day: date, at: str, zone: ZoneInfo, *, fold: int) -> datetime:
    local = datetime.combine(day, time.fromisoformat(at), zone).replace(fold=fold)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    low, high = sorted(local.replace(fold=one).astimezone(UTC) for one in (0, 1))
    return _jump(low, high, zone)


def _jump(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant between two at which clocks are put forward, to the second."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that overlap or touch as one, empty ones left out."""
    found: list[Span] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _both(some: Sequence[Span], others: Iterable[Span]) -> list[Span]:
    others = _joined(others)
    return _joined((max(a, c), min(b, d)) for a, b in some for c, d in others)


def _without(spans: Iterable[Span], closed: Iterable[Span]) -> list[Span]:
    found = []
    shut = _joined(closed)
    for begin, end in spans:
        at = begin
        for off, on in shut:
            if off < end and on > at:
                found.append((at, off))
                at = on
        found.append((at, end))
    return _joined(found)


def _times(rule: Window | QuietHours) -> dict[str, str]:
    return {"from": rule.from_, "until": rule.until}
