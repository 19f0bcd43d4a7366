"""Bodies of the steps that are no messages and have no branches: accruals, fields, calls, notices and webhooks."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from smc.config.specs.base import Days, Name, Number, Percent, Scalar, Spec

Amount = Annotated[Number, Field(gt=0, le=Decimal(10_000_000), decimal_places=2)]
Lifetime = Annotated[Days, Field(ge=1, description="days after the day of accrual; without it no end")]
Text = Annotated[str, Field(min_length=1, max_length=2_000)]


class Points(Spec):
    """Give points."""

    amount: Amount = Field(description="so many points")
    lifetime: Lifetime | None = None


class PointsStep(Spec):
    points: Points


class Bonuses(Spec):
    """Give bonuses: an amount, or a percentage of the total that the trigger knows."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    amount: Amount | None = Field(default=None, description="so many bonuses")
    percent: Annotated[Percent, Field(gt=0)] | None = Field(
        default=None, description="share of the total that the trigger knows"
    )
    lifetime: Lifetime | None = None
    account: Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")] = Field(
        default="main", description="bonus account"
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.amount is None) == (self.percent is None):
            raise ValueError("needs either amount or percent")
        return self


class BonusesStep(Spec):
    bonuses: Bonuses


class Attribute(Spec):
    """Set fields of the customer that fields.yaml declares ``writable``. They have the values from the next day on."""

    set: dict[Name, Scalar] = Field(min_length=1, description="fields of customers and their values")


class AttributeStep(Spec):
    attribute: Attribute


class Call(Spec):
    """Put the customer on a list of the call centre. ``note`` may hold variables; priority 1 is called first."""

    list: Name = Field(description="list of smc.yaml (calls)")
    note: Annotated[str, Field(max_length=2_000)] = Field(
        default="", description="what the operator should know; it may hold variables"
    )
    priority: int = Field(default=5, ge=1, le=9, description="1 is called first, 9 last")


class CallStep(Spec):
    call: Call


class Notify(Spec):
    """Tell people of the shop by e-mail: a line for each customer, one letter for all of a run."""

    to: tuple[Name, ...] = Field(min_length=1, description="people of smc.yaml")
    text: Text = Field(description="the line of a customer; it may hold variables")


class NotifyStep(Spec):
    notify: Notify


class Webhook(Spec):
    """Post JSON to a webhook of smc.yaml. ``body``: its fields, whose texts may hold variables."""

    to: Name = Field(description="webhook of smc.yaml")
    body: dict[Annotated[str, Field(min_length=1, max_length=64)], Scalar] = Field(
        default_factory=dict, max_length=64, description="fields of the JSON; texts may hold variables"
    )


class WebhookStep(Spec):
    webhook: Webhook


EffectStep = PointsStep | BonusesStep | AttributeStep | CallStep | NotifyStep | WebhookStep
