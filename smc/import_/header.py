"""The header of a file against the columns that its feed maps."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from smc.config.problem import nearest
from smc.config.specs.feed import FeedSpec
from smc.errors import FeedError


def read_header(text: Path, name: str, feed: FeedSpec) -> list[str]:
    """Column names by Python's csv, trimmed, without byte order mark. ``FeedError`` when a mapped one is missing."""
    layout = feed.layout
    with text.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            rows = csv.reader(file, delimiter=layout.delimiter, quotechar=layout.quote, strict=True)
            header = [cell.strip() for cell in next(rows, [])]
        except csv.Error as error:
            raise FeedError(f"the header cannot be read: {error}", where=name) from error
    _compare(header, name, feed)
    return header


def _compare(header: list[str], name: str, feed: FeedSpec) -> None:
    there = Counter(header)
    wanted = {
        column: field for fields in feed.parts.values() for field, mapped in fields.items() for column in mapped.columns
    }
    for column, field in wanted.items():
        if there[column] > 1:
            raise FeedError(f"column '{column}', mapped to {field}, stands {there[column]} times", where=name)
    missing = [column for column in wanted if not there[column]]
    if missing:
        raise FeedError(_absent(missing, wanted, header), where=name, remedy=_remedy(missing, header, feed))


def _absent(missing: list[str], wanted: dict[str, str], header: list[str]) -> str:
    if len(missing) == 1:
        subject = f"column '{missing[0]}', mapped to {wanted[missing[0]]}, is missing"
    else:
        subject = f"columns {', '.join(repr(column) for column in missing)} are missing"
    return f"{subject}; the file has: {', '.join(header)}"


def _remedy(missing: list[str], header: list[str], feed: FeedSpec) -> str:
    if len(header) == 1:
        return f"The header is one cell: is the delimiter really '{feed.layout.delimiter}'?"
    close = nearest(missing[0], header)
    return close if close.startswith("Did you mean") else "Correct the feed's fields or have the file sent again."
