"""A statement narrowed to some customers, whatever tables it reads."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from sqlglot import exp

from smc.segment.evaluate import Evaluation
from smc.warehouse import Warehouse, sql, statement

SHARED = frozenset({"promocode", "suppression"})
"""Tables of which a row may belong to one customer and be joined to rows of another."""
_NARROW = "narrow_"


def keyed_tables(warehouse: Warehouse) -> frozenset[str]:
    """Tables whose rows belong to a customer."""
    return frozenset(row[0] for row in warehouse.rows(statement("smc.segment", "keyed_tables")))


def narrowed(found: Evaluation, customers: str, tables: Collection[str]) -> Evaluation:
    """The evaluation of the customers in the table ``customers`` alone. ``tables``: those with a ``customer_key``."""
    scans = tuple(
        scan if scan.whole else replace(scan, query=within(scan.query, customers, tables)) for scan in found.scans
    )
    flags = within(found.flags, customers, tables)
    if not isinstance(flags, exp.Select):
        raise TypeError("the flags of an evaluation are a select")
    return replace(found, scans=scans, flags=flags)


def within(query: exp.Expr, customers: str, tables: Collection[str]) -> exp.Expr:
    """The query as if these tables had only rows of the customers.

    Right for whatever is worked out customer by customer, as atoms are: no condition can be forgotten, since none is
    asked. Each table is narrowed first, by a CTE that is materialised: left to itself the engine joins all lines with
    products before it looks whose they are. It still leaves out columns and rows that the query does not need.
    """
    parts: dict[str, exp.CTE] = {}

    def narrow(table: str) -> str:
        parts.setdefault(table, _part(table, customers))
        return _NARROW + table

    whole = replaced(query, tables, narrow)
    if parts:
        own = whole.args.get("with_")
        every = [*parts.values(), *(own.expressions if own else ())]
        whole.set("with_", exp.With(expressions=every))
    return whole


def replaced(query: exp.Expr, tables: Collection[str], other: Callable[[str], str]) -> exp.Expr:
    """The query over other tables in the place of these, under their aliases.

    What the query names itself stays, and so does a shared table that is joined: its rows are those of others too.
    """
    whole = query.copy()
    mine = {cte.alias for cte in whole.find_all(exp.CTE)}
    for table in list(whole.find_all(exp.Table)):
        joined_over = table.name in SHARED and isinstance(table.parent, exp.Join)
        if table.name in tables and table.name not in mine and not joined_over:
            alias = exp.TableAlias(this=exp.to_identifier(table.alias_or_name))
            table.replace(exp.Table(this=exp.to_identifier(other(table.name)), alias=alias))
    return whole


def _part(table: str, customers: str) -> exp.CTE:
    query = sql(f"select * from {table} where customer_key in (select customer_key from {customers})")
    alias = exp.TableAlias(this=exp.to_identifier(_NARROW + table))
    return exp.CTE(this=query, alias=alias, materialized=True)
