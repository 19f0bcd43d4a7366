"""How the fields of a load look, and the limits of the feed that stop a load before it harms.

A load is compared with the last loads of its feed: their number of rows by the median, the share of empty values of a
field by the share over all of them. Without an earlier load, what needs one is not checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from smc.config.specs.feed import FeedSpec, FieldLimits, Quality
from smc.errors import FeedError
from smc.import_.parts import Part
from smc.import_.reading import CUSTOM, column, quoted
from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class FieldLook:
    """Rows of a load that were taken or known, those of them with a value, and rows rejected for the field."""

    field: str
    good: int
    filled: int
    invalid: int

    @property
    def empty(self) -> Decimal:
        """Percent of the rows without a value."""
        return _percent(self.good - self.filled, self.good)


def look(warehouse: Warehouse, parts: Sequence[Part], table: str) -> tuple[FieldLook, ...]:
    """One aggregate over the staged file."""
    names = [part.shown(reading.name) for part in parts for reading in part.readings]
    filled = ", ".join(f"count(s.{column(name)})" for name in names)
    source = f"{table} s"
    if warehouse.value("select count(*) from smc_skip"):
        source += " anti join smc_skip k on k.ord = s.rowid"
    good, *counts = warehouse.rows(f"select count(*), {filled} from {source} where not s.bad")[0]
    invalid = dict(warehouse.rows(statement("smc.import_", "invalid_fields")))
    return tuple(
        FieldLook(name, int(good), int(count), int(invalid.get(name, 0)))
        for name, count in zip(names, counts, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Gate:
    """The limits of a feed before its merge."""

    warehouse: Warehouse
    name: str
    feed: FeedSpec
    parts: Sequence[Part]
    table: str

    @property
    def limits(self) -> Quality:
        return self.feed.quality

    def check(self, read: int, looks: Sequence[FieldLook]) -> None:
        """``FeedError`` names the first limit that is broken, the value, and what to do."""
        self._rows(read)
        for found in looks:
            if (limits := self.limits.fields.get(found.field)) is not None:
                self._field(found, limits)

    def _rows(self, read: int) -> None:
        limits = self.limits
        if limits.min_rows is not None and read < limits.min_rows:
            raise _broken(f"{read} rows", "min_rows", limits.min_rows)
        if limits.fewer_rows is None and limits.more_rows is None:
            return
        usual = self.warehouse.value(statement("smc.import_", "usual_rows"), feed=self.name, last=limits.last)
        if not usual:
            return
        before = f"{read} rows, where the last loads had {usual:.0f} (median)"
        change = _percent(read - Decimal(usual), Decimal(usual))
        if limits.fewer_rows is not None and -change > limits.fewer_rows:
            raise _broken(f"{before}: {-change:.1f}% fewer", "fewer_rows", f"{limits.fewer_rows}%")
        if limits.more_rows is not None and change > limits.more_rows:
            raise _broken(f"{before}: {change:.1f}% more", "more_rows", f"{limits.more_rows}%")

    def _field(self, found: FieldLook, limits: FieldLimits) -> None:
        where = f"fields.{found.field}"
        if limits.empty is not None and found.empty > limits.empty:
            said = f"{found.good - found.filled} of {found.good} rows have no {found.field} ({found.empty:.1f}%)"
            raise _broken(said, f"{where}.empty", f"{limits.empty}%")
        if limits.empty_change is not None:
            self._change(found, limits.empty_change)
        if limits.new_values is not None:
            self._new(found, limits.new_values)

    def _change(self, found: FieldLook, most: Decimal) -> None:
        good, filled = self.warehouse.rows(
            statement("smc.import_", "usual_field"), feed=self.name, field=found.field, last=self.limits.last
        )[0]
        if not good:
            return
        usual = _percent(int(good) - int(filled), int(good))
        if found.empty - usual > most:
            said = f"{found.empty:.1f}% of the rows have no {found.field}, where it was {usual:.1f}% in the last loads"
            raise _broken(said, f"fields.{found.field}.empty_change", f"{most} points")

    def _new(self, found: FieldLook, most: Decimal) -> None:
        part = next(one for one in self.parts if any(one.shown(item.name) == found.field for item in one.readings))
        reading = next(item for item in part.readings if part.shown(item.name) == found.field)
        if not self.warehouse.rows(f"select 1 from {part.target.table} limit 1"):
            return
        stored, refers = reading.field.column, reading.field.refers
        known = f"select {stored} as v from {part.target.table}"
        if refers is not None:
            known = f"select {refers}_id as v from {refers}_ident"
        elif reading.custom:
            known = f"select custom[{quoted(reading.name.removeprefix(CUSTOM))}] as v from {part.target.table}"
        name = column(found.field)
        new = int(
            self.warehouse.value(
                f"select count(*) from {self.table} s where not s.bad and s.{name} is not null "
                f"and not exists (select 1 from ({known}) k where k.v = s.{name})"
            )
        )
        share = _percent(new, found.good)
        if share > most:
            said = f"{new} of {found.good} rows have a {found.field} never seen before ({share:.1f}%)"
            raise _broken(said, f"fields.{found.field}.new_values", f"{most}%")


def _percent(part: int | Decimal, whole: int | Decimal) -> Decimal:
    return Decimal(100) * part / whole if whole else Decimal(0)


def _broken(said: str, limit: str, value: object) -> FeedError:
    return FeedError(
        f"{said}; the limit quality.{limit} is {value}",
        remedy="Nothing of the file was loaded. If it is right, change the limit for this load; else have it sent again.",
    )
