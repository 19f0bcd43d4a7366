"""What metrics name in the warehouse, so that a wrong name stops the computation instead of giving zero to everyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from smc.config.specs.project import AggregateMetric, ExpressionMetric, MetricSpec, PenetrationMetric
from smc.warehouse import Warehouse
from smc.warehouse.names import KINDS, Name, find, known_kinds


def resolve(warehouse: Warehouse, metrics: Mapping[str, MetricSpec]) -> dict[str, MetricSpec]:
    """The metrics with every category by its id; in ``metrics`` it may also stand by a name that only it has.

    Raises ``RunError`` that lists unknown and ambiguous names with their metrics. Names of a kind of which the
    warehouse has nothing yet stay as they are: there is nothing to compute.
    """
    there = known_kinds(warehouse)
    used: dict[Name, list[str]] = {}
    for metric, spec in metrics.items():
        for name in _names(spec):
            if name[0] in there:
                used.setdefault(name, []).append(f"metric '{metric}'")
    ids = find(warehouse, used, owners="metrics").category_ids
    return {metric: _with_ids(spec, ids) for metric, spec in metrics.items()}


def _names(spec: MetricSpec) -> Iterator[Name]:
    match spec:
        case AggregateMetric(where=where) if where is not None:
            for kind in KINDS:
                text = getattr(where, kind)
                if text is not None:
                    yield kind, text
        case PenetrationMetric(penetration=category):
            yield "category", category
        case AggregateMetric() | ExpressionMetric():
            return
        case _:
            assert_never(spec)


def _with_ids(spec: MetricSpec, ids: Mapping[str, str]) -> MetricSpec:
    match spec:
        case AggregateMetric(where=where) if where is not None and where.category is not None:
            category = ids.get(where.category, where.category)
            return spec.model_copy(update={"where": where.model_copy(update={"category": category})})
        case PenetrationMetric(penetration=category):
            return spec.model_copy(update={"penetration": ids.get(category, category)})
        case _:
            return spec
