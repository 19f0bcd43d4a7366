"""Modes that take rows away: replace and snapshot (what the file lacks goes) and delete (what the file names goes).

``smc_gone`` holds the rows that went, as they were. Everything runs in the transaction of the load.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from smc.errors import FeedError
from smc.import_.duplicates.redirect import idents
from smc.import_.load.gone import follow_gone
from smc.import_.load.merge import Merged
from smc.import_.load.parts import STAGE, Part
from smc.import_.load.target import references
from smc.import_.read.reading import column, quoted
from smc.warehouse import Warehouse

Taking = Literal["replace", "snapshot"]

USUAL_LIMIT = Decimal(20)
"""Percent of the rows that a file speaks of which may go, where its feed says nothing."""


@dataclass(frozen=True, slots=True)
class Vanishing:
    """What the file lacks. ``feed``: its name. ``limit``: percent of the rows it speaks of that may go, where the feed
    says one; ``unsplit``: rows without cells.

    ``stream``: rows come from a queue or the spool, where one that cannot be read holds up nobody.
    """

    warehouse: Warehouse
    part: Part
    feed: str
    mode: Taking
    limit: Decimal | None
    unsplit: int
    as_of: date
    stream: bool = False

    def run(self) -> int:
        """Rows that are taken out, or marked as not active. ``FeedError`` when that would be too many, or unsure.

        A file is whole for the lists that its rows name (a snapshot: for all lists of the kinds that they name), or for
        the object where there are no lists. A row that is in the file stays, also when its values could not be taken.
        An empty file never takes anything away, nor does one of a stream with a row that names nothing.
        """
        target = self.part.target
        if unsure := self._unsure():
            if self.stream:
                return 0
            raise FeedError(
                f"{unsure} rows of the file have no key that can be read, so what it lacks is not known",
                remedy=f"Correct them and have the file sent again: mode {self.mode} needs a whole file.",
            )
        self._note_present()
        named = int(self.warehouse.value("select count(*) from smc_present"))
        present = int(self.warehouse.value(f"select count(*) from {self._scope()}"))
        if not present:
            return 0
        if not named:
            raise FeedError(
                f"the file has no rows, and there are {present}; an empty file never takes anything away",
                remedy="Have the file sent again, whole. Use a feed of mode delete to take rows out.",
            )
        on = " and ".join(f"o.{name} = k.{name}" for name in target.keys)
        gone = f"select o.* from {self._scope()} anti join smc_present k on {on}"
        self.warehouse.run(f"create or replace temp table smc_gone as {gone}")
        vanished = int(self.warehouse.value("select count(*) from smc_gone"))
        self._within_limit(vanished, present)
        if vanished:
            self._take()
        return vanished

    def _unsure(self) -> int:
        """Rows without a key make unsure what lacks."""
        target, unsure = self.part.target, self.unsplit
        if target.item.key:
            lacks = " or ".join(f"{column(name)} is null" for name in target.item.key)
            unsure += int(self.warehouse.value(f"select count(*) from {STAGE} where {lacks}"))
        return unsure

    def _note_present(self) -> None:
        """The keys in the file, by the integer keys of what is known."""
        keys, joins = keys_of(self.warehouse, self.part)
        self.warehouse.run(f"create or replace temp table smc_present as select distinct {keys} from {STAGE} s{joins}")

    @property
    def _marks(self) -> bool:
        """Whether rows stay, and are only marked as not active."""
        return self.mode == "snapshot" and self.part.target.active is not None

    def _scope(self) -> str:
        """The rows that the file speaks of, as ``o``."""
        target = self.part.target
        still = f" where coalesce({target.active}, true)" if self._marks else ""
        rows = f"(select * from {target.table}{still}) o"
        if not target.group or self._marks:
            return rows
        names = [target.field(name).column for name in (target.item.kinds if self.mode == "snapshot" else target.group)]
        on = " and ".join(f"o.{name} = g.{name}" for name in names)
        return f"{rows} semi join ({self._named(names)}) g on {on}"

    def _named(self, names: list[str]) -> str:
        """Lists that the file speaks of. Where rows say which feed brought them, a snapshot speaks of all of its."""
        target, columns = self.part.target, ", ".join(names)
        named = f"select {columns} from smc_present"
        if self.mode == "snapshot" and target.derived.get("source") == "$feed":
            named += f" union select {columns} from {target.table} where source = {quoted(self.feed)}"
        return named

    def _within_limit(self, vanished: int, present: int) -> None:
        """What a cart or a receipt lacks is no sign of a torn file: the limit is for the rest."""
        usual = Decimal(100) if self.mode == "replace" and self.part.target.item.owned else USUAL_LIMIT
        limit = usual if self.limit is None else self.limit
        if vanished * 100 > limit * present:
            word = "marked as not active" if self._marks else "taken out"
            raise FeedError(
                f"the file lacks {vanished} of {present} rows, which would be {word}: more than the limit of {limit}%",
                remedy="If the file is whole, raise vanish_limit of the feed for this load; else have it sent again.",
            )

    def _take(self) -> None:
        target = self.part.target
        on = " and ".join(f"o.{name} = k.{name}" for name in target.keys)
        if self._marks:
            self.warehouse.run(f"update {target.table} o set {target.active} = false from smc_gone k where {on}")
        else:
            self.warehouse.run(f"delete from {target.table} o using smc_gone k where {on}")
        follow_gone(self.warehouse, target, self.as_of, still_there=self._marks)


def delete(warehouse: Warehouse, part: Part, as_of: date) -> tuple[Merged, int]:
    """Take out the rows whose keys the file names: counts of the file's rows, and rows that went.

    A key that is not there counts as unchanged.
    """
    target = part.target
    source = f"{STAGE} s"
    if warehouse.value("select count(*) from smc_skip"):
        source += " anti join smc_skip k on k.ord = s.rowid"
    keys, joins = keys_of(warehouse, part)
    warehouse.run(f"create or replace temp table smc_present as select {keys} from {source}{joins} where not s.bad")
    on = " and ".join(f"o.{name} = k.{name}" for name in target.keys)
    warehouse.run(
        f"create or replace temp table smc_gone as select o.* from {target.table} o semi join smc_present k on {on}"
    )
    gone = warehouse.run(f"delete from {target.table} o using smc_gone k where {on}")
    named = int(warehouse.value("select count(*) from smc_present"))
    if gone:
        follow_gone(warehouse, target, as_of, still_there=False)
    return Merged(gone, named - gone, 0, None), gone


def keys_of(warehouse: Warehouse, part: Part) -> tuple[str, str]:
    """The key of the table over rows of the stage ``s``, and the joins that give it; null for ids never seen."""
    target, joins, values = part.target, "", {}
    for i, (field, item) in enumerate(references(part.readings)):
        joins += f" left join {idents(warehouse, item)} i{i} on i{i}.{item}_id = s.{column(field.name)}"
        values[field.name] = f"i{i}.{item}_key"
    keys = (f"{values.get(name, f's.{column(name)}')} as {target.field(name).column}" for name in target.item.key)
    return ", ".join(keys), joins
