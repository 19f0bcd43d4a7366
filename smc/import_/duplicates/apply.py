"""Merge customers in sets: everything that one had is the other's, and all that is needed to part them is kept.

``smc_pair`` holds the pairs of a round (merged_key, survivor_key), one per survivor. The caller has the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from smc.config.specs.duplicates import DuplicatesSpec
from smc.import_.duplicates.profile import merge_profiles
from smc.import_.duplicates.tables import DERIVED, Fact, Keyed, Tables
from smc.import_.read.reading import column, quoted
from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class Round:
    """One round of merges. ``as_of``: the day of the run that does it, or did it first."""

    warehouse: Warehouse
    tables: Tables
    spec: DuplicatesSpec
    as_of: date

    def run(self) -> int:
        """Number of bonus accounts that were left out, because the survivor has an account of the same name."""
        self.warehouse.run(_query("fresh_members"))
        for one in self.tables.keyed:
            self.warehouse.run(
                f"insert into {one.apart} by name select t.* from {one.name} t "
                "semi join smc_fresh f on f.customer_key = t.customer_key"
            )
        for name in ("alias_follow", "alias_add", "merge_touched", "stays_moved", "stays_close"):
            self._ask(name)
        for name in ("entry_ended", "entry_end", "message_stop"):
            self._ask(name)
        left = sum(self._keyed(one) for one in self.tables.keyed)
        for fact in self.tables.facts:
            self._fact(fact)
        self._carried()
        for table in DERIVED:
            self.warehouse.run(f"delete from {table} t using smc_pair p where t.customer_key = p.merged_key")
        return left

    def _ask(self, name: str) -> int:
        text = _query(name)
        return self.warehouse.run(text, as_of=self.as_of) if "$as_of" in text else self.warehouse.run(text)

    def _keyed(self, one: Keyed) -> int:
        if one.name == "customer":
            merge_profiles(self.warehouse, self.spec)
            return 0
        both = (
            f"{one.name} m join smc_pair p on p.merged_key = m.customer_key "
            f"join {one.name} s on s.customer_key = p.survivor_key"
        )
        on = one.same("s", "m")
        better = one.better or "false"
        self.warehouse.run(
            f"create or replace temp table smc_loser as select case when {better} then s.rowid else m.rowid end as id, "
            f"not ({better}) as merged from {both} and {on}"
        )
        if one.wider is not None:
            self.warehouse.run(
                f"update {one.name} s set {one.wider} from {one.name} m, smc_pair p "
                f"where p.merged_key = m.customer_key and s.customer_key = p.survivor_key and {on}"
            )
        clashes = self.warehouse.run(f"delete from {one.name} t where t.rowid in (select id from smc_loser)")
        self.warehouse.run(
            f"update {one.name} t set customer_key = p.survivor_key from smc_pair p where t.customer_key = p.merged_key"
        )
        return clashes if one.name == "bonus_balance" else 0

    def _fact(self, fact: Fact) -> None:
        """What was given under the merged id is noted; what it had from earlier merges is noted already."""
        owner, table = column(fact.owner), quoted(fact.name)
        self.warehouse.run(
            f"insert into customer_moved select {table}, {fact.text('t')}, t.{owner} from {fact.name} t "
            f"semi join smc_pair p on p.merged_key = t.{owner} "
            f"anti join (select row_key from customer_moved where table_name = {table}) m "
            f"on m.row_key = {fact.text('t')}"
        )
        self.warehouse.run(
            f"update {fact.name} t set {owner} = p.survivor_key from smc_pair p where t.{owner} = p.merged_key"
        )
        if fact.owner != "customer_key":
            self._follow(fact.name)

    def _carried(self) -> None:
        for table in self.tables.carried:
            self._follow(table)

    def _follow(self, table: str) -> None:
        self.warehouse.run(
            f"update {table} t set customer_key = p.survivor_key from smc_pair p where t.customer_key = p.merged_key"
        )


def make_apart(warehouse: Warehouse, tables: Tables) -> None:
    """The tables that keep rows as they would be without merges: made at the first merge, with the columns of today."""
    for one in tables.keyed:
        warehouse.run(f"create table if not exists {one.apart} as select * from {one.name} limit 0")
        warehouse.run(
            f"comment on table {one.apart} is {quoted(f'Rows of {one.name} as they would be without merges')}"
        )
        for name, kind in warehouse.rows(_query("columns_lacking"), table=one.name, apart=one.apart):
            warehouse.run(f"alter table {one.apart} add column {column(name)} {kind}")


def _query(name: str) -> str:
    return statement("smc.import_.duplicates", name)
