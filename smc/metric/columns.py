"""What is stored of the metrics over facts: one column each, of customer_activity or of custom_metric."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import assert_never

from smc.config.metrics import aggregate_of, denominator, denominator_column
from smc.config.specs.metric import AggregateMetric, ExpressionMetric, MetricSpec, MetricsSpec, PenetrationMetric
from smc.metric.aggregate import Column, meaning
from smc.metric.resolve import resolve
from smc.model.facts import Fact
from smc.model.metrics import ACTIVITY_METRICS, Aggregate, Test
from smc.warehouse import Warehouse

ACTIVITY = tuple(Column(metric.name, metric.aggregate) for metric in ACTIVITY_METRICS if metric.aggregate is not None)
"""The columns of customer_activity."""


def own_columns(warehouse: Warehouse, metrics: MetricsSpec, facts: Mapping[str, Fact]) -> dict[str, tuple[Column, ...]]:
    """The columns of custom_metric by metric; expressions have none.

    Raises ``RunError`` for categories, products, brands and stores that the warehouse does not know.
    """
    found = {name: columns(name, spec) for name, spec in metrics.metrics.items()}
    return resolve(warehouse, {name: group for name, group in found.items() if group}, facts)


def columns(metric: str, spec: MetricSpec) -> tuple[Column, ...]:
    """What is stored for a metric: nothing for an expression, two for a penetration in a window of its own."""
    match spec:
        case AggregateMetric():
            return (Column(metric, aggregate_of(spec)),)
        case PenetrationMetric():
            where = (Test("category", "equals", (spec.penetration,)),)
            above = Column(metric, Aggregate("count", "receipts", None, where, spec.window))
            below = Column(denominator_column(metric), Aggregate("count", "receipts", None, (), spec.window))
            return (above,) if denominator(spec) else (above, below)
        case ExpressionMetric():
            return ()
        case _:
            assert_never(spec)


def definition(group: tuple[Column, ...], facts: Mapping[str, Fact]) -> str:
    """sha256 that changes when the meaning does, not when a title does."""
    return sha256("\n".join(meaning(column, facts) for column in group).encode()).hexdigest()
