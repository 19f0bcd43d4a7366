"""The values that the rows of a table will have, as SQL over ``i`` (the row of the file) and ``o`` (the row before)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from smc.config.specs.feed import Format
from smc.import_.mapping import flags
from smc.import_.parts import Part, flag_of
from smc.import_.reading import CUSTOM, Reading, column, quoted
from smc.import_.target import Target


@dataclass(frozen=True, slots=True)
class Values:
    """``here``: a snapshot's rows are active because they are in it. ``extra``: column → SQL, given
    whether there may be a row before, for columns that the import works out from others; they win over the mapped value.
    """

    part: Part
    layout: Format
    feed: str
    as_of: date
    here: bool
    extra: Mapping[str, Callable[[bool], str]] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        return self.part.target

    @property
    def readings(self) -> tuple[Reading, ...]:
        return self.part.readings

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the table that the import fills."""
        return (*self.target.columns, *(name for name in self.extra if name not in self.target.columns))

    def all(self, *, old: bool) -> str:
        """``value as column`` of every column. ``old``: there may be a row already."""
        return ", ".join(f"{self.one(name, old=old)} as {name}" for name in self.columns)

    def one(self, name: str, *, old: bool) -> str:
        if name in self.target.custom:
            return self._custom(old=old)
        if name in self.extra:
            return self.extra[name](old)
        if name in self.target.derived:
            value = self.target.derived[name]
            value = value.replace("$as_of", quoted(self.as_of.isoformat())).replace("$feed", quoted(self.feed))
            return f"coalesce(o.{name}, {value})" if old and name in self.target.stays else value
        return self._mapped(name, old=old)

    def same(self) -> str:
        """Whether every column that the feed speaks of would stay as it is."""
        names = [item.field.column for item in self.readings if not item.custom]
        names += [name for name in (*self.target.times, *self.extra) if name not in names]
        if self.here and self.target.active is not None and self.target.active not in names:
            names.append(self.target.active)
        pairs = [f"{self.one(name, old=True)} is not distinct from o.{name}" for name in names]
        pairs += [
            f"{self._custom_value(item, old=True)} is not distinct from o.custom[{quoted(_bare(item))}]"
            for item in self.readings
            if item.custom
        ]
        return " and ".join(f"({pair})" for pair in pairs)

    def _reading(self, name: str) -> Reading | None:
        return next((item for item in self.readings if not item.custom and item.field.column == name), None)

    def _mapped(self, name: str, *, old: bool) -> str:
        reading, before = self._reading(name), f"o.{name}" if old else "null"
        value = before
        if reading is not None:
            value = self.target.in_time(name, self._blank(reading, f"i.{name}", before), before)
        elif self.here and name == self.target.active:
            value = "true"
        if name in self.target.fixed and old:
            value = f"coalesce({before}, {value})"
        default = self.target.default(name)
        return value if default is None else f"coalesce({value}, {default})"

    def _blank(self, reading: Reading, new: str, before: str) -> str:
        found = flags(reading, self.layout)
        match reading.blank:
            case "newest" if "gone" in found:
                return f"case when i.{column(flag_of(reading, 'gone'))} then coalesce({before}, {new}) else {new} end"
            case "newest":
                return new
            case "keep" if "mark" in found:
                return f"case when i.{column(flag_of(reading, 'mark'))} then null else coalesce({new}, {before}) end"
            case "keep":
                return f"coalesce({new}, {before})"
            case "first":
                return f"coalesce({before}, {new})"

    def _custom(self, *, old: bool) -> str:
        """The map of custom fields: what the feed maps is replaced, the rest stays; sorted, null when empty."""
        custom = [item for item in self.readings if item.custom]
        entries = [f"{{'key': {quoted(_bare(item))}, 'value': {self._custom_value(item, old=old)}}}" for item in custom]
        new = f"[{', '.join(entries)}]"
        if not custom:
            return "o.custom" if old else "null"
        names = ", ".join(quoted(_bare(item)) for item in custom)
        kept = f"list_filter(map_entries(o.custom), lambda e: e.key not in ({names}))"
        both = f"list_concat(coalesce({kept}, []), {new})" if old else new
        filled = f"list_sort(list_filter({both}, lambda e: e.value is not null))"
        return f"case when len({filled}) > 0 then map_from_entries({filled}) end"

    def _custom_value(self, reading: Reading, *, old: bool) -> str:
        before = f"o.custom[{quoted(_bare(reading))}]" if old else "null"
        value = self._blank(reading, f"i.{column(reading.name)}", before)
        return self.target.in_time("custom", value, before)


def _bare(reading: Reading) -> str:
    return reading.name.removeprefix(CUSTOM)
