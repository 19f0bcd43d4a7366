"""The first rows of a table: nothing is there to compare with, so they go from the stage into it in one statement.

Most ids that the rows refer to are known. The few rows with an id that is not are looked for only when rows are missing
behind the statement; they get keys for those ids and follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from smc.import_.duplicates.redirect import idents
from smc.import_.load.incoming import CARRIED, Incoming
from smc.import_.load.keys import Keys, give
from smc.import_.load.order import lies_in_order
from smc.import_.load.target import Carried, Target
from smc.import_.load.values import Values
from smc.import_.read.reading import column
from smc.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class First:
    """``joins``: what ``values.worked`` needs, behind the stage ``s``."""

    warehouse: Warehouse
    values: Values
    keys: Keys
    joins: str = ""

    @property
    def target(self) -> Target:
        return self.values.target

    def run(self) -> int:
        """Fill the table; the number of rows. ``smc_old`` and ``smc_changed`` are as merge.py says."""
        carried = self._carried()
        self.warehouse.run(f"create or replace temp table smc_old as select * from {self.target.table} limit 0")
        every = Incoming(self.warehouse, self.values, self.keys, self.joins, carried, known=True)
        accepted = self._insert(every, self._order(every))
        self.warehouse.run(f"drop table if exists {CARRIED}")
        if self.keys.later and accepted < self._usable():
            accepted += self._rest(every)
        self.warehouse.run(f"create or replace temp view smc_changed as select * from {self.target.table}")
        return accepted

    def _carried(self) -> Carried | None:
        """Put what rows carry of their object beside its ids: one wide join of the rows instead of two."""
        one = self.target.carried
        if one is None or all(item != one.item for _, item in self.keys.later):
            return None
        key, columns = f"{one.item}_key", ", ".join(f"r.{name}" for name in one.columns)
        self.warehouse.run(
            f"create or replace temp table {CARRIED} as select k.{one.item}_id, k.{key}, {columns} "
            f"from {idents(self.warehouse, one.item)} k left join {one.table} r on r.{key} = k.{key}"
        )
        return one

    def _insert(self, rows: Incoming, order: str) -> int:
        joins = self.target.joins if rows.carried is None else self.target.joins_beside
        return self.warehouse.run(
            f"insert into {self.target.table} ({', '.join(self.values.columns)}) select {self.values.all(old=False)} "
            f"from ({rows.query()}) i{joins}{order}"
        )

    def _order(self, rows: Incoming) -> str:
        """Rows of a file mostly come in the order of time; only where they do not, they are sorted."""
        order, source = self.target.order, rows.keys.source
        if order is None:
            return ""
        value = f"s.{column(order)}"
        if self.target.carried is not None:
            if rows.carried is None:
                return f" order by {order}"
            item = rows.carried.item
            ids = next(one for one in self.values.readings if one.field.refers == item)
            value, source = f"c.{order}", f"{source} join {CARRIED} c on c.{item}_id = s.{column(ids.name)}"
        in_order = lies_in_order(self.warehouse, value, source, rows.keys.condition)
        return "" if in_order else f" order by {order}"

    def _usable(self) -> int:
        return int(self.warehouse.value(f"select count(*) from {self.keys.source} where {self.keys.condition}"))

    def _rest(self, every: Incoming) -> int:
        """Rows with ids never seen: give them keys, in the order of the file."""
        there = replace(every, carried=None)
        self.warehouse.run(
            "create or replace temp table smc_rest as select s.rowid as ord "
            f"from {self.keys.source} anti join ({there.query()}) w on w.ord = s.rowid where {self.keys.condition}"
        )
        source = f"{self.keys.source} semi join smc_rest u on u.ord = s.rowid"
        for field, item in self.keys.later:
            give(self.warehouse, field.name, item, source, self.keys.condition)
        rest = replace(there, keys=replace(self.keys, source=source), known=False)
        return self._insert(rest, f" order by {self.target.order}" if self.target.order else "")
