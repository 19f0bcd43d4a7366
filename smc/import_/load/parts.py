"""The objects that the rows of a file carry, and how each of them is taken out of the rows.

A file of one object is staged as that object. A file of several is staged as a whole (``smc_wide``); then every part
becomes a stage of its own with one row per key, for the coarser ones repeat in the file: a receipt with each of its
lines. The finest part, the one with most key fields, gives the file its amount; fates.py
says what became of each row of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smc.config.objects import objects_of
from smc.config.specs.feed import FeedSpec, Mapped
from smc.config.specs.project import FieldsSpec
from smc.import_.load.target import Target, target_of
from smc.import_.read.mapping import Flag, flags
from smc.import_.read.reading import Reading, column, quoted, readings
from smc.warehouse import Warehouse, statement

WIDE, STAGE, NUMBERED = "smc_wide", "smc_stage", "numbered"
"""The staged file; the stage of one part; the column with the lines, where they were counted by the exact reader."""


@dataclass(frozen=True, slots=True)
class Part:
    """One object in a file. ``alone``: the file carries no other; ``finest``: every row carries it."""

    target: Target
    readings: tuple[Reading, ...]
    alone: bool
    finest: bool

    def shown(self, field: str) -> str:
        """The field in rejects and figures: with its object where several may have it."""
        return field if self.alone else f"{self.target.item.name}.{field}"

    def stored(self, field: str) -> str:
        """Its column in the table that the whole file is staged in."""
        return column(self.shown(field))

    @property
    def keys(self) -> str:
        """The columns that make rows of the file the same row of this part."""
        return ", ".join(self.stored(name) for name in self.target.row_fields)

    @property
    def values(self) -> str:
        return ", ".join(self.stored(reading.name) for reading in self.readings)


def parts_of(feed: FeedSpec, fields: FieldsSpec) -> tuple[Part, ...]:
    """In the order in which a night loads objects; a delete list reads keys only."""
    objects = objects_of(fields)
    order = list(objects)
    named = sorted(feed.parts.items(), key=lambda item: order.index(item[0]))
    targets = [target_of(name, objects, _read(feed, objects[name].key, fed)) for name, fed in named]
    finest = max(range(len(targets)), key=lambda i: (len(targets[i].row_fields), i))
    return tuple(
        Part(target, readings(target.item, target.fed, fields), len(targets) == 1, i == finest)
        for i, target in enumerate(targets)
    )


def _read(feed: FeedSpec, key: tuple[str, ...], fed: Mapping[str, Mapped]) -> dict[str, Mapped]:
    return {name: mapped for name, mapped in fed.items() if feed.mode != "delete" or name in key}


def take_out(warehouse: Warehouse, part: Part, feed: FeedSpec, line: str) -> None:
    """Fill the stage with one row per key of the part, in the order of the file. ``line``: SQL of a row's line."""
    layout = feed.layout
    marked = [flag_of(item, flag) for item in part.readings for flag in flags(item, layout)]
    keys = [part.stored(name) for name in part.target.row_fields]
    columns = [item.name for item in part.readings] + [DAY] * (day_of(part) is not None)
    values = [f"any_value({part.stored(name)}) as {column(name)}" for name in columns]
    values += [f"bool_or({part.stored(name)}) as {column(name)}" for name in marked]
    warehouse.run(
        f"create or replace temp table {STAGE} as select * exclude (ord) from ("
        f"select {', '.join(values)}, min({line}) as {NUMBERED}, false as bad, min(ord) as ord "
        f"from (select *, rowid as ord, rowid from {WIDE}) w anti join smc_left k on k.ord = w.ord "
        f"where not bad and {' and '.join(f'{key} is not null' for key in keys)} "
        f"group by {', '.join(keys)}) order by ord"
    )
    warehouse.run(statement("smc.import_", "clear_skip"))


def leave_out(warehouse: Warehouse, part: Part, line: str) -> None:
    """Note the rows of the file whose part was refused (``smc_refused``); they are left out of every part."""
    names = part.target.row_fields
    on = " and ".join(f"s.{column(name)} = w.{part.stored(name)}" for name in names)
    shown = quoted(part.shown(part.target.item.key[0]))
    warehouse.run(
        f"insert into smc_refused_row select w.ord, w.at, {shown}, r.why from (select *, rowid as ord, {line} as at "
        f"from {WIDE}) w join {STAGE} s on {on} join smc_refused r on r.ord = s.rowid where not w.bad"
    )


DAY = "day"
"""The column of the stage with the local day of the field in whose order the table lies."""


def day_of(part: Part) -> Reading | None:
    """The field whose local day the object's table keeps."""
    return next((item for item in part.readings if item.name == part.target.day_of), None)


def flag_of(reading: Reading, flag: Flag) -> str:
    """The column of the stage that holds a flag of a field."""
    return f"{flag} {reading.name}"
