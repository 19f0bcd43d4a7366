"""What figures read beside the rows of their fact: whose figures does a change of it move?

The import notes customers whose rows changed, and buyers of products that moved. For the rest, ``metric_dimension``
keeps what was read last time; what differs now leads to customers by the facts that refer to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from smc.metric.aggregate import Column, fields_of
from smc.model.facts import Fact
from smc.warehouse import DuckDBEngine, Warehouse, sql, statement

_NOW = {
    "product": """
        select 'product' as dimension, cast(product_key as varchar) as id,
            concat_ws('|', coalesce(name, ''), coalesce(brand, ''), coalesce(cast(category_key as varchar), ''),
                coalesce(cast(custom as varchar), '')) as value
        from product
    """,
    "stock": """
        select 'stock' as dimension, cast(product_key as varchar) as id, coalesce(cast(stock as varchar), '') as value
        from product
    """,
    "store": """
        select 'store' as dimension, store_id as id,
            concat_ws('|', coalesce(city, ''), coalesce(region, ''), coalesce(cast(custom as varchar), '')) as value
        from store
    """,
    "mailing": "select 'mailing' as dimension, mailing as id, channel as value from past_mailing",
    "promocode": """
        select 'promocode' as dimension, concat_ws('|', pool, code) as id,
            concat_ws('|', coalesce(status, ''), coalesce(cast(valid_from as varchar), ''),
                coalesce(cast(valid_to as varchar), ''), coalesce(cast(uses_left as varchar), ''),
                coalesce(cast(custom as varchar), '')) as value
        from promocode
    """,
    "category_own": """
        select 'category_own' as dimension, cast(category_key as varchar) as id,
            coalesce(cast(custom as varchar), '') as value
        from category
    """,
    "category": """
        select 'category' as dimension, cast(category_key as varchar) as id,
            string_agg(cast(ancestor_key as varchar), ' ' order by depth) as value
        from category_ancestor
        group by category_key
    """,
    "place": """
        select 'place' as dimension, cast(p.product_key as varchar) as id,
            string_agg(cast(coalesce(a.ancestor_key, p.category_key) as varchar), ' '
                order by coalesce(a.ancestor_key, p.category_key)) as value
        from product_category as p
        left join category_ancestor as a on a.category_key = p.category_key
        group by p.product_key
    """,
}
_MAILING = {"messages": "t.campaign", "reactions": "t.mailing"}
_OF_ROW = ("happened", "code", "group", "day")
"""Fields of promocodes that stand in the row of the customer; the others are those of the code, the shop's own too."""
_NOTED = ("receipts", "lines")
"""Facts whose customers are noted when brand or places of a product move."""


@dataclass(frozen=True, slots=True)
class Link:
    """``read``: SQL of the dimension's id over a row of the fact and its joins in ``needs``."""

    dimension: str
    fact: str
    read: str
    needs: tuple[str, ...] = ()


def links_of(columns: Iterable[Column], facts: Mapping[str, Fact]) -> frozenset[Link]:
    """Every dimension that the figures read, and how the facts refer to it."""
    return frozenset(link for column in columns for link in _links(column, facts))


def _links(column: Column, facts: Mapping[str, Fact]) -> Iterator[Link]:
    for found in fields_of(column.aggregate, facts):
        fact, field = found.fact, found.field
        if field.type == "category" and fact.name not in _NOTED:
            yield Link("category", fact.name, f"cast({field.read} as varchar)", field.needs)
            yield Link("place", fact.name, "cast(t.product_key as varchar)")
        if "p" in field.needs and not (fact.name in _NOTED and field.name == "brand"):
            name = "stock" if field.name == "stock" else "product"
            yield Link(name, fact.name, "cast(t.product_key as varchar)")
        if "k" in field.needs:
            yield Link("category_own", fact.name, "cast(t.category_key as varchar)")
        if "s" in field.needs:
            yield Link("store", fact.name, "t.store_id")
        if field.name == "channel" and fact.name in _MAILING:
            yield Link("mailing", fact.name, _MAILING[fact.name])
        if fact.name == "promocodes" and field.name not in _OF_ROW:
            yield Link("promocode", fact.name, "concat_ws('|', t.pool, t.code)")


def keep_dimensions(warehouse: Warehouse, links: Iterable[Link]) -> frozenset[str]:
    """Leave the ids that differ from last time in ``metric_moved`` and remember them as they are now.

    Returns the dimensions of which something differs. What was not read last time differs wholly.
    """
    used = sorted({link.dimension for link in links})
    if not used:
        return frozenset()
    engine = DuckDBEngine(warehouse)
    engine.materialise("metric_dimension_now", sql(" union all ".join(_NOW[dimension] for dimension in used)))
    engine.materialise("metric_moved", sql(statement("smc.metric", "moved_dimensions"), used=used))
    moved = frozenset(row[0] for row in warehouse.rows("select distinct dimension from metric_moved"))
    if moved:
        warehouse.run(sql("delete from metric_dimension where dimension in $moved", moved=sorted(moved)))
        now = "select dimension, id, value from metric_dimension_now where dimension in $moved"
        warehouse.run(sql(f"insert into metric_dimension {now}", moved=sorted(moved)))
    warehouse.run("drop table metric_dimension_now")
    return moved


def moved_by(link: Link, fact: Fact) -> exp.Expr:
    """Customers with a row that refers to what is in ``metric_moved``."""
    return sql(
        f"""
        select t.customer_key
        from {fact.table} as t {fact.joined(link.needs)}
        where t.customer_key is not null and {link.read} in (
            select id from metric_moved where dimension = $dimension
        )
        """,
        dimension=link.dimension,
    )
