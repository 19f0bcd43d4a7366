"""The kind ``metrics.yaml``: the shop's own metrics."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from smc.config.specs.base import Name, Scalar, Spec, Window
from smc.config.specs.rule import OPERATORS

FactName = Annotated[
    Name,
    Field(
        description="receipts, lines, orders, order_lines, events, web_events, messages, reactions, promocodes, cards, "
        "containers, bonuses, poll_answers, entries, steps, or a data mart of fields.yaml"
    ),
]


MetricWindow = Window | None


class FieldTest(Spec):
    """What a field must be; all that is given must hold. Both ends of ``between`` are included."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    equals: Scalar | None = None
    not_equals: Scalar | None = None
    less: Scalar | None = None
    at_most: Scalar | None = None
    more: Scalar | None = None
    at_least: Scalar | None = None
    between: tuple[Scalar, Scalar] | None = None
    in_: tuple[Scalar, ...] | None = Field(default=None, alias="in", min_length=1)
    not_in: tuple[Scalar, ...] | None = Field(default=None, min_length=1)
    contains: str | None = Field(default=None, min_length=1)
    starts_with: str | None = Field(default=None, min_length=1)
    empty: bool | None = None

    @model_validator(mode="after")
    def _some_operator(self) -> FieldTest:
        if not self.given:
            words = ", ".join(name.rstrip("_") for name in OPERATORS)
            raise ValueError(f"needs at least one operator of: {words}")
        return self

    @property
    def given(self) -> dict[str, object]:
        """Operators (``in`` as ``in_``) and what they compare with."""
        return {name: getattr(self, name) for name in OPERATORS if getattr(self, name) is not None}


MetricFilter = dict[Annotated[str, Field(min_length=1)], Scalar | FieldTest]
"""Field of the fact → the value it must equal, or a test. A category includes everything below it in the tree."""


class AggregateMetric(Spec):
    """A figure over the customer's rows of a fact; ``avg`` is the sum by the number of paid ones."""

    title: str
    aggregate: Literal["count", "sum", "avg", "min", "max", "median", "distinct"]
    over: FactName
    field: str | None = None
    where: MetricFilter = Field(default_factory=dict)
    window: Window | None = None


class PenetrationMetric(Spec):
    """Share of the customer's receipts that contain the category, 0 to 1."""

    title: str
    penetration: str = Field(min_length=1)
    window: Window | None = None


class ExpressionMetric(Spec):
    """Arithmetic over other metrics: names, numbers, + - * / and brackets.

    Division by zero, and what is too large for a number, give no value.
    """

    title: str
    expression: str = Field(min_length=1)


def _metric_kind(value: object) -> str | None:
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return next((kind for kind in ("aggregate", "penetration", "expression") if kind in keys), None)


MetricSpec = Annotated[
    Annotated[AggregateMetric, Tag("aggregate")]
    | Annotated[PenetrationMetric, Tag("penetration")]
    | Annotated[ExpressionMetric, Tag("expression")],
    Discriminator(_metric_kind),
]


class MetricsSpec(Spec):
    """``metrics.yaml``: the shop's own metrics."""

    metrics: dict[Name, MetricSpec] = Field(default_factory=dict)
