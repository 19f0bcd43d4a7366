"""What an import left of a feed: files that are not whole yet, and files or sources that could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class Left:
    """``file`` is empty when the source itself could not be read."""

    file: str
    kind: Literal["waiting", "failed"]
    reason: str


def keep_left(warehouse: Warehouse, feed: str, left: Sequence[Left], as_of: date) -> None:
    """Write down what this import left, in place of what the one before did."""
    with warehouse.transaction():
        warehouse.run(statement("smc.import_", "left_forget"), feed=feed)
        if left:
            warehouse.run(
                statement("smc.import_", "left_add"),
                feed=feed, as_of=as_of, files=[one.file for one in left], kinds=[one.kind for one in left],
                reasons=[one.reason for one in left],
            )  # fmt: skip
