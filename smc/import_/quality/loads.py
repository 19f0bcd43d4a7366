"""The last load of every feed beside the loads before it, as the ledger has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from smc.config.specs.feed import FeedSpec
from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class LastLoad:
    """``before``: number of earlier loads; ``usual_rows``: their median; ``usual_rejected``: percent of their rows."""

    feed: str
    file: str
    day: date
    changed: bool
    before: int
    rows: int
    usual_rows: float | None
    rejected: int
    usual_rejected: float | None


@dataclass(frozen=True, slots=True)
class FieldDrift:
    """A field of the last load. Shares are percent of the rows taken; None where there is nothing to compare with.

    ``usual_empty``: over the loads before; ``first_empty``: over the older half of them, so that what rises a little
    every night shows. ``new``: rows with a value that was new then, where the feed has a limit for it.
    """

    feed: str
    field: str
    rows: int
    empty: float
    usual_empty: float | None
    first_empty: float | None
    invalid: int
    new: int | None
    usual_new: float | None


@dataclass(frozen=True, slots=True)
class RejectKind:
    """``before``: rows in the loads before; ``new``: there were loads before, and none had it; ``line``: the first."""

    feed: str
    field: str | None
    kind: str
    rows: int
    before: int
    new: bool
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class NotLoaded:
    """A file, or with an empty ``file`` a source, and why nothing of it was loaded on ``day``."""

    feed: str
    file: str
    kind: Literal["refused", "waiting", "failed"]
    reason: str
    day: date


@dataclass(frozen=True, slots=True)
class Loads:
    """All that the ledger says of the chosen feeds. ``arrived``: feed → day of its last file whose bytes were known."""

    last: Mapping[str, LastLoad]
    fields: tuple[FieldDrift, ...]
    rejects: tuple[RejectKind, ...]
    missing: tuple[NotLoaded, ...]
    arrived: Mapping[str, date] = field(default_factory=dict)


def loads_of(warehouse: Warehouse, feeds: Mapping[str, FeedSpec], as_of: date) -> Loads:
    """What was loaded until ``as_of``. It leaves the temporary table ``smc_last_load``."""
    last = [feed.quality.last for feed in feeds.values()]
    warehouse.run(_query("loads"), feeds=list(feeds), last=last, as_of=as_of)
    rows = (LastLoad(*row) for row in warehouse.rows(_query("load_rows")))
    missing = (NotLoaded(*row) for row in warehouse.rows(_query("refused"), as_of=as_of))
    return Loads(
        {row.feed: row for row in rows},
        tuple(_drift(row) for row in warehouse.records(_query("load_fields"))),
        tuple(RejectKind(*row) for row in warehouse.rows(_query("load_rejects"))),
        tuple(one for one in missing if one.feed in feeds),
        dict(warehouse.rows(_query("arrived"), as_of=as_of)),
    )


def _drift(row: Mapping[str, int | None]) -> FieldDrift:
    good, new = int(row["good"] or 0), row["fresh"]
    return FieldDrift(
        str(row["feed"]), str(row["field"]), good, _empty(good, row["filled"]) or 0.0,
        _empty(row["good_before"], row["filled_before"]), _empty(row["good_first"], row["filled_first"]),
        int(row["invalid"] or 0), None if new is None else int(new),
        percent(row["fresh_before"], row["fresh_rows_before"]),
    )  # fmt: skip


def _empty(good: int | None, filled: int | None) -> float | None:
    return percent(int(good) - int(filled or 0), good) if good else None


def percent(part: float | None, whole: float | None) -> float | None:
    """To two decimals; None of nothing."""
    return round(100.0 * float(part) / float(whole), 2) if whole and part is not None else None


def _query(name: str) -> str:
    return statement("smc.import_.quality", name)
