"""From the stage into the table: integer keys for new ids, then delete by key and insert; all inside a transaction.

``smc_in`` holds the usable rows of the file with keys, under the names of the table's columns, one per key; ``smc_row``
all of them where several tell the history of a key; ``smc_changed`` (a view) the rows that are new or different now;
``smc_old`` the rows of the table that the file speaks of, as they were. The statements that follow a change (follow.py)
read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from smc.import_.duplicates.redirect import gather, keep_given, redirects
from smc.import_.load.first import First
from smc.import_.load.incoming import Incoming
from smc.import_.load.keys import Keys, identify, settle
from smc.import_.load.parts import flag_of
from smc.import_.load.since import Since
from smc.import_.load.target import Target
from smc.import_.load.values import Values
from smc.import_.read.mapping import Flag, flags
from smc.import_.read.reading import Reading, column, quoted
from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class Merged:
    """``amount``: sum of total or amount of the accepted rows, for receipts and lines. ``folded``: rows that gave way
    to another row of the file, because their ids are one customer."""

    accepted: int
    unchanged: int
    refused: int
    amount: Decimal | None
    folded: int = 0


@dataclass(frozen=True, slots=True)
class Merge:
    """One staged part on its way into its table. ``append``: a row that is known already must not differ.

    ``line``: SQL of a row's line over the stage; ``joins``: what ``values.worked`` needs, behind the stage ``s``.
    ``since``: the rows are corrections, and this was loaded before them.
    """

    warehouse: Warehouse
    values: Values
    line: str
    append: bool
    joins: str = ""
    since: Since | None = None

    @property
    def target(self) -> Target:
        return self.values.target

    def run(self) -> Merged:
        redirected = redirects(self.warehouse, self.target)
        keys, folded = self._identify(now=redirected or self.target.logged), 0
        if redirected and (folded := gather(self.warehouse, self.target, self._incoming(keys))):
            keys = self._identify(now=True)
        if self.target.logged:
            counts = self._permissions(keys)
        elif not redirected and self._is_plain():
            counts = First(self.warehouse, self.values, keys, self.joins).run(), 0, 0
        else:
            self._compare(keys)
            counts = self._again()
        amount = self.target.amount
        total = None if amount is None else self.warehouse.value(f"select coalesce(sum({amount}), 0) from smc_changed")
        if redirected:
            keep_given(self.warehouse, self.values)
        return Merged(*counts, total, folded)

    def refused(self) -> int:
        """Only look: how many rows would be refused; ``smc_refused`` has their place in the stage and why."""
        keys = self._identify(now=False)
        if self.target.logged or self._is_plain():
            return 0
        self._compare(keys)
        source = f"smc_row i join smc_new n on {self._on()}" if self.target.many else "smc_new i"
        return self.warehouse.run(
            f"create or replace temp table smc_refused as select i.ord, why from {source} where why is not null"
        )

    def taken(self) -> str:
        """A query, behind ``run``, when something was compared: the place in the stage (``ord``) of accepted rows."""
        if self.target.logged:
            time = self.target.item.time
            return f"select i.ord from smc_in i semi join smc_new n on {self._on()} and i.{time} = n.{time}"
        if self.target.many:
            return f"select i.ord from smc_row i join smc_new n on {self._on()} where not n.same"
        return "select n.ord from smc_new n where not n.same"

    def _identify(self, *, now: bool) -> Keys:
        return identify(self.warehouse, self.values.part, now=now)

    def _is_plain(self) -> bool:
        """Nothing is there to compare with, and every key comes once."""
        item = self.target.item
        empty = not self.warehouse.rows(f"select 1 from {self.target.table} limit 1")
        return empty and not self.target.many and item.history is None and (self.since is None or not self.since.took)

    # ---- rows with keys

    def _incoming(self, keys: Keys) -> str:
        return Incoming(self.warehouse, self.values, keys, self.joins).query(self._line())

    def _line(self) -> str:
        return f"s.{self.line}"

    def _flags(self, reading: Reading) -> tuple[Flag, ...]:
        return flags(reading, self.values.layout)

    def _fill(self, table: str, keys: Keys) -> None:
        self.warehouse.run(f"create or replace temp table {table} as {self._incoming(keys)}")
        settle(self.warehouse, table, keys)

    # ---- into the table

    def _compare(self, keys: Keys) -> None:
        """``smc_new``: the rows as they will be, whether they are known, whether they stay the same."""
        table, names = self.target.table, self.target.keys
        self._fill("smc_row" if self.target.many else "smc_in", keys)
        if self.target.many:
            self.warehouse.run(f"create or replace temp table smc_in as {self._newest()}")
        on = " and ".join(f"i.{name} = o.{name}" for name in names)
        self.warehouse.run(
            f"create or replace temp table smc_old as select o.* from {table} o semi join smc_in i on {on}"
            f"{self._span()}"
        )
        self.warehouse.run(
            f"create or replace temp table smc_new as select {self.values.all(old=True)}, i.line, i.ord, "
            f"o.{names[0]} is not null as known, o.{names[0]} is not null and {self.values.same()} as same, "
            f"{self._why()} as why from smc_in i left join smc_old o on {on}{self.target.joins}"
        )

    def _span(self) -> str:
        """Of a big table, only rows of the same time are looked at, where all rows are known by their content."""
        order = self.target.order
        if not self.target.item.spanned or any(one.mapped.columns for one in self._own_key()):
            return ""
        low, high = self.warehouse.rows(f"select min({order}), max({order}) from smc_in")[0]
        if low is None:
            return ""
        first, last = (f"cast({quoted(at.isoformat())} as timestamptz)" for at in (low, high))
        return f" where o.{order} between {first} and {last}"

    def _own_key(self) -> Iterator[Reading]:
        return (one for one in self.values.readings if one.name in self.target.item.key)

    def _newest(self) -> str:
        """One row per key: the newest; where an empty cell keeps what is known, the newest that says something."""
        item = self.target.item
        by = f"partition by {', '.join(self.target.keys)} order by {item.time}, ord"
        whole = "rows between unbounded preceding and unbounded following"
        told = [kept for one in self.values.readings for kept in self._told(one)]
        replaced = f" replace ({', '.join(told)})" if told else ""
        return (
            f"select *{replaced} from smc_row window a as ({by} {whole}) "
            f"qualify row_number() over (partition by {', '.join(self.target.keys)} "
            f"order by {item.time} desc, ord desc) = 1"
        )

    def _told(self, reading: Reading) -> Iterator[str]:
        """A column, its flags and its time as the last row has them that says something (or the first, where the first
        holds); none where every row says it."""
        said = self.values.clock.said(reading)
        if said is None:
            return
        name, at = column(_stored(reading)), column(said)
        which = "first_value" if reading.blank == "first" else "last_value"
        for one in (name, at, *(column(flag_of(reading, flag)) for flag in self._flags(reading))):
            value = f"({which}(case when {at} is not null then {{'v': {one}}} end ignore nulls) over a).v"
            yield f"{value if one in {name, at} else f'coalesce({value}, {one})'} as {one}"

    def _again(self) -> tuple[int, int, int]:
        """Compare with what is there: accepted, unchanged, and refused because a row must not change."""
        table, names = self.target.table, self.target.keys
        refused = self._refuse()
        self.warehouse.run("delete from smc_new where why is not null")
        accepted, unchanged = self._counts()
        columns = ", ".join(self.values.columns)
        self.warehouse.run(f"create or replace temp view smc_changed as select {columns} from smc_new where not same")
        on = " and ".join(f"o.{name} = n.{name}" for name in names)
        span = self._span().replace(" where ", " and ")
        self.warehouse.run(f"delete from {table} o using smc_new n where n.known and not n.same and {on}{span}")
        order = f" order by {self.target.order}" if self.target.order else ""
        self.warehouse.run(f"insert into {table} ({columns}) select {columns} from smc_changed{order}")
        return accepted, unchanged, refused

    def _counts(self) -> tuple[int, int]:
        """Rows of the file: those of a key go together, also where several of them tell its history."""
        source = f"smc_row i join smc_new n on {self._on()}" if self.target.many else "smc_new n"
        counts = f"select count(*) filter (where not n.same), count(*) filter (where n.same) from {source}"
        accepted, unchanged = self.warehouse.rows(counts)[0]
        return int(accepted), int(unchanged)

    def _on(self) -> str:
        return " and ".join(f"i.{name} = n.{name}" for name in self.target.keys)

    def _why(self) -> str:
        """Why a row that differs from the known one is not taken; null when it is."""
        known = f"o.{self.target.keys[0]} is not null"
        if self.append:
            said = quoted("a row with this key is there already with other values; the feed only appends")
            return f"case when {known} and not ({self.values.same()}) then {said} end"
        own = {one.field.column: one for one in self.values.readings if not one.custom}
        stale = "" if self.since is None else self.since.stale(self.target, known, self.values.same())
        changed = [stale] * bool(stale) + [
            f"when i.{name} <> o.{name} then {quoted(f'{own[name].name} is there already and never changes')}"
            for name in self.target.fixed
            if name in own
        ]
        return f"case {' '.join(changed)} end" if changed else "null"

    def _refuse(self) -> int:
        shown = quoted(self.values.part.shown(self.target.item.key[0]))
        source = f"smc_row i join smc_new n on {self._on()}" if self.target.many else "smc_new n"
        line = "i.line" if self.target.many else "n.line"
        return self.warehouse.run(
            f"insert into smc_reject select {line}, {shown}, null, null, n.why from {source} where n.why is not null"
        )

    def _permissions(self, keys: Keys) -> tuple[int, int, int]:
        """Every new row goes to the log; the newest one of a customer, channel and category is the present state."""
        missing = [name for name in self.target.columns if name not in {_stored(one) for one in self.values.readings}]
        none = "".join(f", null as {name}" for name in missing)
        self.warehouse.run(f"create or replace temp table smc_in as select *{none} from ({self._incoming(keys)})")
        self.warehouse.run(f"create or replace temp table smc_old as select * from {self.target.table} limit 0")
        for name in ("permission_new", "permission_log", "permission_delete", "permission_insert"):
            self.warehouse.run(statement("smc.import_", name))
        self.warehouse.run("create or replace temp view smc_changed as select * from smc_new")
        accepted = int(self.warehouse.value("select count(*) from smc_new"))
        return accepted, int(self.warehouse.value("select count(*) from smc_in")) - accepted, 0


def _stored(reading: Reading) -> str:
    return reading.name if reading.custom else reading.field.column
