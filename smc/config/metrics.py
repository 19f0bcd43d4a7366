"""Every metric of a project, built in and its own, and how each is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from smc.config.expression import ExpressionError, compiled, parse
from smc.config.specs.project import AggregateMetric, ExpressionMetric, MetricFilter, MetricsSpec, PenetrationMetric
from smc.model.metrics import BY_NAME, WINDOW_DAYS, Metric

NUMBERS = {
    "receipts": ("total", "discount", "bonus_paid", "bonus_accrued"),
    "lines": ("quantity", "amount", "price", "discount"),
}
"""Fields that sum, avg, min, max and median take."""
KINDS = {
    "receipts": ("store_id", "promocode", "source", "day"),
    "lines": ("product_id", "category_id", "brand", "receipt_id"),
}
"""Fields that distinct takes."""

_NOTHING = "cast(null as double)"
_ZERO_WHEN_NONE = ("count", "distinct", "sum")
_INTEGER = ("count", "distinct")


def catalog(metrics: MetricsSpec) -> dict[str, Metric]:
    """Built-in metrics and the project's own by name, in the order of ``metrics.yaml``.

    ``Metric.read`` is SQL text over ``m`` (customer_metric), ``x`` (custom_metric), ``c`` (customer) and ``$as_of``.
    An expression that check_metrics refuses (syntax, unknown name, cycle) reads as null, so that everything else
    of a broken project can still be checked; such a project never runs.
    """
    own = {
        name: _stored(name, spec) for name, spec in metrics.metrics.items() if not isinstance(spec, ExpressionMetric)
    }
    expressions = {name: spec for name, spec in metrics.metrics.items() if isinstance(spec, ExpressionMetric)}
    stored = {**own, **BY_NAME}
    for name, spec in expressions.items():
        read = _expression_sql(name, stored, expressions, ())
        own[name] = Metric(name, spec.title, "decimal", read, " ".join(spec.expression.split()))
    return {**BY_NAME, **{name: own[name] for name in metrics.metrics if name not in BY_NAME}}


def denominator(spec: PenetrationMetric) -> str | None:
    """Built-in metric that counts the receipts a penetration is a share of; None when its window is not built in."""
    if spec.window is None:
        return "receipts"
    suffix = WINDOW_DAYS.get(spec.window)
    return None if suffix is None else f"receipts_{suffix}"


def denominator_column(name: str) -> str:
    """Column of custom_metric for the receipts in a window that is not built in; no metric can have such a name."""
    return f"{name}:receipts"


def _stored(name: str, spec: AggregateMetric | PenetrationMetric) -> Metric:
    column = f'x."{name}"'
    match spec:
        case AggregateMetric():
            read = f"coalesce({column}, 0)" if spec.aggregate in _ZERO_WHEN_NONE else column
            return Metric(name, spec.title, "integer" if spec.aggregate in _INTEGER else "decimal", read, _words(spec))
        case PenetrationMetric():
            built_in = denominator(spec)
            below = f"m.{built_in}" if built_in else f'x."{denominator_column(name)}"'
            read = f"cast(coalesce({column}, 0) as double) / nullif(cast({below} as double), 0)"
            words = f"paid receipts with a line of category {spec.penetration} or below / paid receipts"
            return Metric(name, spec.title, "decimal", read, words + _window(spec.window))
        case _:
            assert_never(spec)


def _words(spec: AggregateMetric) -> str:
    """The definition of an aggregate in words; see smc/metric/custom.py for its SQL."""
    of = {"avg": f"sum of {spec.field} / number of paid", "distinct": f"number of different {spec.field} of"}
    what = of.get(spec.aggregate, f"{spec.aggregate} of {spec.field} of" if spec.field else "number of")
    among = "paid and returned " if spec.aggregate == "sum" else "" if spec.aggregate == "avg" else "paid "
    things = "receipts" if spec.over == "receipts" else "lines"
    return f"{what} {among}{things}{_where(spec.where)}{_window(spec.window)}"


def _where(where: MetricFilter | None) -> str:
    given = where.model_dump(exclude_none=True) if where else {}
    return "".join(f", {key} {_range(value)}" for key, value in given.items())


def _range(value: object) -> str:
    if isinstance(value, Mapping):
        return " and ".join(f"{bound.replace('_', ' ')} {number}" for bound, number in value.items())
    return str(value)


def _window(days: int | None) -> str:
    return f", in the last {days} days" if days else ""


def _expression_sql(
    name: str, stored: Mapping[str, Metric], expressions: Mapping[str, ExpressionMetric], above: tuple[str, ...]
) -> str:
    if name in stored:
        return stored[name].read
    if name in above or name not in expressions:
        return _NOTHING
    try:
        term = parse(expressions[name].expression)
    except ExpressionError:
        return _NOTHING
    return compiled(term, lambda inner: _expression_sql(inner, stored, expressions, (*above, name)))
