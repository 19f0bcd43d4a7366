"""The shop's own metrics that are stored: one column of custom_metric each, and the statement that fills it.

Paid and returned receipts add to ``sum``; ``avg`` is that sum by the number of paid ones, as average_receipt is;
``count``, ``min``, ``max``, ``median`` and ``distinct`` look at paid ones only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import assert_never

from sqlglot import exp

from smc.config.metrics import denominator, denominator_column
from smc.config.specs.project import AggregateMetric, ExpressionMetric, MetricFilter, MetricSpec, PenetrationMetric
from smc.config.specs.rule import Range
from smc.metric.window import since
from smc.warehouse import all_of, name, sql, text_of

_AGGREGATES = {
    "count": ("bigint", "count(*) filter (where $paid)"),
    "sum": ("decimal(18, 3)", "sum($field)"),
    "avg": ("double", "cast(sum($field) as double) / nullif(count($field) filter (where $paid), 0)"),
    "min": ("decimal(18, 3)", "min($field) filter (where $paid)"),
    "max": ("decimal(18, 3)", "max($field) filter (where $paid)"),
    "median": ("decimal(18, 4)", "median(cast($field as decimal(18, 4))) filter (where $paid)"),
    "distinct": ("bigint", "count(distinct $field) filter (where $paid)"),
}
_SOME_DAY = date(2000, 1, 1)
_KEYS = {"product_id": "product_key", "category_id": "category_key", "receipt_id": "receipt_key"}
_PAID = {"receipts": "t.status = 'paid'", "lines": "not coalesce(r.returned, false)"}
_ROWS = {
    "receipts": """
        select t.customer_key, $value as value
        from (
            select * from receipt
            where customer_key is not null and status <> 'cancelled' and day <= $as_of and $conditions
        ) as t
        group by t.customer_key
    """,
    "lines": """
        select t.customer_key, $value as value
        from (
            select * from receipt_line where customer_key is not null and counted and day <= $as_of and $conditions
        ) as t
        left join (select receipt_key, true as returned from receipt where status = 'returned') as r
            on r.receipt_key = t.receipt_key
        left join product as p on p.product_key = t.product_key
        group by t.customer_key
    """,
}
_CATEGORY = """
    category_key in (
        select category_key from category_ident where category_id = $category
        union all
        select a.category_key from category_ancestor as a
        join category_ident as i on i.category_key = a.ancestor_key
        where i.category_id = $category
    )
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of custom_metric."""

    name: str
    type: str
    spec: AggregateMetric

    def query(self, as_of: date, scope: exp.Expr) -> exp.Expr:
        """customer_key and value for the customers in scope; a customer without rows is missing."""
        return _query(self.spec, as_of, scope)


def columns(metric: str, spec: MetricSpec) -> tuple[Column, ...]:
    """What is stored for a metric: nothing for an expression, two for a penetration in a window of its own."""
    match spec:
        case AggregateMetric():
            return (Column(metric, _AGGREGATES[spec.aggregate][0], spec),)
        case PenetrationMetric():
            where = MetricFilter(category=spec.penetration)
            above = Column(metric, "bigint", _count(spec, where))
            below = Column(denominator_column(metric), "bigint", _count(spec, None))
            return (above,) if denominator(spec) else (above, below)
        case ExpressionMetric():
            return ()
        case _:
            assert_never(spec)


def definition(parts: tuple[Column, ...]) -> str:
    """sha256 of the statements: it changes when the metric's meaning does, not when its title does."""
    text = "\n".join(f"{part.name} {part.type} {text_of(part.query(_SOME_DAY, exp.true()))}" for part in parts)
    return sha256(text.encode()).hexdigest()


def _count(spec: PenetrationMetric, where: MetricFilter | None) -> AggregateMetric:
    return AggregateMetric(title=spec.title, aggregate="count", over="receipts", where=where, window=spec.window)


def _query(spec: AggregateMetric, as_of: date, scope: exp.Expr) -> exp.Expr:
    text = _AGGREGATES[spec.aggregate][1]
    holes = {"field": _field(spec.field), "paid": sql(_PAID[spec.over])}
    value = sql(text, **{hole: tree for hole, tree in holes.items() if f"${hole}" in text})
    conditions = [scope, *_conditions(spec, as_of)]
    return sql(_ROWS[spec.over], value=value, as_of=as_of, conditions=all_of(conditions))


def _field(field: str | None) -> exp.Expr:
    column = _KEYS.get(field or "", field or "")
    return exp.column(name(column), table="p" if field == "brand" else "t")


def _conditions(spec: AggregateMetric, as_of: date) -> Iterator[exp.Expr]:
    if spec.window is not None:
        yield sql("day > $since", since=since(as_of, spec.window))
    where = spec.where or MetricFilter()
    of_lines, of_receipts = list(_of_lines(where)), list(_of_receipts(where))
    if spec.over == "lines":
        yield from of_lines
        if of_receipts:
            yield sql("receipt_key in (select receipt_key from receipt where $all)", all=all_of(of_receipts))
    else:
        yield from of_receipts
        if of_lines:
            text = "receipt_key in (select receipt_key from receipt_line where counted and $all)"
            yield sql(text, all=all_of(of_lines))


def _of_lines(where: MetricFilter) -> Iterator[exp.Expr]:
    if where.category is not None:
        yield sql(_CATEGORY, category=where.category)
    if where.product is not None:
        text = "product_key in (select product_key from product_ident where product_id = $id)"
        yield sql(text, id=where.product)
    if where.brand is not None:
        yield sql("product_key in (select product_key from product where brand = $brand)", brand=where.brand)
    if where.amount is not None:
        yield from _within("amount", where.amount)


def _of_receipts(where: MetricFilter) -> Iterator[exp.Expr]:
    if where.store is not None:
        yield sql("store_id = $store", store=where.store)
    if where.total is not None:
        yield from _within("total", where.total)


def _within(column: str, bounds: Range) -> Iterator[exp.Expr]:
    if bounds.at_least is not None:
        yield sql("$column >= $bound", column=name(column), bound=bounds.at_least)
    if bounds.at_most is not None:
        yield sql("$column <= $bound", column=name(column), bound=bounds.at_most)
