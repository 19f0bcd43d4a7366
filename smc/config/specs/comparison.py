"""Operators: what a value may be compared with, and bounds of a figure."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from smc.config.specs.base import Days, Number, Scalar, Spec

OPERATORS = (
    "equals", "not_equals", "less", "at_most", "more", "at_least",
    "between", "in_", "not_in", "contains", "starts_with", "empty",
)  # fmt: skip
_COMPARISONS = (*OPERATORS, "anniversary")
_YEAR = 366


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(name.rstrip("_") for name in names)


class Operators(Spec):
    """``between`` includes both ends; ``empty: true`` means no value."""

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


class Anniversary(Spec):
    """The day and month of a date, a year or more later; February 29 falls on the 28th in common years.

    ``on`` one day, ``within`` so many days from today on, today included, or ``between`` two days, both included.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    on: str | None = None
    within: Days | None = Field(default=None, ge=1, le=_YEAR)
    between: tuple[str, str] | None = None

    @model_validator(mode="after")
    def _one(self) -> Anniversary:
        if sum(given is not None for given in (self.on, self.within, self.between)) != 1:
            raise ValueError("needs exactly one of: on, within, between")
        return self


class Comparison(Operators):
    """Exactly one operator."""

    # for editors: the name of what is compared, and one operator
    model_config = ConfigDict(json_schema_extra={"minProperties": 2, "maxProperties": 2})

    anniversary: Anniversary | None = None

    @model_validator(mode="after")
    def _one_operator(self) -> Comparison:
        if sum(getattr(self, name) is not None for name in _COMPARISONS) != 1:
            raise ValueError(f"needs exactly one operator of: {_words(_COMPARISONS)}")
        return self

    @property
    def operator(self) -> str:
        return next(name for name in _COMPARISONS if getattr(self, name) is not None)

    @property
    def operand(self) -> Any:
        return getattr(self, self.operator)


class RowTest(Operators):
    """What a field of a row must be; all that is given must hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _some_operator(self) -> RowTest:
        if not self.given:
            raise ValueError(f"needs at least one operator of: {_words(OPERATORS)}")
        return self

    @property
    def given(self) -> tuple[tuple[str, Any], ...]:
        """Operators (``in`` as ``in_``) and what they compare with."""
        return tuple((name, getattr(self, name)) for name in OPERATORS if getattr(self, name) is not None)


def _spread(value: object) -> object:
    """``paid`` → ``{equals: paid}``, ``[paid, returned]`` → ``{in: [paid, returned]}``."""
    if isinstance(value, list | tuple):
        return {"in": value}
    return value if value is None or isinstance(value, dict | Spec) else {"equals": value}


Test = Annotated[RowTest, BeforeValidator(_spread, json_schema_input_type=RowTest | Scalar | tuple[Scalar, ...])]
"""A value to equal, a list of values to be among, or operators."""

Where = Annotated[dict[Annotated[str, Field(min_length=1)], Test], Field(min_length=1)]
"""Field of a row → what it must be; all must hold."""


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Texts = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...]),
    Field(min_length=1),
]
"""One text, or a list of texts of which one must fit."""


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


class Figure(Range):
    """A figure over a field of rows, and its bounds."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 2})

    field: str


class Window(Spec):
    """Which days: the last N, ``between`` two days, or ``since`` and ``until`` a day; ends are included."""

    within: Days | None = Field(default=None, ge=1, description="Only the last N days, as_of included")
    between: tuple[str, str] | None = Field(default=None, description="Two days, such as [2017-12-01, today]")
    since: str | None = Field(default=None, description="A day, such as 2017-12-31, 30 days ago or start of month")
    until: str | None = Field(default=None, description="A day, such as 2017-12-31, yesterday or end of last month")

    @model_validator(mode="after")
    def _one_way(self) -> Window:
        ways = (self.within, self.between, self.since or self.until)
        if sum(way is not None for way in ways) > 1:
            raise ValueError("takes one of: within, between, since and until")
        return self
