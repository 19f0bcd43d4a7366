"""What was loaded between a file and the correction of its rejects: a correction must not undo it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from smc.errors import FeedError
from smc.import_.load.target import Target
from smc.import_.read.reading import quoted
from smc.warehouse import Warehouse, statement

REMEDY = "Leave them out, for they are older; or replay the file with --overwrite if they hold."

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Since:
    """``name``: the last file that brought one of the objects since; ``took``: the last that took rows away, if any."""

    name: str
    took: str | None

    @property
    def reasons(self) -> tuple[str, str]:
        return (
            f"the row is there with other values, and '{self.name}' was loaded since",
            f"the row is not there, and '{self.took}' has taken rows out since",
        )

    def stale(self, target: Target, known: str, same: str) -> str:
        """SQL: why a row is not taken, as branches of a case. Where rows carry their own time, that decides."""
        differs, gone = map(quoted, self.reasons)
        branches = [] if target.many else [f"when {known} and not ({same}) then {differs}"]
        return " ".join([*branches, *([f"when not ({known}) then {gone}"] if self.took is not None else [])])

    def check(self, warehouse: Warehouse) -> FeedError | None:
        """An error when rows were found stale."""
        found = warehouse.rows(statement("smc.import_", "rejects_stale"), reasons=list(self.reasons))
        if not found:
            return None
        many = len(found) > 1
        lines = ", ".join(str(line) for (line,) in found[:_SHOWN]) + ", …" * (len(found) > _SHOWN)
        return FeedError(
            f"{len(found)} row{'s' * many} would undo what '{self.name}' or a file before it brought, by line: {lines}"
            "; nothing was loaded",
            remedy=REMEDY,
        )


def loaded_since(warehouse: Warehouse, feed: str, objects: Collection[str], part_of: int) -> Since | None:
    """What was loaded after the file ``part_of``; None when nothing was."""
    query = statement("smc.import_", "loaded_since")
    ((name, took),) = warehouse.rows(query, feed=feed, objects=list(objects), part_of=part_of)
    return None if name is None else Since(name, took)
