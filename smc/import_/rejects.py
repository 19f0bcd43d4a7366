"""Rows that were not taken: shown, and saved for a person to correct."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from smc.errors import UsageError, writing
from smc.warehouse import Warehouse, statement

FEED, FILE, LINE, REASON = "smc_feed", "smc_file", "smc_line", "smc_reason"
EMPTY = "smc_empty"
"""The column of a feed of NDJSON that says, as an object of JSON, which empty cells are null or an empty text; the
others are keys that the object did not have."""
TEXT = "smc_text"
"""The column with the text of rows that could not be split."""
SHOWN = 200
"""Signs of it in messages."""
NULL, BLANK = "\x02null", '\x02""'
"""How cells of NDJSON are kept that were null or an empty text."""


_EMPTY = {NULL: None, BLANK: ""}


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
    that begins with =, +, - or @ is a formula for a spreadsheet. Of NDJSON ``EMPTY`` tells null from no such key. Of
    rows that could not be split ``TEXT`` has the text, and a person fills the columns. ``UsageError`` for several feeds
    or nothing to save.
    """
    rows = warehouse.rows(
        statement("smc.import_", "rejects_saved"),
        feed=asked.feed,
        file=asked.file,
        as_of=asked.as_of,
        shown=SHOWN,
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
    columns = [name for name in dict.fromkeys(name for row in rows for name in row[3]) if name != TEXT]
    with (
        writing(target, "the file of rejects", remedy="Name another file."),
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        out = csv.writer(file, lineterminator="\n")
        # Rows of earlier versions that could not be split have one cell and no columns.
        found = [dict(zip(row[3] or [TEXT], row[4], strict=False)) for row in rows]
        empty = [{name: _EMPTY[cell] for name, cell in cells.items() if cell in _EMPTY} for cells in found]
        more, text = [EMPTY] * any(empty), [TEXT] * any(TEXT in cells for cells in found)
        out.writerow((FEED, FILE, LINE, REASON, *more, *text, *columns))
        for (feed, name, line, _, _, reason), cells, blank in zip(rows, found, empty, strict=True):
            said = [json.dumps(blank, ensure_ascii=False) if blank else ""] * len(more)
            shown = ("" if column in blank else cells.get(column) or "" for column in (*text, *columns))
            out.writerow((feed, name, line, reason, *said, *shown))
    return len(rows)
