"""Undo a merge: the group is dissolved into its ids, and the merges that were not undone are done again.

Facts go back to the id they were given under, rows of the profile, permissions, tags and so on become what they would
be without the merge (``redirect.py`` kept them so). What nobody gave, such as a tag of a campaign, stays with the
survivor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from smc.config.specs.duplicates import DuplicatesSpec
from smc.errors import UsageError
from smc.import_.duplicates.apply import Round, make_apart
from smc.import_.duplicates.run import known_customer
from smc.import_.duplicates.tables import Fact, Keyed, Tables, tables_of
from smc.import_.load.follow import recognise
from smc.import_.read.reading import column, quoted
from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class PartResult:
    """Who is a customer of his own again, from whom he was parted, and how many facts went back to him."""

    customer_id: str
    parted_from: str
    facts: int


def unmerge(warehouse: Warehouse, spec: DuplicatesSpec, customer_id: str, *, as_of: date) -> PartResult:
    """Make a merged id a customer of its own again; rules will not merge the two any more.

    ``UsageError`` when the id is unknown or was not merged.
    """
    final = known_customer(warehouse, customer_id)
    log = warehouse.records(_query("merges_of"), final=final)
    own = next((row for row in log if row["merged_id"] == customer_id), None)
    if own is None:
        into = ", ".join(row["merged_id"] for row in log)
        remedy = f"These were merged into it: {into}. Name one of them." if into else ""
        raise UsageError(f"'{customer_id}' was not merged into another customer", remedy=remedy)
    tables = tables_of(warehouse)
    with warehouse.transaction():
        make_apart(warehouse, tables)
        warehouse.run(_query("members_of"), final=final)
        _Dissolve(warehouse, tables, final).run()
        warehouse.run(_query("merge_undone"), merge_no=own["merge_no"], as_of=as_of)
        for row in log:
            if row is not own:
                warehouse.run(_query("pair_again"), merged=row["merged_key"], survivor=row["survivor_key"])
                Round(warehouse, tables, spec, as_of).run()
    facts = sum(
        int(
            warehouse.value(
                f"select count(*) from {fact.name} where {column(fact.owner)} = $key", key=own["merged_key"]
            )
        )
        for fact in tables.facts
    )
    return PartResult(customer_id, own["survivor_id"], facts)


@dataclass(frozen=True, slots=True)
class _Dissolve:
    """``smc_member`` holds the keys of the group; ``final`` is the one that has everything now."""

    warehouse: Warehouse
    tables: Tables
    final: int

    def run(self) -> None:
        for fact in self.tables.facts:
            self._give_back(fact)
        for table, (head, key) in self.tables.carried.items():
            self.warehouse.run(
                f"update {table} t set customer_key = h.customer_key from {head} h where h.{key} = t.{key} "
                "and t.customer_key = $final and h.customer_key in (select customer_key from smc_member)",
                final=self.final,
            )
        for one in self.tables.keyed:
            self._restore(one)
        self._visitors()
        for name in ("entry_again", "entry_forget", "stays_again", "moved_forget", "alias_forget", "parted_touched"):
            self.warehouse.run(_query(name))

    def _give_back(self, fact: Fact) -> None:
        """Rows with the same key as text are given back as often as they were noted."""
        owner, table = column(fact.owner), quoted(fact.name)
        nth = "row_number() over (partition by {} order by {})"
        self.warehouse.run(
            f"create or replace temp table smc_back as select t.id, m.given_key from (select rowid as id, k, "
            f"{nth.format('k', 'rowid')} as nth from (select t.rowid, {fact.text('t')} as k from {fact.name} t "
            f"where t.{owner} = $final)) t join (select row_key, given_key, "
            f"{nth.format('row_key', 'given_key')} as nth from customer_moved where table_name = {table} "
            "and given_key in (select customer_key from smc_member)) m on m.row_key = t.k and m.nth = t.nth",
            final=self.final,
        )
        self.warehouse.run(f"update {fact.name} t set {owner} = b.given_key from smc_back b where t.rowid = b.id")

    def _restore(self, one: Keyed) -> None:
        """Rows as they would be. What has no row any more was taken out since, and stays out; only a no comes back."""
        table, apart = one.name, one.apart
        kept = " or a.state = 'no'" if table == "subscription" else ""
        self.warehouse.run(
            f"create or replace temp table smc_restored as select a.* from {apart} a "
            "where a.customer_key in (select customer_key from smc_member) and (exists ("
            f"select 1 from {table} t where t.customer_key = $final and {one.same('t', 'a')}){kept})",
            final=self.final,
        )
        self.warehouse.run(
            f"delete from {table} t where t.customer_key = $final and exists ("
            f"select 1 from smc_restored a where {one.same('t', 'a')})",
            final=self.final,
        )
        self.warehouse.run(f"insert into {table} by name select * from smc_restored")
        if table == "subscription":
            self._permissions()
        self.warehouse.run(f"delete from {apart} where customer_key in (select customer_key from smc_member)")

    def _permissions(self) -> None:
        """The log has his rows again, and it decides: of the rows beside, the last file's stands, newest or not."""
        self.warehouse.run(_query("restored_permissions"))
        for name in ("permission_delete", "permission_insert"):
            self.warehouse.run(statement("smc.import_", name))

    def _visitors(self) -> None:
        """Web events belong to whom they name again, and anonymous ones to whom the visitor is recognised as."""
        self.warehouse.run(_query("web_named_again"))
        self.warehouse.run(_query("web_parted"))
        self.warehouse.run("create or replace temp table smc_old as select * from web_event limit 0")
        recognise(self.warehouse)


def _query(name: str) -> str:
    return statement("smc.import_.duplicates", name)
