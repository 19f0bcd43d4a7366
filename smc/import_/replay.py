"""Load a file of rejects that a person has corrected: by the same mapping and rules, with its own row in the ledger."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from smc.config.problem import nearest
from smc.config.specs.feed import FeedSpec, Quality
from smc.config.specs.project import FieldsSpec
from smc.errors import UsageError
from smc.import_ import ledger
from smc.import_.land.landing import Landed, landing
from smc.import_.load.loader import Loader
from smc.import_.load.parts import parts_of
from smc.import_.load.since import loaded_since
from smc.import_.read.mapping import columns_of
from smc.import_.read.records import Straightened
from smc.import_.rejects import EMPTY, FEED, FILE, LINE
from smc.import_.result import FileResult, ImportResult
from smc.warehouse import Warehouse, statement
from smc.warehouse.connection import translated
from smc.warehouse.zone import check_zone

_DIGITS = 18
"""Of a number that the warehouse can hold."""
_LONGEST = 2**31 - 1
"""Signs of a cell: what the warehouse can hold."""
_LIKE_UPSERT = frozenset({"replace", "snapshot"})


@dataclass(frozen=True, slots=True)
class Corrected:
    """A row of the file: the line it begins on, and its cells by column."""

    at: int
    cells: Mapping[str, str]


def replay(
    warehouse: Warehouse,
    feeds: Mapping[str, FeedSpec],
    *,
    fields: FieldsSpec,
    country: str | None,
    file: Path,
    folder: Path,
    as_of: date,
    overwrite: bool = False,
) -> ImportResult:
    """Load what ``smc import rejects --save`` wrote, corrected. ``folder``: the landing folder.

    Each file whose rejects stand in it gets a row of its own in the ledger (``part_of``) and is known by its content as
    any other. A row that is still bad is a reject again, of this file. Rows that a person left out stay open. Limits of
    the feed do not apply to the few rows, and nothing vanishes, whatever the mode of the feed. When other files brought
    the object since, rows that would change or bring back what these left refuse the file, unless ``overwrite`` is
    given or the feed maps a time of each row.
    ``UsageError`` when it is not such a file.
    """
    check_zone(warehouse)
    header, rows = _read(file)
    name = _feed(rows, feeds, file)
    feed = _careful(feeds[name])
    columns = _columns(header, feed, fields, file)
    groups = _groups(warehouse, name, rows, file)
    loader = Loader(warehouse, name, feed, fields, country, as_of)
    files: list[FileResult] = []
    known = 0
    with landing(folder) as place:
        for part_of, theirs in groups.items():
            landed, straight = _land(place / file.name, columns, theirs, part_of, feed)
            if ledger.is_known(warehouse, name, landed.sha256):
                known += 1
                continue
            lines = [line for _, line in theirs]
            since = None if overwrite else loaded_since(warehouse, name, list(feed.parts), part_of)
            files.append(replace(loader, since=since).replay(landed, columns, straight, part_of=part_of, lines=lines))
    failures = tuple(f"feed {name}: {one.name}: {one.reason}" for one in files if one.state == "refused")
    return ImportResult(tuple(files), known, failures)


def _careful(feed: FeedSpec) -> FeedSpec:
    mode = "upsert" if feed.mode in _LIKE_UPSERT else feed.mode
    return feed.model_copy(update={"mode": mode, "reject_limit": Decimal(100), "quality": Quality()})


class _Reader(Protocol):
    """What the csv module returns."""

    @property
    def line_num(self) -> int: ...

    def __next__(self) -> list[str]: ...

    def __iter__(self) -> Iterator[list[str]]: ...


def _read(file: Path) -> tuple[list[str], list[Corrected]]:
    csv.field_size_limit(_LONGEST)  # a project may take longer lines than others
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            header = next(reader, [])
            rows = list(_rows(reader, header, file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"the file cannot be read: {said}", where=str(file), remedy="Save it as CSV with commas in UTF-8."
        ) from error
    if missing := [name for name in (FEED, FILE, LINE) if name not in header]:
        raise UsageError(
            f"the column {missing[0]} is missing",
            where=str(file),
            remedy="Correct a file that 'smc import rejects --save' wrote, and leave its first columns as they are.",
        )
    if len(set(header)) < len(header):
        raise UsageError("a column stands twice in the header", where=str(file), remedy="Take one of them out.")
    return header, rows


def _rows(reader: _Reader, header: list[str], file: Path) -> Iterator[Corrected]:
    while True:
        number = reader.line_num + 1
        cells = next(reader, None)
        if cells is None:
            return
        if not cells:
            continue
        if len(cells) != len(header):
            raise UsageError(
                f"line {number} has {len(cells)} cells instead of {len(header)}", where=str(file), remedy="Correct it."
            )
        row = Corrected(number, dict(zip(header, cells, strict=True)))
        if name := next((name for name, cell in row.cells.items() if "\0" in cell), None):
            raise UsageError(
                f"line {number} has a NUL character in the column '{name}'", where=str(file), remedy="Take it out."
            )
        yield row


def _feed(rows: list[Corrected], feeds: Mapping[str, FeedSpec], file: Path) -> str:
    names = sorted({row.cells[FEED] for row in rows})
    if len(names) != 1:
        said = "the file has no rows" if not names else f"the file has rows of several feeds: {', '.join(names)}"
        raise UsageError(said, where=str(file), remedy="One file holds the rejects of one feed.")
    if names[0] not in feeds:
        raise UsageError(f"there is no feed '{names[0]}'", where=str(file), remedy=nearest(names[0], feeds))
    return names[0]


def _columns(header: list[str], feed: FeedSpec, fields: FieldsSpec, file: Path) -> list[str]:
    """Their columns that the feed reads, of a list of deletions the key; all must be there, others are passed over."""
    wanted = columns_of([reading for part in parts_of(feed, fields) for reading in part.readings])
    if missing := [name for name in wanted if name not in header]:
        raise UsageError(
            f"the column '{missing[0]}', which the feed reads, is missing",
            where=str(file),
            remedy="Leave the columns as 'smc import rejects --save' wrote them; if the feed has changed, save anew.",
        )
    return list(wanted)


_Group = dict[int, list[tuple[Corrected, int]]]


def _line(row: Corrected, file: Path) -> int:
    """The line that a row was rejected from; none has more digits than ``_DIGITS``."""
    found = row.cells[LINE].strip().lstrip("0")
    if not re.fullmatch(rf"[0-9]{{1,{_DIGITS}}}", found):
        raise UsageError(f"line {row.at} names no line in {LINE}", where=str(file), remedy="Restore it.")
    return int(found)


def _groups(warehouse: Warehouse, name: str, rows: list[Corrected], file: Path) -> _Group:
    """The rows by the file that they were rejected from, each with its line there."""
    lines = [_line(row, file) for row in rows]
    names = [row.cells[FILE] for row in rows]
    found = {
        at: (key, line)
        for at, key, line in warehouse.rows(
            statement("smc.import_", "replay_of"), feed=name, at=[row.at for row in rows], names=names, lines=lines
        )
    }
    groups: _Group = {}
    taken: set[tuple[int, int]] = set()
    for row in rows:
        if row.at not in found:
            raise UsageError(
                f"line {row.at}: line {row.cells[LINE]} of '{row.cells[FILE]}' was not rejected",
                where=str(file),
                remedy="Only rejected rows can be replayed. Put new rows into a file of the feed.",
            )
        key, line = found[row.at]
        if (key, line) in taken:
            raise UsageError(
                f"line {row.at} brings line {line} of '{row.cells[FILE]}' a second time",
                where=str(file),
                remedy="Leave one row for each rejected one.",
            )
        taken.add((key, line))
        groups.setdefault(key, []).append((row, line))
    return groups


def _land(
    named: Path, columns: list[str], rows: list[tuple[Corrected, int]], part_of: int, feed: FeedSpec
) -> tuple[Landed, Straightened]:
    """The rows as the exact reader would leave them: their line here, then the cells in the order of ``columns``.

    ``named``: the landing folder with the name of the person's file.
    """
    good, bad = named.with_name("import-good.landed"), named.with_name("import-bad.landed")
    with translated(named.parent):
        with good.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for row, _ in rows:
                cells = [row.cells[column] for column in columns]
                state = [_states(row, columns, cells)] * (feed.layout.kind == "ndjson")
                out.writerow((row.at, *cells, *state))
        bad.write_text("", encoding="utf-8")
        data = good.read_bytes()
    digest = sha256(f"{part_of}\n".encode() + data).hexdigest()
    landed = Landed(good, named.name, digest, len(data), len(rows), plain=False)
    return landed, Straightened(good, bad, len(rows), 0, None)


def _states(row: Corrected, columns: list[str], cells: list[str]) -> str:
    """An empty cell of NDJSON is a key that is not there, unless the row says otherwise: what is known stays."""
    try:
        empty = json.loads(row.cells.get(EMPTY) or "{}")
    except json.JSONDecodeError:
        empty = None
    if not isinstance(empty, dict):
        raise UsageError(
            f"line {row.at}: {EMPTY} is no object of JSON",
            remedy="Restore it, or leave it empty: then an empty cell is a key that is not there.",
        )
    states = {None: "n", "": "v"}
    return "".join(
        "v" if cell else states.get(empty.get(name, 0), "m") for name, cell in zip(columns, cells, strict=True)
    )
