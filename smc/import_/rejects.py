"""Rows that were not taken: shown, and saved for a person to correct."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from smc.errors import UsageError, writing
from smc.warehouse import Warehouse, statement

FEED, FILE, LINE, REASON = "smc_feed", "smc_file", "smc_line", "smc_reason"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rejects: of one feed, of files of one name, of the run of one day; all when nothing is said."""

    feed: str | None = None
    file: str | None = None
    as_of: date | None = None


def open_rejects(warehouse: Warehouse, asked: Asked, *, most: int) -> list[dict[str, Any]]:
    """The first ``most`` values that were not taken and that nobody has corrected, each with its place and reason.

    Of a refused file (``state``) nothing was loaded; its rejects say why and go when the file comes again.
    """
    return warehouse.records(
        statement("smc.import_", "rejects_open"), feed=asked.feed, file=asked.file, as_of=asked.as_of, most=most
    )


def save_rejects(warehouse: Warehouse, asked: Asked, target: Path) -> int:
    """Write the open rows of loaded files of one feed as CSV and return their number.

    UTF-8, commas: feed, file, line and reason, then the columns that the feed reads. The cells are as they came: one
    that begins with =, +, - or @ is a formula for a spreadsheet. ``UsageError`` for several feeds or nothing to save.
    """
    rows = warehouse.rows(
        statement("smc.import_", "rejects_saved"), feed=asked.feed, file=asked.file, as_of=asked.as_of
    )
    if not rows:
        raise UsageError(
            "there are no open rejects of loaded files to save",
            remedy="'smc import rejects' shows those of refused files too: correct the file itself and send it again.",
        )
    feeds = sorted({row[0] for row in rows})
    if len(feeds) > 1:
        raise UsageError(
            f"there are rejects of several feeds: {', '.join(feeds)}",
            remedy="Save those of one feed in one file: --feed NAME.",
        )
    columns = list(dict.fromkeys(name for row in rows for name in row[3]))
    with (
        writing(target, "the file of rejects", remedy="Name another file."),
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        out = csv.writer(file, lineterminator="\n")
        out.writerow((FEED, FILE, LINE, REASON, *columns))
        for feed, name, line, theirs, cells, reason in rows:
            found = dict(zip(theirs, cells, strict=False))
            out.writerow((feed, name, line, reason, *(found.get(column) or "" for column in columns)))
    return len(rows)
