"""Every metric of a project, built in and its own, and how each is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from smc.config.expression import ExpressionError, compiled, inexact, names, parse
from smc.config.facts import facts_of
from smc.config.specs.metric import (
    AggregateMetric,
    ExpressionMetric,
    FieldTest,
    MetricsSpec,
    MetricWindow,
    PenetrationMetric,
)
from smc.config.specs.project import FieldsSpec
from smc.config.values import detail_kind
from smc.model.fact import detail_as
from smc.model.facts import LINES, OF_LINES, SHORT, TOTAL, Fact, FactField, FactType
from smc.model.metrics import (
    BY_NAME,
    WINDOW_DAYS,
    Aggregate,
    Function,
    Metric,
    MetricType,
    Test,
    TestValue,
    read_of,
)

NUMBERS: tuple[FactType, ...] = ("integer", "decimal")
TIMES: tuple[FactType, ...] = ("date", "datetime")

_OF_RECEIPT = {
    "lines": FactField(TOTAL, "Total of the receipt", "decimal", "r.total", ("r",)),
    "order_lines": FactField(TOTAL, "Total of the order", "decimal", "o.total", ("o",)),
}
_NOTHING = "cast(null as double)"
_LARGEST = "1.7976931348623157e308"


@dataclass(frozen=True, slots=True)
class Found:
    """A field that a metric names, and the fact whose row has it: the metric's own, or that of the receipt's lines."""

    fact: Fact
    field: FactField


def find_field(facts: Mapping[str, Fact], over: str, name: str) -> Found | None:
    """A field by its name or short name; None when the fact has none. Receipts and orders have those of their lines."""
    fact = facts[over]
    for known in dict.fromkeys((name, SHORT.get(name, name))):
        if field := fact.field(known):
            return Found(fact, field)
        if known == TOTAL and over in _OF_RECEIPT:
            return Found(fact, _OF_RECEIPT[over])
        if known in OF_LINES and over in LINES:
            lines = facts[LINES[over]]
            of_line = lines.field(known)
            return Found(lines, of_line) if of_line else None
    return None


def find_operand(facts: Mapping[str, Fact], over: str, name: str, function: Function) -> Found | None:
    """The field of a figure; a detail of an event is read as a number."""
    found = find_field(facts, over, name)
    if found is None or function in ("count", "distinct"):
        return found
    return replace(found, field=detail_as(found.field, "decimal"))


def find_tested(facts: Mapping[str, Fact], over: str, test: Test) -> Found | None:
    """The field of a test; a detail of an event is read as what it is compared with."""
    found = find_field(facts, over, test.field)
    if found is None:
        return None
    return replace(found, field=detail_as(found.field, _detail(test.operator, test.values)))


def given_as(field: FactField, given: object) -> FactField:
    """The field as ``where`` asks for it; a detail of an event is told by everything that it is compared with."""
    kinds = [_detail(operator, values) for operator, values in _tests(given) if operator != "empty"]
    return detail_as(field, next((kind for kind in kinds if kind != "string"), "string"))


def _detail(operator: str, values: tuple[TestValue, ...]) -> FactType:
    match detail_kind(operator, values if operator in ("in_", "not_in", "between") else values[0]):
        case "decimal" | "boolean" | "datetime" as kind:
            return kind
        case _:
            return "string"


def field_names(facts: Mapping[str, Fact], over: str) -> list[str]:
    """Every name that ``find_field`` knows, but the details of events."""
    found = [*facts[over].names, *(OF_LINES if over in LINES else ())]
    return [*found, *([TOTAL] if over in _OF_RECEIPT else []), *(s for s, name in SHORT.items() if name in found)]


def takes(function: Function, kind: FactType) -> bool:
    """Whether an aggregate makes sense of a field of this type."""
    match function:
        case "count":
            return False
        case "distinct":
            return True
        case "min" | "max":
            return kind in NUMBERS or kind in TIMES
        case "sum" | "avg" | "median":
            return kind in NUMBERS
        case _:
            assert_never(function)


def result_type(function: Function, kind: FactType | None) -> MetricType:
    """What an aggregate over a field of this type gives; ``kind`` None where the field is not known."""
    if function in ("count", "distinct"):
        return "integer"
    if function in ("min", "max") and kind in TIMES:
        return "date"
    return "integer" if function in ("sum", "min", "max") and kind == "integer" else "decimal"


def aggregate_of(spec: AggregateMetric) -> Aggregate:
    """The metric as a value without YAML."""
    tests = tuple(Test(name, *found) for name, given in spec.where.items() for found in _tests(given))
    return Aggregate(spec.aggregate, spec.over, spec.field, tests, spec.window)


def _tests(given: object) -> list[tuple[str, tuple[TestValue, ...]]]:
    if not isinstance(given, FieldTest):
        return [("equals", _values(given))]
    return [(operator, _values(operand)) for operator, operand in given.given.items()]


def _values(operand: object) -> tuple[TestValue, ...]:
    match operand:
        case tuple():
            return operand
        case str() | int() | Decimal() | date():
            return (operand,)
        case _:
            raise TypeError(type(operand).__name__)


def catalog(metrics: MetricsSpec, fields: FieldsSpec) -> dict[str, Metric]:
    """Built-in metrics and the project's own by name, in the order of ``metrics.yaml``.

    ``Metric.read`` is SQL text over ``m`` (customer_metric), ``a`` (customer_activity), ``x`` (custom_metric), ``c``
    (customer) and ``$as_of``. A metric over a field or a mart that ``fields`` does not know is a decimal.
    An expression that check_metrics refuses (syntax, unknown name, cycle) reads as null, so that everything else
    of a broken project can still be checked; such a project never runs.
    """
    facts = facts_of(fields)
    own = {
        name: _stored(name, spec, facts)
        for name, spec in metrics.metrics.items()
        if not isinstance(spec, ExpressionMetric)
    }
    expressions = {name: spec for name, spec in metrics.metrics.items() if isinstance(spec, ExpressionMetric)}
    stored = {**own, **BY_NAME}
    for name, spec in expressions.items():
        read = _expression_sql(name, stored, expressions, ())
        own[name] = Metric(name, spec.title, "decimal", read, " ".join(spec.expression.split()))
    return {**BY_NAME, **{name: own[name] for name in metrics.metrics if name not in BY_NAME}}


def parts_of(spec: ExpressionMetric) -> tuple[str, ...]:
    """The metrics that an expression names, each once."""
    return tuple(dict.fromkeys(names(parse(spec.expression))))


def denominator(spec: PenetrationMetric) -> str | None:
    """Built-in metric that counts the receipts a penetration is a share of; None when its window is not built in."""
    if spec.window is None:
        return "receipts"
    suffix = "month" if spec.window == "month" else WINDOW_DAYS.get(spec.window)
    return None if suffix is None else f"receipts_{suffix}"


def denominator_column(name: str) -> str:
    """Column of custom_metric for the receipts in a window that is not built in; no metric can have such a name."""
    return f"{name}:receipts"


def _stored(name: str, spec: AggregateMetric | PenetrationMetric, facts: Mapping[str, Fact]) -> Metric:
    column = f'"{name}"'
    match spec:
        case AggregateMetric():
            known = spec.field and spec.over in facts
            found = find_operand(facts, spec.over, spec.field or "", spec.aggregate) if known else None
            kind = result_type(spec.aggregate, found.field.type if found else None)
            return Metric(name, spec.title, kind, read_of("x", column, aggregate_of(spec)), _words(spec, facts))
        case PenetrationMetric():
            built_in = denominator(spec)
            below = f"m.{built_in}" if built_in else f'x."{denominator_column(name)}"'
            read = f"cast(coalesce(x.{column}, 0) as double) / nullif(cast({below} as double), 0)"
            words = f"paid receipts with a line of category {spec.penetration} or below / paid receipts"
            return Metric(name, spec.title, "decimal", read, words + _window(spec.window))
        case _:
            assert_never(spec)


def _words(spec: AggregateMetric, facts: Mapping[str, Fact]) -> str:
    """The definition of an aggregate in words; see smc/metric/aggregate.py for its SQL."""
    of = {"avg": f"sum of {spec.field} / number of", "distinct": f"number of different {spec.field} of"}
    what = of.get(spec.aggregate, f"{spec.aggregate} of {spec.field} of" if spec.field else "number of")
    where = "".join(f", {name} {_test(given)}" for name, given in spec.where.items())
    return f"{what} {_among(spec)}{facts[spec.over].title.lower() if spec.over in facts else spec.over}{where}" + (
        _window(spec.window)
    )


def _among(spec: AggregateMetric) -> str:
    if spec.over not in ("receipts", "lines") or "status" in spec.where:
        return ""
    return "paid and returned " if spec.aggregate == "sum" else "paid "


def _test(given: object) -> str:
    if not isinstance(given, FieldTest):
        return str(given)
    return " and ".join(
        f"{name.strip('_').replace('_', ' ')} {_operand(operand)}" for name, operand in given.given.items()
    )


def _operand(operand: object) -> str:
    return ", ".join(map(str, operand)) if isinstance(operand, tuple) else str(operand)


def _window(window: MetricWindow) -> str:
    return "" if window is None else ", this month" if window == "month" else f", in the last {window} days"


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
    text = compiled(term, lambda inner: _expression_sql(inner, stored, expressions, (*above, name)))
    return f"case when abs({text}) <= {_LARGEST} then {text} end" if inexact(term) else text
