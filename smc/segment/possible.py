"""Comparisons that nobody can meet, whatever the data are. Light imports only: validation reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from smc.config.problem import nearest
from smc.config.specs.metric import AggregateMetric, MetricsSpec
from smc.config.specs.rule import Comparison
from smc.config.values import Mistake, key_of_operator
from smc.model.metrics import BY_NAME
from smc.segment.vocabulary import EXACT
from smc.segment.walk import Path

Limits = tuple[int | None, int | None]
"""The lowest and the highest number that a metric can be; None is no limit."""

_EXACTLY: dict[str, Limits] = {"favourite_weekday": (1, 7), "favourite_hour": (0, 23)}
_BELOW_ZERO = frozenset({"days_until_bonus_expires", "days_since_registration"})
_COUNTS = ("count", "distinct")


def range_of(metric: str, own: MetricsSpec) -> Limits:
    """What numbers a metric can be. Counts and days since something are never below zero; sums may be."""
    if metric in _EXACTLY:
        return _EXACTLY[metric]
    if metric in BY_NAME:
        counted = BY_NAME[metric].type == "integer" and metric not in _BELOW_ZERO
    else:
        spec = own.metrics.get(metric)
        counted = isinstance(spec, AggregateMetric) and spec.aggregate in _COUNTS
    return (0, None) if counted else (None, None)


def out_of_range(comparison: Comparison, limits: Limits) -> Iterator[tuple[Path, Mistake]]:
    """Values that the metric never has, with their paths from the comparison on."""
    low, high = limits
    operator = comparison.operator
    for part, value in _numbers(comparison.operand):
        below = (*EXACT, "less", "at_most") if part != (1,) else (*EXACT, "between")
        above = (*EXACT, "more", "at_least") if part != (0,) else (*EXACT, "between")
        at: Path = (key_of_operator(operator), *part)
        if low is not None and operator in below and (value < low or (operator == "less" and value == low)):
            yield at, Mistake(f"{_name(comparison)} is never below {low}, so nobody could match", "Raise the number.")
        if high is not None and operator in above and (value > high or (operator == "more" and value == high)):
            yield at, Mistake(f"{_name(comparison)} is never above {high}, so nobody could match", "Lower the number.")


def not_among(comparison: Comparison, one_of: Sequence[str | int]) -> Iterator[tuple[Path, Mistake]]:
    """Values that a field never has, with their paths from the comparison on."""
    if not one_of or comparison.operator not in EXACT:
        return
    several = isinstance(comparison.operand, tuple)
    for number, value in enumerate(comparison.operand if several else (comparison.operand,)):
        if isinstance(value, type(one_of[0])) and value not in one_of:
            at = (key_of_operator(comparison.operator), *((number,) if several else ()))
            remedy = nearest(str(value), map(str, one_of))
            yield at, Mistake(f"{_name(comparison)} is never '{value}'", remedy)


def _name(comparison: Comparison) -> str:
    """The field or metric that is compared, in quotes."""
    return f"'{getattr(comparison, 'field', None) or getattr(comparison, 'name', '')}'"


def _numbers(operand: object) -> Iterator[tuple[tuple[int, ...], int | Decimal]]:
    """Numbers with their places; what is no number is another mistake."""
    if isinstance(operand, tuple):
        for number, value in enumerate(operand):
            yield from (((number, *at), found) for at, found in _numbers(value))
    elif isinstance(operand, int | Decimal) and not isinstance(operand, bool):
        yield (), operand
