"""Marks of queries that may pass over rows: no mistakes, but worth a second look."""

from __future__ import annotations

from collections.abc import Iterator

from smc.config.document import Document
from smc.config.problem import Problem
from smc.config.specs.feed import FeedSpec
from smc.config.specs.source import SqlPlace, kind_of, place_of


def late_commits(doc: Document[FeedSpec]) -> Iterator[Problem]:
    """A transaction that commits behind a pull may have a lower mark than the pull saw. Whoever writes the default down
    has thought of it."""
    place = place_of(doc.spec.source)
    if not isinstance(place, SqlPlace) or place.mark is None:
        return
    path = ("source", kind_of(doc.spec.source))
    if place.mark_type == "time" and "overlap" not in place.model_fields_set:
        yield doc.problem(
            (*path, "mark"),
            "rows that a long transaction commits late have an older time than this mark, and are never read",
            "Write overlap: SECONDS, longer than your longest transaction; or overlap: 0 if there is none.",
        )
    if place.mark_type == "id" and "mark_type" not in place.model_fields_set:
        yield doc.problem(
            (*path, "mark"),
            "ids do not commit in order: a row with a lower id that commits behind the pull is never read",
            "Use a time of change (mark_type: time) with an overlap; or write mark_type: id if rows come one by one.",
        )
