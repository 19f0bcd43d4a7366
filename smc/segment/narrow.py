"""A statement narrowed to some customers, whatever tables it reads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlglot import exp

from smc.segment.evaluate import Evaluation
from smc.warehouse import Warehouse, sql, statement

_SHARED = frozenset({"promocode"})
"""Tables of which a row may belong to one customer and be joined to rows of another."""


def keyed_tables(warehouse: Warehouse) -> frozenset[str]:
    """Tables whose rows belong to a customer."""
    return frozenset(row[0] for row in warehouse.rows(statement("smc.segment", "keyed_tables")))


def narrowed(found: Evaluation, customers: str, tables: Collection[str]) -> Evaluation:
    """The evaluation of the customers in the table ``customers`` alone. ``tables``: those with a ``customer_key``."""
    rows = sql(f"customer_key in (select customer_key from {customers})")
    scans = tuple(scan if scan.whole else replace(scan, query=within(scan.query, rows, tables)) for scan in found.scans)
    flags = within(found.flags, rows, tables)
    if not isinstance(flags, exp.Select):
        raise TypeError("the flags of an evaluation are a select")
    return replace(found, scans=scans, flags=flags)


def within(query: exp.Expr, rows: exp.Expr, tables: Collection[str]) -> exp.Expr:
    """The query as if these tables had only the rows for which the condition ``rows`` holds.

    Right for whatever is worked out customer by customer, as atoms are: no condition can be forgotten, since none
    is asked.
    """
    whole = query.copy()
    named = {cte.alias for cte in whole.find_all(exp.CTE)}
    for table in list(whole.find_all(exp.Table)):
        joined_over = table.name in _SHARED and isinstance(table.parent, exp.Join)
        if table.name in tables and table.name not in named and not joined_over:
            part = exp.select("*").from_(table.name).where(rows)
            table.replace(exp.Subquery(this=part, alias=exp.TableAlias(this=exp.to_identifier(table.alias_or_name))))
    return whole
