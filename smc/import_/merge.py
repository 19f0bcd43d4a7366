"""From the stage into the table: integer keys for new ids, then delete by key and insert; all inside a transaction.

``smc_changed`` (a view) holds the rows that are new or different now, ``smc_old`` the rows of the table that the file
speaks of as they were; the statements that follow a change (follow.py) read both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from smc.import_.reading import CUSTOM, Reading, column, quoted
from smc.import_.stage import mark_of
from smc.import_.target import Target, column_of, references
from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class Merged:
    """``amount``: sum of total or amount of the accepted rows, for receipts and lines."""

    accepted: int
    unchanged: int
    refused: int
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Merge:
    """One staged file on its way into its table. ``append``: a row that is known already must not differ."""

    warehouse: Warehouse
    target: Target
    readings: tuple[Reading, ...]
    feed: str
    as_of: date
    append: bool

    def run(self) -> Merged:
        own = self._identify()
        if self._is_empty(self.target.table) and not self.target.logged:
            accepted, unchanged, refused = self._first(own), 0, 0
        else:
            accepted, unchanged, refused = self._again(own)
        amount = self.target.amount
        total = None if amount is None else self.warehouse.value(f"select coalesce(sum({amount}), 0) from smc_changed")
        return Merged(accepted, unchanged, refused, total)

    # ---- integer keys

    def _identify(self) -> str | None:
        """Keys for ids never seen. Returns the own key as SQL over the stage where it needs no join."""
        own = None
        for field, item in references(self.readings):
            if self._is_own(item, field.name) and self._is_empty(f"{item}_ident"):
                self.warehouse.run(f"insert into {item}_ident select s.rowid + 1, s.{field.name} from {self._usable()}")
                own = "s.rowid + 1"
            else:
                self._give_keys(field.name, item)
        return own

    def _is_own(self, item: str, field: str) -> bool:
        return self.target.table == item and self.target.item.key == (field,)

    def _give_keys(self, field: str, item: str) -> None:
        ident, key, ident_id = f"{item}_ident", f"{item}_key", f"{item}_id"
        last = int(self.warehouse.value(f"select coalesce(max({key}), 0) from {ident}"))
        known = f" anti join {ident} i on i.{ident_id} = s.{field}" if last else ""
        self.warehouse.run(
            f"insert into {ident} select {last} + row_number() over (order by ord), id "
            f"from (select s.{field} as id, min(s.ord) as ord from (select s.rowid as ord, s.{field} "
            f"from {self._usable()}) s{known} where s.{field} is not null group by s.{field})"
        )

    def _usable(self) -> str:
        """The stage as ``s`` without the rows that are left out; ends in a condition."""
        skipped = (
            ""
            if not self.warehouse.value("select count(*) from smc_skip")
            else " anti join smc_skip k on k.ord = s.rowid"
        )
        return f"smc_stage s{skipped} where not s.bad"

    def _is_empty(self, table: str) -> bool:
        return not self.warehouse.rows(f"select 1 from {table} limit 1")

    # ---- rows with keys

    def _incoming(self, own: str | None) -> str:
        """A query: the usable rows of the stage by the names of the table's columns, with their place in the file."""
        values, joins = ["s.rowid as ord", "coalesce(s.numbered, s.rowid + 2) as line"], []
        for i, reading in enumerate(self.readings):
            field, name = reading.field, column_of(reading.field)
            if field.refers is None:
                values.append(f"s.{column(reading.name)} as {column(name)}")
            elif own is not None and self._is_own(field.refers, field.name):
                values.append(f"{own} as {name}")
            else:
                joins.append(f" left join {field.refers}_ident i{i} on i{i}.{field.refers}_id = s.{field.name}")
                values.append(f"i{i}.{field.refers}_key as {name}")
        values += [f"s.{column(mark_of(item))}" for item in self.readings if self._marks(item)]
        if self.target.day_of is not None:
            values.append("s.day")
        # The rows to leave out are joined first, so that ``s`` may be joined on behind them.
        source, _, condition = self._usable().partition(" where ")
        return f"select {', '.join(values)} from {source}{''.join(joins)} where {condition}"

    def _marks(self, reading: Reading) -> bool:
        return bool(
            reading.blank == "keep"
            and self.warehouse.value(
                "select count(*) from duckdb_columns() where table_name = 'smc_stage' and column_name = $name",
                name=mark_of(reading),
            )
        )

    # ---- into the table

    def _first(self, own: str | None) -> int:
        """Nothing is there to compare with: the rows go in, in order of time."""
        order = f" order by {self.target.order}" if self.target.order else ""
        self.warehouse.run(f"create or replace temp table smc_old as select * from {self.target.table} limit 0")
        accepted = self.warehouse.run(
            f"insert into {self.target.table} ({', '.join(self.target.columns)}) select {self._columns(old=False)} "
            f"from ({self._incoming(own)}) i{self.target.joins}{order}"
        )
        self.warehouse.run(f"create or replace temp view smc_changed as select * from {self.target.table}")
        return accepted

    def _again(self, own: str | None) -> tuple[int, int, int]:
        """Compare with what is there: accepted, unchanged, and refused because an append must not change."""
        if self.target.logged:
            return self._permissions(own)
        table, keys = self.target.table, self.target.keys
        on = " and ".join(f"i.{key} = o.{key}" for key in keys)
        self.warehouse.run(f"create or replace temp table smc_in as {self._incoming(own)}")
        self.warehouse.run(
            f"create or replace temp table smc_old as select o.* from {table} o semi join smc_in i on {on}"
        )
        self.warehouse.run(
            f"create or replace temp table smc_new as select {self._columns(old=True)}, i.line, "
            f"o.{keys[0]} is not null as known, o.{keys[0]} is not null and {self._same()} as same "
            f"from smc_in i left join smc_old o on {on}{self.target.joins}"
        )
        refused = self._refuse_changes() if self.append else 0
        counts = self.warehouse.rows(
            "select count(*) filter (where not same), count(*) filter (where same) from smc_new"
        )[0]
        columns = ", ".join(self.target.columns)
        self.warehouse.run(f"create or replace temp view smc_changed as select {columns} from smc_new where not same")
        on_new = " and ".join(f"o.{key} = n.{key}" for key in keys)
        self.warehouse.run(f"delete from {table} o using smc_new n where n.known and not n.same and {on_new}")
        order = f" order by {self.target.order}" if self.target.order else ""
        self.warehouse.run(f"insert into {table} ({columns}) select {columns} from smc_changed{order}")
        return int(counts[0]), int(counts[1]), refused

    def _refuse_changes(self) -> int:
        refused = self.warehouse.run(statement("smc.import_", "reject_appended"), field=self.target.item.key[0])
        self.warehouse.run("delete from smc_new where known and not same")
        return refused

    def _permissions(self, own: str | None) -> tuple[int, int, int]:
        """Every new row goes to the log; the newest one of a customer, channel and category is the present state."""
        missing = [name for name in self.target.columns if name not in {column_of(r.field) for r in self.readings}]
        none = "".join(f", null as {name}" for name in missing)
        self.warehouse.run(f"create or replace temp table smc_in as select *{none} from ({self._incoming(own)})")
        for name in ("permission_new", "permission_log", "permission_delete", "permission_insert"):
            self.warehouse.run(statement("smc.import_", name))
        accepted = int(self.warehouse.value("select count(*) from smc_new"))
        return accepted, int(self.warehouse.value("select count(*) from smc_in")) - accepted, 0

    # ---- values

    def _columns(self, *, old: bool) -> str:
        mapped = {column_of(reading.field): reading for reading in self.readings if not reading.custom}
        return ", ".join(f"{self._value(name, mapped.get(name), old=old)} as {name}" for name in self.target.columns)

    def _value(self, name: str, reading: Reading | None, *, old: bool) -> str:
        if name in self.target.derived:
            return self._derived(name, old=old)
        if name in self.target.custom:
            return self._custom(old=old)
        before = f"o.{name}" if old else "null"
        value = before if reading is None else self._blank(reading, f"i.{name}", before)
        default = self.target.default(name)
        return value if default is None else f"coalesce({value}, {default})"

    def _blank(self, reading: Reading, new: str, before: str) -> str:
        match reading.blank:
            case "newest":
                return new
            case "keep" if self._marks(reading):
                return f"case when i.{column(mark_of(reading))} then null else coalesce({new}, {before}) end"
            case "keep":
                return f"coalesce({new}, {before})"
            case "first":
                return f"coalesce({before}, {new})"

    def _derived(self, name: str, *, old: bool) -> str:
        value = self.target.derived[name]
        for hole, text in (("$as_of", self.as_of.isoformat()), ("$feed", self.feed)):
            value = value.replace(hole, quoted(text))
        return f"coalesce(o.{name}, {value})" if old and name in self.target.stays else value

    def _custom(self, *, old: bool) -> str:
        """The map of custom fields: what the feed maps is replaced, the rest stays; sorted, null when empty."""
        custom = [reading for reading in self.readings if reading.custom]
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
        return self._blank(reading, f"i.{column(reading.name)}", before)

    def _same(self) -> str:
        """Whether every mapped column would stay as it is."""
        pairs = [f"{self._value(column_of(r.field), r, old=True)} is not distinct from o.{column_of(r.field)}"
                 for r in self.readings if not r.custom]  # fmt: skip
        pairs += [f"{self._custom_value(r, old=True)} is not distinct from o.custom[{quoted(_bare(r))}]"
                  for r in self.readings if r.custom]  # fmt: skip
        return " and ".join(f"({pair})" for pair in pairs)


def _bare(reading: Reading) -> str:
    return reading.name.removeprefix(CUSTOM)
