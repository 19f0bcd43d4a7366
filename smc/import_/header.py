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
    layout = feed.format
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
    for field, mapped in feed.fields.items():
        column = mapped.column
        if column is None or there[column] == 1:
            continue
        if there[column]:
            raise FeedError(f"column '{column}', mapped to {field}, stands {there[column]} times", where=name)
        columns = ", ".join(header)
        raise FeedError(
            f"column '{column}', mapped to {field}, is missing; the file has: {columns}",
            where=name,
            remedy=nearest(column, header),
        )
