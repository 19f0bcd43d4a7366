"""A test beside rules: some customers and what they did, and who must be a member on a day."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from smc.config.specs.base import Day, Name, Spec


class Expected(Spec):
    """All members (``exactly``, or a plain list); or some who must be members and some who must not."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    exactly: tuple[str, ...] | None = None
    has: tuple[str, ...] = ()
    not_: tuple[str, ...] = Field(default=(), alias="not")

    @model_validator(mode="after")
    def _something(self) -> Expected:
        some = bool(self.has or self.not_)
        if some == (self.exactly is not None):
            raise ValueError("needs either the list of all members, or has, not, or both of these")
        return self


def _listed(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    if wrong := [one for one in value if not isinstance(one, str)]:
        raise ValueError(f'an id is a text; write it in quotes: "{wrong[0]}"')
    return {"exactly": value}


Members = Annotated[Expected, BeforeValidator(_listed, json_schema_input_type=tuple[str, ...] | Expected)]


class CaseSpec(Spec):
    """One test. ``given``: rows by object, such as customer and receipt; what is left out is filled in.

    ``expect``: by segment all of its members, or ``has`` and ``not``.
    """

    title: str = ""
    as_of: Day
    given: dict[Name, tuple[Any, ...]] = Field(min_length=1)
    expect: dict[Name, Members] = Field(min_length=1)


class NightExpected(Spec):
    """What a night must bring, wholly: who entered, letters by customer, reasons of those who get none."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    entered: tuple[str, ...] | None = None
    messages: dict[str, Name] | None = Field(default=None, description="customer: template, or channel")
    suppressed: dict[str, Name] | None = Field(default=None, description="customer: reason")

    @model_validator(mode="after")
    def _something(self) -> NightExpected:
        if self.entered is None and self.messages is None and self.suppressed is None:
            raise ValueError("needs entered, messages or suppressed")
        return self


class NightSpec(Spec):
    """A night of a test: rows that came until then, and what it must bring."""

    as_of: Day
    given: dict[Name, tuple[Any, ...]] = Field(default={})
    expect: NightExpected


class CampaignCaseSpec(Spec):
    """One test of a campaign: some nights, one after another."""

    title: str = ""
    nights: tuple[NightSpec, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> CampaignCaseSpec:
        days = [night.as_of for night in self.nights]
        if sorted(set(days)) != days:
            raise ValueError("nights go forwards, each day once")
        return self
