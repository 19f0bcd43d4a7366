"""The values that the rows of a table will have, as SQL over ``i`` (the row of the file) and ``o`` (the row before)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from smc.config.specs.feed import Format
from smc.import_.load.clock import Clock
from smc.import_.load.parts import Part, flag_of
from smc.import_.load.target import FIELDS_AT, Target
from smc.import_.normalise.apply import DerivedColumn
from smc.import_.read.mapping import flags
from smc.import_.read.reading import CUSTOM, Reading, column, quoted


@dataclass(frozen=True, slots=True)
class Values:
    """``here``: a snapshot's rows are active because they are in it. ``worked``: columns that the import works out from
    the text of others (normalise/apply.py); they stand in place of the text as it was given.
    """

    part: Part
    layout: Format
    feed: str
    as_of: date
    here: bool
    worked: tuple[DerivedColumn, ...] = ()

    @property
    def target(self) -> Target:
        return self.part.target

    @property
    def readings(self) -> tuple[Reading, ...]:
        return self.part.readings

    @property
    def clock(self) -> Clock:
        return Clock(self.target, self.readings, self.layout)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the table that the import fills."""
        return tuple(dict.fromkeys((*self.target.columns, *(item.name for item in self.worked))))

    def all(self, *, old: bool) -> str:
        """``value as column`` of every column. ``old``: there may be a row already."""
        return ", ".join(f"{self.one(name, old=old)} as {name}" for name in self.columns)

    def one(self, name: str, *, old: bool) -> str:
        if name in self.target.custom:
            return self._custom(old=old)
        if (column := next((item for item in self.worked if item.name == name), None)) is not None:
            return self._worked(column) if old else f"i.{name}"
        if name in self._times:
            return self.clock.fields_at() if name == FIELDS_AT else self.clock.newest(name)
        if name in self.target.derived:
            value = self.target.derived[name]
            value = value.replace("$as_of", quoted(self.as_of.isoformat())).replace("$feed", quoted(self.feed))
            return f"coalesce(o.{name}, {value})" if old and name in self.target.stays else value
        return self._judged(name, old=old)

    def same(self) -> str:
        """Whether every column that the feed speaks of would stay as it is."""
        made = {item.name for item in self.worked}
        names = [item.field.column for item in self.readings if not item.custom and item.field.column not in made]
        names += [item.name for item in self.worked if item.compared]
        names += self._times
        if self.here and self.target.active is not None and self.target.active not in names:
            names.append(self.target.active)
        pairs = [f"{self.one(name, old=True)} is not distinct from o.{name}" for name in names]
        pairs += [
            f"{self._custom_value(item, old=True)} is not distinct from o.custom[{quoted(_bare(item))}]"
            for item in self.readings
            if item.custom
        ]
        return " and ".join(f"({pair})" for pair in pairs)

    @property
    def _times(self) -> tuple[str, ...]:
        """Derived columns that move with the time of a row, whether or not its values are new."""
        if not self.clock.ticks:
            return ()
        return (*(name for name in self.clock.groups if name in self.target.derived), FIELDS_AT)

    def is_worked(self, reading: Reading) -> bool:
        """Whether another text stands in place of the given one."""
        return not reading.custom and any(item.name == reading.field.column for item in self.worked)

    def _worked(self, made: DerivedColumn) -> str:
        """The columns that come of one field are taken together, or stay together. What depends on several fields is
        right for a new row only; for known ones it is derived again from all that the table knows."""
        name, known = made.name, f"o.{self.target.keys[0]} is not null"
        if made.of is None:
            return f"case when {known} then o.{name} else i.{name} end"
        reading = next(item for item in self.readings if item.name == made.of)
        given, found = f"i.{column(given_of(reading))}", flags(reading, self.layout)
        match reading.blank:
            case "first":
                before = f"o.{made.of}_given is not null or o.{made.of} is not null"
                stays = f"o.{made.of}_given is not null" if made.of == "timezone" else before
            case "keep":
                mark = f" and not i.{column(flag_of(reading, 'mark'))}" if "mark" in found else ""
                stays = f"{known} and {given} is null{mark}"
            case "newest":
                stays = f"{known} and i.{column(flag_of(reading, 'gone'))}" if "gone" in found else "false"
        return f"case when {stays} then o.{name} else i.{name} end"

    def _reading(self, name: str) -> Reading | None:
        return next((item for item in self.readings if not item.custom and item.field.column == name), None)

    def _judged(self, name: str, *, old: bool) -> str:
        """What is said of a column; where the rest of the row decides too, what comes of both."""
        judged = self.target.judged(name)
        if judged is None:
            return self._mapped(name, f"o.{name}" if old else "null", old=old)
        said = self._mapped(name, f"({judged.before})" if old else "null", old=old)

        def part(found: re.Match[str]) -> str:
            other = found[1]
            return f"({said if other == 'value' else self.one(other, old=old)})"

        return re.sub(r"\$(\w+)", part, judged.value)

    def _mapped(self, name: str, before: str, *, old: bool) -> str:
        reading, value = self._reading(name), before
        if reading is not None:
            value = self.clock.in_time(reading, self._blank(reading, f"i.{name}", before), before)
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
        return self.clock.in_time(reading, value, before)


def given_of(reading: Reading) -> str:
    """The column of a row with the text of a field as it was given, where another stands in its place."""
    return f"given {reading.name}"


def _bare(reading: Reading) -> str:
    return reading.name.removeprefix(CUSTOM)
