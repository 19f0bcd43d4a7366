"""Rows that name a merged id: they go to the survivor, and what they would be without the merge is kept beside.

Nothing here costs anything while nobody is merged. ``smc_given`` holds the rows of a file that name a customer of some
merge: with the survivor's key, and under ``own_key`` the key of the id that the row itself names.
"""

from __future__ import annotations

from smc.import_.duplicates.tables import APART, fact_of, keyed_of
from smc.import_.load.target import Target
from smc.import_.load.values import Values
from smc.import_.read.reading import column, quoted
from smc.warehouse import Warehouse, statement

_MERGED_IDS = (
    "(select coalesce(a.survivor_key, i.customer_key) as customer_key, i.customer_id, i.customer_key as own_key "
    "from customer_ident i left join customer_alias a on a.merged_key = i.customer_key)"
)


def idents(warehouse: Warehouse, item: str) -> str:
    """What stands behind ``join`` to turn the ids of an object into keys: ``ITEM_key`` and ``ITEM_id``."""
    return _MERGED_IDS if item == "customer" and anyone_merged(warehouse) else f"{item}_ident"


def own_key(warehouse: Warehouse, item: str, alias: str) -> list[str]:
    """A column with the key of the id that a row itself names, where that may be another."""
    return [f"{alias}.own_key"] if item == "customer" and anyone_merged(warehouse) else []


def anyone_merged(warehouse: Warehouse) -> bool:
    return bool(warehouse.rows(_query("anyone_merged")))


def redirects(warehouse: Warehouse, target: Target) -> bool:
    """Whether rows of the object may name a merged customer."""
    named = any(field.refers == "customer" and field.name in target.fed for field in target.item.fields)
    return named and anyone_merged(warehouse)


def gather(warehouse: Warehouse, target: Target, incoming: str) -> int:
    """Fill ``smc_given`` from a query of the file's rows. Two ids of one customer in a file: his own row holds.

    The rows that give way are added to ``smc_skip``; their number is returned. A "no" never gives way to a "yes".
    """
    owner = next(field.column for field in target.item.fields if field.refers == "customer")
    warehouse.run(f"create or replace temp table smc_given as select *, {owner} as owner_key from ({incoming}) g")
    warehouse.run(_query("given_members"))
    names = [target.field(name).column for name in target.row_fields]
    final = target.final
    decided = "false" if final is None else f"{column(final[0])} = {quoted(final[1])}"
    return warehouse.run(
        "insert into smc_skip select ord, line, false, null, null, null, null from ("
        f"select ord, line, row_number() over (partition by {', '.join(names)} "
        f"order by {decided} desc, own_key = owner_key desc, ord) as n from smc_given) where n > 1"
    )


def keep_given(warehouse: Warehouse, values: Values) -> None:
    """Behind the merge of a file: note under which id rows came, and keep the rows as they would be without merges."""
    target = values.target
    if target.logged:
        _note_log(warehouse)
    fact = fact_of(target.item)
    if fact is not None:
        on = [f"n.{name} = g.{name}" for name in (*target.keys, fact.owner)]
        on += [f"n.{target.item.time} = g.{target.item.time}"] if target.many and target.item.time else []
        table = quoted(fact.name)
        warehouse.run(
            f"create or replace temp table smc_noted as select distinct {fact.text('g')} as k, g.own_key, g.owner_key "
            f"from smc_given g semi join smc_new n on {' and '.join(on)}"
        )
        named = f"m.table_name = {table} and m.row_key = n.k"
        warehouse.run(f"delete from customer_moved m using smc_noted n where {named}")
        under = "from smc_noted where own_key <> owner_key"
        warehouse.run(f"insert into customer_moved select {table}, k, own_key {under}")
    elif keyed_of(target.item) is not None or target.item.name.startswith("mart_"):
        _keep_apart(warehouse, values)


def _note_log(warehouse: Warehouse) -> None:
    """A permission that came under a merged id is his in the log."""
    warehouse.run(_query("log_noted"))


def _keep_apart(warehouse: Warehouse, values: Values) -> None:
    """The same rules as for the table itself (merge.py), on the few rows of members, each under his own key."""
    target = values.target
    apart, names = f"{APART}{target.table}", target.keys
    _ensure(warehouse, target.table)
    on = " and ".join(f"i.{name} = o.{name}" for name in names)
    newest = ""
    if target.item.time is not None and target.many:
        by = f"partition by {', '.join(names)} order by {target.item.time} desc, ord desc"
        newest = f" qualify row_number() over ({by}) = 1"
    refused = (
        "" if target.logged else " semi join smc_new n on " + " and ".join(f"n.{name} = g.{name}" for name in names)
    )
    warehouse.run(
        "create or replace temp table smc_apart_in as select * from (select g.* replace (own_key as customer_key) "
        f"from smc_given g{refused}){newest}"
    )
    none = [name for name in target.columns if name not in _columns(warehouse)]
    rows = (
        f"select *{''.join(f', null as {name}' for name in none)} from smc_apart_in"
        if target.logged
        else "smc_apart_in"
    )
    source = f"({rows})" if target.logged else rows
    warehouse.run(
        f"create or replace temp table smc_apart_new as select {values.all(old=True)} "
        f"from {source} i left join {apart} o on {on}{target.joins}"
    )
    gone = " and ".join(f"o.{name} = n.{name}" for name in names)
    warehouse.run(f"delete from {apart} o using smc_apart_new n where {gone}")
    warehouse.run(f"insert into {apart} by name select * from smc_apart_new")


def _columns(warehouse: Warehouse) -> set[str]:
    return {str(row[0]) for row in warehouse.rows("select column_name from (describe smc_apart_in)")}


def _ensure(warehouse: Warehouse, table: str) -> None:
    """A table that came after the merges, or got columns since."""
    warehouse.run(f"create table if not exists {APART}{table} as select * from {table} limit 0")
    for name, kind in warehouse.rows(_query("columns_lacking"), table=table, apart=f"{APART}{table}"):
        warehouse.run(f"alter table {APART}{table} add column {column(name)} {kind}")


def forget_apart(warehouse: Warehouse) -> None:
    """Of customers whose profile was taken out (``smc_gone``) nothing stays under another id either."""
    if anyone_merged(warehouse):
        warehouse.run(_query("apart_gone"))


def _query(name: str) -> str:
    return statement("smc.import_.duplicates", name)
