"""The kind ``promocodes.yaml``: groups of codes that campaigns give to customers."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from smc.config.specs.base import Days, Name, Spec

LOOK_ALIKES_OUT = "ACDEFGHJKMNPQRTUVWXY34679"
"""No 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B."""


def _distinct(alphabet: str) -> str:
    if len(set(alphabet)) < len(alphabet):
        raise ValueError("a sign is there twice")
    return alphabet


class CodeFormat(Spec):
    """How codes are made: a fixed beginning and so many random signs. Tills need not mind capitals."""

    prefix: str = Field(default="", pattern=r"^[A-Z0-9_-]{0,20}$")
    length: int = Field(default=8, ge=4, le=32, description="random signs behind the prefix")
    alphabet: Annotated[str, Field(pattern=r"^[A-Z0-9]{10,36}$"), AfterValidator(_distinct)] = LOOK_ALIKES_OUT


class CodeGroup(Spec):
    """Codes that give the same. Each is given to one customer and can be used once."""

    title: str
    format: CodeFormat | None = Field(default=None, description="needed to generate codes")
    lifetime: Days | None = Field(default=None, ge=1, description="days after the day of issue; without it no end")
    at_least: Days = Field(
        default=1, description="a code is given only if it is valid for so many days after that of its issue"
    )
    low: int = Field(default=0, ge=0, description="a run warns when fewer codes are left")

    @model_validator(mode="after")
    def _lives(self) -> Self:
        if self.lifetime is not None and self.at_least > self.lifetime:
            raise ValueError(f"at_least is {self.at_least} days, but a code lives {self.lifetime} days after its issue")
        return self


class PromocodesSpec(Spec):
    """``promocodes.yaml``: the groups of codes. The codes come by ``smc promocode`` or by a feed."""

    groups: dict[Name, CodeGroup] = Field(default_factory=dict)
