"""For how many customers an expression has no value although its parts have: divided by zero, or too large."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from sqlglot import exp

from smc.config.metrics import catalog, parts_of
from smc.config.specs.metric import ExpressionMetric, MetricsSpec
from smc.config.specs.project import FieldsSpec
from smc.metric.scope import Scope
from smc.model.metrics import Metric
from smc.warehouse import Warehouse, all_of, any_of, sql

_PREDICTED = "p"
_TABLES = {
    "m": "customer_metric", "a": "customer_activity", "x": "custom_metric", _PREDICTED: "customer_prediction",
    "c": "customer",
}  # fmt: skip
"""Tables by their aliases in reads."""


def lost_in_expressions(
    warehouse: Warehouse, metrics: MetricsSpec, fields: FieldsSpec, as_of: date, scope: Scope
) -> dict[str, int]:
    """Counts by metric over the customers in scope, for expressions without predictions, which are filled later."""
    return _counts(warehouse, metrics, fields, as_of, scope, predicted=False)


def lost_in_predicted(
    warehouse: Warehouse, metrics: MetricsSpec, fields: FieldsSpec, as_of: date
) -> tuple[tuple[str, int], ...]:
    """Metrics with counts over all customers that are not zero, for expressions over predictions, once these stand."""
    found = _counts(warehouse, metrics, fields, as_of, Scope(), predicted=True)
    return tuple(sorted((metric, count) for metric, count in found.items() if count))


def _counts(
    warehouse: Warehouse, metrics: MetricsSpec, fields: FieldsSpec, as_of: date, scope: Scope, *, predicted: bool
) -> dict[str, int]:
    known = catalog(metrics, fields)
    groups: dict[tuple[str, ...], dict[str, exp.Expr]] = {}
    for name, spec in metrics.metrics.items():
        if isinstance(spec, ExpressionMetric):
            lost = _lost(name, spec, known, as_of)
            aliases = tuple(alias for alias in _TABLES if _reads(lost, alias))
            if aliases and (_PREDICTED in aliases) is predicted:
                groups.setdefault(aliases, {})[name] = lost
    return {
        name: count
        for aliases, conditions in groups.items()
        for name, count in _count(warehouse, aliases, conditions, scope)
    }


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
) -> Iterator[tuple[str, int]]:
    """Over the customers who have a row in one of the tables."""
    query = exp.select().from_("customer_ident as i").where(scope.of("i"))
    for alias in aliases:
        on = f"{alias}.customer_key = i.customer_key"
        query = query.join(f"{_TABLES[alias]} as {alias}", on=on, join_type="left")
    query = query.where(any_of([sql(f"{alias}.customer_key is not null") for alias in aliases]))
    for lost in conditions.values():
        query = query.select(sql("count(*) filter (where $lost)", lost=lost))
    yield from zip(conditions, warehouse.rows(query)[0], strict=True)
