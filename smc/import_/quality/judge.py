"""Is a feed well? Pure rules over what the ledger says; every finding is in words.

``stop``: something that should be in the warehouse is not. ``warn``: it is, but it looks odd. A share has risen when it
is ``RISE`` points above the earlier one, and by more than three standard errors of a share in so many rows, so that a
file of ten rows does not cry wolf.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Literal

from smc.config.specs.feed import FeedSpec
from smc.config.specs.source import gives_batches
from smc.import_.quality.loads import FieldDrift, LastLoad, Loads, NotLoaded, percent

Verdict = Literal["ok", "warn", "stop"]
VERDICTS: tuple[Verdict, ...] = ("ok", "warn", "stop")

RISE = 5.0
"""Percentage points."""
NEAR = 0.8
"""Share of a limit of the feed from which on it is nearly reached."""
_FEWER, _MORE = 50.0, 100.0
"""Percent of the usual rows, where the feed has no limit of its own."""
_NONE = 100.0
_ENOUGH = 3
"""Loads before, without which a number of rows says nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    text: str


def worst(verdicts: Iterator[Verdict]) -> Verdict:
    return VERDICTS[max((VERDICTS.index(one) for one in verdicts), default=0)]


def judge(name: str, feed: FeedSpec, loads: Loads, as_of: date) -> tuple[Finding, ...]:
    """What is to be said of a feed on the day, the worst first; nothing when it is well."""
    last = loads.last.get(name)
    found = [
        *(_not_loaded(one) for one in loads.missing if one.feed == name),
        *_late(feed, last, loads.arrived.get(name), as_of),
        *([] if last is None else _rows(feed, last)),
        *([] if last is None else _rejected(feed, last)),
        *(
            Finding("warn", f"a new kind of reject: {one.field or 'the row'}: {one.kind} ({_number(one.rows, 'row')})")
            for one in loads.rejects
            if one.feed == name and one.new
        ),
        *(finding for one in loads.fields if one.feed == name for finding in _field(feed, one)),
    ]
    return tuple(sorted(found, key=lambda one: -VERDICTS.index(one.verdict)))


def _not_loaded(one: NotLoaded) -> Finding:
    match one.kind:
        case "refused":
            return Finding("stop", f"{one.file} was refused on {one.day}: {one.reason}")
        case "failed":
            return Finding("stop", f"{one.file or 'its source'} could not be read on {one.day}: {one.reason}")
        case "waiting":
            return Finding("warn", f"{one.file} waits: {one.reason}")


def _late(feed: FeedSpec, last: LastLoad | None, arrived: date | None, as_of: date) -> Iterator[Finding]:
    """``arrived``: when a file came last that brought nothing new."""
    nightly = feed.expect == "nightly"
    if last is None:
        yield Finding("stop" if nightly else "warn", "nothing was ever loaded")
    elif nightly and (day := max(last.day, arrived or last.day)) < as_of:
        days = (as_of - day).days
        yield Finding("stop", f"late by {_number(days, 'day')}: one is expected every night, the last came on {day}")


def _rows(feed: FeedSpec, last: LastLoad) -> Iterator[Finding]:
    if last.changed:
        yield Finding("warn", f"{last.file} came before with other content")
    if not last.usual_rows or last.before < _ENOUGH or gives_batches(feed.source):
        return
    limits = feed.quality
    fewer = _FEWER if limits.fewer_rows is None else float(limits.fewer_rows)
    more = _MORE if limits.more_rows is None else float(limits.more_rows)
    change = 100.0 * (last.rows - last.usual_rows) / last.usual_rows
    if change > more or -change > fewer:
        word = "more" if change > 0 else "fewer"
        yield Finding(
            "warn",
            f"{abs(change):.0f}% {word} rows than usual: {last.rows:,}, where {last.usual_rows:,.0f} is the median",
        )


def _rejected(feed: FeedSpec, last: LastLoad) -> Iterator[Finding]:
    share, limit, usual = percent(last.rejected, last.rows) or 0.0, float(feed.most_rejected), last.usual_rejected
    if share and share >= NEAR * limit:
        near = f", near the limit of {limit:g}% that refuses a file" if limit < _NONE else ""
        yield Finding("warn", f"{share:.1f}% of the rows were rejected{near}")
    elif usual is not None and _risen(share, usual, last.rows):
        yield Finding("warn", f"{share:.1f}% of the rows were rejected, where it was {usual:.1f}%")


def _field(feed: FeedSpec, one: FieldDrift) -> Iterator[Finding]:
    limits = feed.quality.fields.get(one.field)
    most = None if limits is None or limits.empty is None else float(limits.empty)
    if one.usual_empty is not None and _risen(one.empty, one.usual_empty, one.rows):
        yield Finding("warn", f"{one.empty:.1f}% of the rows have no {one.field}, where it was {one.usual_empty:.1f}%")
    elif one.first_empty is not None and _risen(one.empty, one.first_empty, one.rows):
        yield Finding(
            "warn", f"rows without {one.field} rise slowly: {one.empty:.1f}%, some loads ago {one.first_empty:.1f}%"
        )
    elif _never_there(feed, one):
        yield Finding("warn", f"no row had {one.field} yet: do its columns in the feed name the right path?")
    elif most and one.empty >= NEAR * most:
        yield Finding("warn", f"{one.empty:.1f}% of the rows have no {one.field}, near the limit of {most:g}%")
    new = percent(one.new, one.rows)
    if new is not None and one.usual_new is not None and _risen(new, one.usual_new, one.rows):
        yield Finding(
            "warn",
            f"{new:.1f}% of the rows have a {one.field} that was never seen before, usual are {one.usual_new:.1f}%",
        )


def _never_there(feed: FeedSpec, one: FieldDrift) -> bool:
    """A path of NDJSON that is written wrong is a key that no object has: no header can tell."""
    before = one.usual_empty
    return feed.layout.kind == "ndjson" and one.rows > 0 and one.empty >= _NONE and (before is None or before >= _NONE)


def _risen(now: float, then: float, rows: int) -> bool:
    """Laplace's estimate of the earlier share, so that a share of 0 has an error too."""
    share = (then / 100 * rows + 1) / (rows + 2)
    return now - then > max(RISE, 300 * sqrt(share * (1 - share) / max(rows, 1)))


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
