"""For how many customers an expression has no value although its parts have: divided by zero, or too large."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlglot import exp

from smc.config.metrics import catalog, parts_of
from smc.config.specs.metric import ExpressionMetric, MetricsSpec
from smc.config.specs.project import FieldsSpec
from smc.metric.scope import Scope
from smc.model.metrics import Metric
from smc.warehouse import Warehouse, all_of, sql

_TABLES = {"m": "customer_metric", "a": "customer_activity", "x": "custom_metric"}
"""Aliases in reads, in the order in which they lead; profiles (c) are joined to them."""


def lost_in_expressions(
    warehouse: Warehouse, metrics: MetricsSpec, fields: FieldsSpec, as_of: date, scope: Scope
) -> dict[str, int]:
    """Counts by metric over the customers in scope who have stored figures that the expression reads."""
    known = catalog(metrics, fields)
    groups: dict[tuple[str, ...], dict[str, exp.Expr]] = {}
    for name, spec in metrics.metrics.items():
        if isinstance(spec, ExpressionMetric):
            lost = _lost(name, spec, known, as_of)
            aliases = tuple(alias for alias in (*_TABLES, "c") if _reads(lost, alias))
            if set(aliases) & set(_TABLES):
                groups.setdefault(aliases, {})[name] = lost
    found: dict[str, int] = {}
    for aliases, conditions in groups.items():
        found |= _count(warehouse, aliases, conditions, scope)
    return found


def _lost(name: str, spec: ExpressionMetric, known: Mapping[str, Metric], as_of: date) -> exp.Expr:
    parts = [sql("$part is not null", part=_read(known[part], as_of)) for part in parts_of(spec)]
    return all_of([sql("$value is null", value=_read(known[name], as_of)), *parts])


def _read(metric: Metric, as_of: date) -> exp.Expr:
    read = sql(metric.read, as_of=as_of) if "$as_of" in metric.read else sql(metric.read)
    return exp.paren(read)


def _reads(condition: exp.Expr, alias: str) -> bool:
    return any(column.table == alias for column in condition.find_all(exp.Column))


def _count(
    warehouse: Warehouse, aliases: tuple[str, ...], conditions: Mapping[str, exp.Expr], scope: Scope
) -> dict[str, int]:
    lead, *others = aliases
    query = exp.select().from_(f"{_TABLES[lead]} as {lead}").where(scope.of(lead))
    for alias in others:
        table = _TABLES.get(alias, "customer")
        query = query.join(f"{table} as {alias}", on=f"{alias}.customer_key = {lead}.customer_key", join_type="left")
    for lost in conditions.values():
        query = query.select(sql("count(*) filter (where $lost)", lost=lost))
    return dict(zip(conditions, warehouse.rows(query)[0], strict=True))
