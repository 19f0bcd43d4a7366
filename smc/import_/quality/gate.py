"""How the fields of a load look, and the limits of the feed that stop a load before it harms.

A load is compared with the last loads of its feed: their number of rows by the median, the share of empty values of a
field by the share over all of them. Without an earlier load, what needs one is not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from smc.config.specs.feed import FeedSpec, FieldLimits, Quality
from smc.errors import FeedError
from smc.import_.load.parts import Part
from smc.import_.read.reading import CUSTOM, Reading, column, quoted
from smc.warehouse import Warehouse, statement

_GIVEN = {
    ("customer", "email"): "coalesce(email_given, email)",
    ("customer", "phone"): "coalesce(phone_given, phone)",
    ("customer", "timezone"): "coalesce(timezone_given, timezone)",
}
"""Fields that are kept in another form than the feed brings them."""


@dataclass(frozen=True, slots=True)
class FieldLook:
    """Rows of a load that were taken or known, those of them with a value, and rows rejected for the field.

    ``fresh``: rows with a value that no row of the table had before; None where the feed sets no limit to them, and for
    the first rows of a table.
    """

    field: str
    good: int
    filled: int
    invalid: int
    fresh: int | None = None

    @property
    def empty(self) -> Decimal:
        """Percent of the rows without a value."""
        return _percent(self.good - self.filled, self.good)


def look(
    warehouse: Warehouse, parts: Sequence[Part], table: str, limits: Quality | None = None
) -> tuple[FieldLook, ...]:
    """One aggregate over the staged file, and one more for each field whose new values ``limits`` name."""
    read = [(part, reading) for part in parts for reading in part.readings]
    names = [part.shown(reading.name) for part, reading in read]
    filled = ", ".join(f"count(s.{column(name)})" for name in names)
    rows = _rows(warehouse, table)
    good, *counts = warehouse.rows(f"select count(*), {filled} from {rows}")[0]
    invalid = dict(warehouse.rows(_query("invalid_fields")))
    watched = {} if limits is None else limits.fields
    return tuple(
        FieldLook(
            name, int(good), int(count), int(invalid.get(name, 0)),
            _fresh(warehouse, part, reading, rows)
            if name in watched and watched[name].new_values is not None
            else None,
        )
        for name, count, (part, reading) in zip(names, counts, read, strict=True)
    )  # fmt: skip


def _rows(warehouse: Warehouse, table: str) -> str:
    """The rows of the file that would be taken, as SQL behind ``from``."""
    left = " anti join smc_skip k on k.ord = s.rowid" if warehouse.value("select count(*) from smc_skip") else ""
    return f"{table} s{left} where not s.bad"


def _fresh(warehouse: Warehouse, part: Part, reading: Reading, rows: str) -> int | None:
    """Rows with a value that the table lacks. The few values of the file are the small side of the join."""
    target, name = part.target, column(part.shown(reading.name))
    if not warehouse.rows(f"select 1 from {target.table} limit 1"):
        return None
    refers, stored = reading.field.refers, reading.field.column
    known = f"select {_GIVEN.get((target.item.name, reading.name), column(stored))} as v from {target.table}"
    if refers is not None:
        known = f"select {refers}_id as v from {refers}_ident"
    elif reading.custom:
        known = f"select custom[{quoted(reading.name.removeprefix(CUSTOM))}] as v from {target.table}"
    found = warehouse.value(
        f"select coalesce(sum(n), 0) from (select s.{name} as v, count(*) as n from {rows} and s.{name} is not null "
        f"group by 1) f where not exists (select 1 from ({known}) k where k.v = f.v)"
    )
    return int(found)


@dataclass(frozen=True, slots=True)
class Gate:
    """The limits of a feed before its merge."""

    warehouse: Warehouse
    name: str
    feed: FeedSpec

    @property
    def limits(self) -> Quality:
        return self.feed.quality

    def check(self, read: int, looks: Sequence[FieldLook]) -> None:
        """``FeedError`` names every limit that is broken, the value, and what to do."""
        broken = [*self._rows(read), *(said for found in looks for said in self._field(found))]
        if broken:
            raise FeedError(
                "; ".join(broken),
                remedy="Nothing of the file was loaded. If it is right, change the limit for this load; "
                "else have it sent again.",
            )

    def _rows(self, read: int) -> Iterator[str]:
        limits = self.limits
        if limits.min_rows is not None and read < limits.min_rows:
            yield _broken(f"{read} rows", "min_rows", limits.min_rows)
        if limits.fewer_rows is None and limits.more_rows is None:
            return
        usual = self.warehouse.value(_query("usual_rows"), feed=self.name, last=limits.last)
        if not usual:
            return
        before = f"{read} rows, where the last loads had {usual:.0f} (median)"
        change = _percent(read - Decimal(usual), Decimal(usual))
        if limits.fewer_rows is not None and -change > limits.fewer_rows:
            yield _broken(f"{before}: {-change:.1f}% fewer", "fewer_rows", f"{limits.fewer_rows}%")
        if limits.more_rows is not None and change > limits.more_rows:
            yield _broken(f"{before}: {change:.1f}% more", "more_rows", f"{limits.more_rows}%")

    def _field(self, found: FieldLook) -> Iterator[str]:
        limits, where = self.limits.fields.get(found.field), f"fields.{found.field}"
        if limits is None:
            return
        if limits.empty is not None and found.empty > limits.empty:
            said = f"{found.good - found.filled} of {found.good} rows have no {found.field} ({found.empty:.1f}%)"
            yield _broken(said, f"{where}.empty", f"{limits.empty}%")
        if limits.empty_change is not None:
            yield from self._change(found, limits.empty_change)
        yield from _new(found, limits)

    def _change(self, found: FieldLook, most: Decimal) -> Iterator[str]:
        good, filled = self.warehouse.rows(
            _query("usual_field"), feed=self.name, field=found.field, last=self.limits.last
        )[0]
        usual = _percent(int(good) - int(filled), int(good))
        if good and found.empty - usual > most:
            said = f"{found.empty:.1f}% of the rows have no {found.field}, where it was {usual:.1f}% in the last loads"
            yield _broken(said, f"fields.{found.field}.empty_change", f"{most} points")


def _new(found: FieldLook, limits: FieldLimits) -> Iterator[str]:
    if limits.new_values is None or found.fresh is None:
        return
    share = _percent(found.fresh, found.good)
    if share > limits.new_values:
        said = f"{found.fresh} of {found.good} rows have a {found.field} that no row had before ({share:.1f}%)"
        yield _broken(said, f"fields.{found.field}.new_values", f"{limits.new_values}%")


def _percent(part: int | Decimal, whole: int | Decimal) -> Decimal:
    return Decimal(100) * part / whole if whole else Decimal(0)


def _broken(said: str, limit: str, value: object) -> str:
    return f"{said}; the limit quality.{limit} is {value}"


def _query(name: str) -> str:
    return statement("smc.import_.quality", name)
