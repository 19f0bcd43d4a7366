"""A scan narrowed to some customers, whatever tables it reads."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from smc.warehouse import sql


def only(query: exp.Expr, key: int, tables: Collection[str]) -> exp.Expr:
    """The query as if these tables had the rows of one customer alone.

    Right for whatever is worked out customer by customer. ``tables`` are those that have a ``customer_key``.
    """
    whole = query.copy()
    named = {cte.alias for cte in whole.find_all(exp.CTE)}
    for table in list(whole.find_all(exp.Table)):
        if table.name in tables and table.name not in named:
            rows = sql(f"select * from {table.name} where customer_key = $key", key=key)
            table.replace(exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier(table.alias_or_name))))
    return whole
