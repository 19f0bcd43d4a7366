"""Triggers that the calendar pulls: anniversaries, days since something, days that come again, dates of fields."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from smc.config.recurrence import comes, cron_days, horizon, rule_days
from smc.config.specs.base import Day, Days, Name, Number, Spec

Offset = Annotated[int, Field(ge=-3650, le=3650, description="Days after that day; below zero before it")]


class Every(Spec):
    """So many years, months or days from one anniversary to the next."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    years: int | None = Field(default=None, ge=1, le=100)
    months: int | None = Field(default=None, ge=1, le=1200)
    days: int | None = Field(default=None, ge=1, le=36_500)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(given is not None for given in (self.years, self.months, self.days)) != 1:
            raise ValueError("needs exactly one of: years, months, days")
        return self


class AnniversaryOf(Spec):
    """On the day on which a date comes round: every year, or ``every`` so many years, months or days.

    A day that a month does not have falls on its last one, February 29 on the 28th in common years. The day itself is
    no anniversary.
    """

    of: Name = Field(
        description="birth_date, registered_at, first_receipt, last_receipt, first_order, or a date of fields.yaml"
    )
    every: Every = Field(default=Every(years=1), description="`{years: N}`, `{months: N}` or `{days: N}`")
    offset: Offset = 0


class Anniversary(Spec):
    anniversary: AnniversaryOf


class DaysSinceOf(Spec):
    """So many days after the registration, the last paid receipt, the last order or the last visit of the site."""

    of: Literal["registered_at", "last_receipt", "last_order", "last_site_visit"] = Field(
        description="registered_at, last_receipt, last_order or last_site_visit"
    )
    days: Annotated[Days, Field(ge=1, le=3650)]


class DaysSince(Spec):
    days_since: DaysSinceOf


class DaysSinceLastReceipt(Spec):
    """So many days after the last paid receipt; short for ``days_since: {of: last_receipt, days: N}``."""

    days_since_last_receipt: Annotated[int, Field(ge=1, le=3650)]


class Repetition(Spec):
    """On days that come again, for the members of a segment on that day."""

    segment: Name
    cron: str | None = Field(
        default=None, description="Five fields as in a crontab; minute and hour are 0, for campaigns go by days"
    )
    rrule: str | None = Field(default=None, description="A rule of RFC 5545, as calendars have")
    start: Day | None = Field(default=None, description="The day that an RRULE counts from")

    @field_validator("cron")
    @classmethod
    def _cron(cls, text: str | None) -> str | None:
        first = date(2000, 1, 1)
        if text is not None and not comes(cron_days(text, first, horizon(first))):
            raise ValueError("this day never comes")
        return text

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.cron is None) == (self.rrule is None):
            raise ValueError("needs either cron or rrule")
        if (self.rrule is None) != (self.start is None):
            raise ValueError("needs start with rrule, the day that it counts from, and without rrule none")
        if self.start is not None and not comes(self.days(self.start, horizon(self.start))):
            raise ValueError("this day never comes")
        return self

    def days(self, since: date, until: date) -> Iterator[date]:
        """The days from ``since`` to ``until``, both included."""
        if self.rrule is not None and self.start is not None:
            return rule_days(self.rrule, self.start, since, until)
        return cron_days(self.cron or "", since, until)


class Repeat(Spec):
    repeat: Repetition


class DateOf(Spec):
    """On the day that stands in a date field of a customer, of a counted order or of a paid receipt."""

    object: Literal["customer", "order", "receipt"] = Field(description="customer, order or receipt")
    field: Name = Field(description="A date of smc or of fields.yaml")
    offset: Offset = 0


class OnDateOf(Spec):
    on_date_of: DateOf


class Expiring(Spec):
    """So many days before bonuses of a customer expire."""

    days: Annotated[Days, Field(le=365)] = Field(description="So many days before")
    at_least: Annotated[Number, Field(gt=0)] | None = Field(default=None, description="Only so many or more")
    account: str | None = Field(default=None, min_length=1, description="One account; all together when left out")


class BonusesExpire(Spec):
    bonuses_expire: Expiring


class Credit(Spec):
    """Points or bonuses were given: by receipts of a day, or by campaigns on the day before.

    What the campaign itself gives counts too; one that would feed itself without an end is refused.
    """

    kind: Literal["points", "bonuses"] = Field(
        default="bonuses", description="points or bonuses; receipts give bonuses"
    )
    at_least: Annotated[Number, Field(gt=0)] | None = Field(default=None, description="Only so many or more")


class Credited(Spec):
    credited: Credit
