"""The columns of a file against those that its feed maps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from smc.config.problem import nearest
from smc.config.specs.feed import FeedSpec, Mapped
from smc.errors import FeedError
from smc.import_.land.decode import not_text
from smc.import_.land.landing import Landed
from smc.import_.read.parquet import FLOATS, is_nested, is_readable, is_time
from smc.import_.read.records import first_record
from smc.model.objects import OBJECTS

_SHOWN = 40
_MOST, _LONGEST = 60, 80
"""Cells of a first line that are shown, and characters of each."""


def read_header(landed: Landed, feed: FeedSpec) -> list[str]:
    """Names of the columns, trimmed. Of NDJSON the mapped paths. ``FeedError`` when a mapped one is missing."""
    layout = feed.layout
    match layout.kind:
        case "ndjson":
            return list(_wanted(feed))
        case "parquet":
            header = [name for name, _ in landed.columns]
            _compare(header, landed.name, feed)
            _check_types(landed, feed)
        case "csv":
            header = _first(landed, feed) if layout.header else list(layout.columns)
            _compare(header, landed.name, feed)
    return header


def _first(landed: Landed, feed: FeedSpec) -> list[str]:
    with landed.path.open("rb") as file:
        cells = first_record(file, landed, feed.layout)
    if isinstance(cells, str):
        raise FeedError(
            f"the header cannot be read: {cells}",
            where=landed.name,
            remedy="Correct quote and delimiter in the feed's format, or have the file sent again.",
        )
    try:
        return [cell.decode().strip().strip("\ufeff") for cell in cells]
    except UnicodeDecodeError:
        what = not_text(feed.layout.encoding, b",".join(cells))
        raise FeedError(
            f"the header is {what}", where=landed.name, remedy="Correct the encoding in the feed's format."
        ) from None


def _mapped(feed: FeedSpec) -> Iterator[tuple[str, str, Mapped]]:
    for item, fields in feed.parts.items():
        for field, mapped in fields.items():
            yield item, field, mapped


def _wanted(feed: FeedSpec) -> dict[str, str]:
    """Mapped columns, each once, with a field that reads it."""
    return {column: field for _, field, mapped in _mapped(feed) for column in mapped.columns}


def _compare(header: list[str], name: str, feed: FeedSpec) -> None:
    there, wanted = Counter(header), _wanted(feed)
    for column, field in wanted.items():
        if there[column] > 1:
            raise FeedError(
                f"column '{column}', mapped to {field}, stands {there[column]} times",
                where=name,
                remedy="Which one is meant is not known: have one of them renamed in the file.",
            )
    missing = [column for column in wanted if not there[column]]
    if missing:
        names = _is_header(header, wanted, feed)
        what, remedy = _absent(missing, wanted, header, names=names), _remedy(missing, header, feed, names=names)
        raise FeedError(what, where=name, remedy=remedy)


def _absent(missing: list[str], wanted: dict[str, str], header: list[str], *, names: bool) -> str:
    """``names``: the header is one; else it may be a row with personal data, and only its shape is shown."""
    if len(missing) == 1:
        subject = f"column '{missing[0]}', mapped to {wanted[missing[0]]}, is missing"
    else:
        subject = f"columns {', '.join(repr(column) for column in missing)} are missing"
    if names:
        return f"{subject}; the file has: {_few(header)}"
    return f"{subject}; the first line has {len(header)} cells of the shape: {_few(list(map(_shape, header)))}"


def _few(cells: list[str]) -> str:
    """The first of them, each cut: what is no header may be of any length."""
    shown = [cell if len(cell) <= _LONGEST else f"{cell[:_LONGEST]}…" for cell in cells[:_MOST]]
    return ", ".join(shown) + (f" and {len(cells) - _MOST} more" if len(cells) > _MOST else "")


def _is_header(header: list[str], wanted: dict[str, str], feed: FeedSpec) -> bool:
    """Whether the cells are surely names: the file says them itself, or one of them is a column of the feed."""
    if feed.layout.kind != "csv" or not feed.layout.header:
        return True
    known = {_plain(column) for column in wanted} - {""}
    cells = re.split(r"[;,|\t]", header[0]) if len(header) == 1 else header
    return any(_plain(cell) in known for cell in cells)


def _plain(name: str) -> str:
    """A name without what is often written differently."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def _shape(cell: str) -> str:
    return "".join("x" if sign.isalpha() else "9" if sign.isalnum() else sign for sign in cell[:_SHOWN])


def _remedy(missing: list[str], header: list[str], feed: FeedSpec, *, names: bool) -> str:
    if len(header) == 1 and feed.layout.kind == "csv":
        return f"The header is one cell: is the delimiter really '{feed.layout.delimiter}'?"
    if not names:
        return (
            "None of its cells is a column of the feed. If it is a row and no header, say header: false and columns in "
            "the feed's format; else correct the feed's fields."
        )
    close = nearest(missing[0], header)
    return close if close.startswith("Did you mean") else "Correct the feed's fields or have the file sent again."


def _check_types(landed: Landed, feed: FeedSpec) -> None:
    """Columns of a Parquet file whose text would not be what the field needs."""
    types = dict(landed.columns)
    for item, name, mapped in _mapped(feed):
        field = OBJECTS[item].field(name) if item in OBJECTS else None
        wanted = "custom" if field is None else field.type
        for column in mapped.columns:
            if (wrong := _misfit(types[column], wanted, feed)) is not None:
                what, remedy = wrong
                raise FeedError(f"column '{column}', mapped to {name}, {what}", where=landed.name, remedy=remedy)


def _misfit(kind: str, wanted: str, feed: FeedSpec) -> tuple[str, str] | None:
    if not is_readable(kind):
        return f"is of the type {kind}, which has no text", "Have it written as text."
    if is_nested(kind) and wanted != "map":
        return f"is of the type {kind}: several values in one", "Have it written as columns of their own."
    if kind in FLOATS and wanted == "string":
        return f"is a floating-point number ({kind}), and no id or text", "Have it written as text or whole number."
    layout = feed.layout
    if is_time(kind) and any(getattr(layout, part) != "iso" for part in ("date", "datetime") if part == wanted):
        return f"is of the type {kind} already", f"Leave {wanted} out of the feed's format."
    return None
