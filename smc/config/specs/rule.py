"""A rule: which customers. One key names each condition; ``all``, ``any`` and ``not`` nest."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from smc.config.specs.base import Days, Name, Number, Percent, Scalar, Spec
from smc.config.specs.case import CaseSpec

OPERATORS = (
    "equals", "not_equals", "less", "at_most", "more", "at_least",
    "between", "in_", "not_in", "contains", "starts_with", "empty",
)  # fmt: skip


class Comparison(Spec):
    """Exactly one operator. ``between`` includes both ends; ``empty: true`` means no value."""

    # for editors: the name of what is compared, and one operator
    model_config = ConfigDict(json_schema_extra={"minProperties": 2, "maxProperties": 2})

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
    def _one_operator(self) -> Comparison:
        given = [name for name in OPERATORS if getattr(self, name) is not None]
        if len(given) != 1:
            words = ", ".join(name.rstrip("_") for name in OPERATORS)
            raise ValueError(f"needs exactly one operator of: {words}")
        return self

    @property
    def operator(self) -> str:
        return next(name for name in OPERATORS if getattr(self, name) is not None)

    @property
    def operand(self) -> Any:
        return getattr(self, self.operator)


class AttributeCondition(Comparison):
    """A system or custom field of the customer."""

    field: str


class MetricCondition(Comparison):
    """A built-in or custom metric."""

    name: str


class Range(Spec):
    """A lower bound, an upper bound, or both; both ends are included."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _some_bound(self) -> Range:
        if self.at_least is None and self.at_most is None:
            raise ValueError("needs at_least, at_most, or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("the bound at_least is above at_most, so nobody could match")
        return self


Score = Annotated[int, Field(ge=1, le=5)]


class RfmCondition(Spec):
    """Scores of the customer, 1 to 5 with 5 best, or the name of a cell. All given parts must hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    recency: tuple[Score, ...] | None = Field(default=None, min_length=1)
    frequency: tuple[Score, ...] | None = Field(default=None, min_length=1)
    monetary: tuple[Score, ...] | None = Field(default=None, min_length=1)
    cell: Name | None = None

    @model_validator(mode="after")
    def _something(self) -> RfmCondition:
        if self.recency is None and self.frequency is None and self.monetary is None and self.cell is None:
            raise ValueError("needs recency, frequency, monetary or cell")
        return self


class BoughtCondition(Spec):
    """Paid lines that match what is given. There is always at least one paid receipt; bounds narrow that."""

    category: str | None = None
    product: str | None = None
    brand: str | None = None
    store: str | None = None
    within: Days | None = Field(default=None, ge=1, description="Only the last N days, as_of included")
    receipts: Range | None = None
    quantity: Range | None = None
    amount: Range | None = None


class SubscribedCondition(Spec):
    """The customer's permission for a channel and category."""

    channel: Name
    category: Name
    state: Literal["yes", "no", "unknown"] = "yes"


class SampleCondition(Spec):
    """A stable random share of all customers; the same salt gives the same people for ever."""

    percent: Percent
    salt: str = Field(min_length=1)


class AllRule(Spec):
    all: tuple[Rule, ...] = Field(min_length=1)


class AnyRule(Spec):
    any: tuple[Rule, ...] = Field(min_length=1)


class NotRule(Spec):
    not_: Rule = Field(alias="not")


class AttributeRule(Spec):
    attribute: AttributeCondition


class MetricRule(Spec):
    metric: MetricCondition


class RfmRule(Spec):
    rfm: RfmCondition


class BoughtRule(Spec):
    bought: BoughtCondition


class TagRule(Spec):
    tag: Name


class SubscribedRule(Spec):
    subscribed: SubscribedCondition


class InSegmentRule(Spec):
    in_segment: Name


class SampleRule(Spec):
    sample: SampleCondition


def only_key(value: Any) -> str | None:
    """The one key of a mapping, or of a spec that stands for such a mapping."""
    if isinstance(value, dict):
        return next(iter(value)) if len(value) == 1 else None
    fields = type(value).model_fields if isinstance(value, Spec) else {}
    return next((field.alias or name for name, field in fields.items()), None)


Rule = Annotated[
    Annotated[AllRule, Tag("all")]
    | Annotated[AnyRule, Tag("any")]
    | Annotated[NotRule, Tag("not")]
    | Annotated[AttributeRule, Tag("attribute")]
    | Annotated[MetricRule, Tag("metric")]
    | Annotated[RfmRule, Tag("rfm")]
    | Annotated[BoughtRule, Tag("bought")]
    | Annotated[TagRule, Tag("tag")]
    | Annotated[SubscribedRule, Tag("subscribed")]
    | Annotated[InSegmentRule, Tag("in_segment")]
    | Annotated[SampleRule, Tag("sample")],
    Discriminator(only_key),
]


class SegmentSpec(Spec):
    """A named rule. Members are kept with the days they entered and left."""

    title: str
    rule: Rule


class SegmentsSpec(Spec):
    """The kind of ``segments/*.yaml``."""

    segments: dict[Name, SegmentSpec] = Field(min_length=1)
    tests: dict[Name, CaseSpec] = Field(default={}, description="Tests of segments, run by smc test.")


def rule_key(rule: Rule) -> str:
    """Name of an unnamed rule in ``rule_member``: the same condition written twice is one rule."""
    text = rule.model_dump_json(by_alias=True, exclude_none=True)
    return sha256(text.encode()).hexdigest()
