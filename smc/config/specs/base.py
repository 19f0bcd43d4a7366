"""What every spec is: frozen, strict about its keys, and closed for arithmetic surprises."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Spec(BaseModel):
    """A frozen value read from YAML. Unknown keys are refused; text is never turned into numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError("a name is lower-case letters, digits and _, beginning with a letter")
    return value


def _days(value: object) -> object:
    """``30``, ``30d``, ``30 days``, ``2 weeks`` → days."""
    if isinstance(value, str):
        found = re.fullmatch(r"(\d+)\s*(d|days?|w|weeks?)?", value.strip())
        if found is None:
            raise ValueError("a length of time is written like '30 days' or '2 weeks'")
        return int(found[1]) * (7 if (found[2] or "d").startswith("w") else 1)
    return value


def _percent(value: object) -> object:
    """``10`` or ``10%`` → Decimal percent."""
    if isinstance(value, str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", value.strip())
        if found is None:
            raise ValueError("a share is written like '10%'")
        return Decimal(found[1])
    return value


Name = Annotated[str, AfterValidator(_name)]
Days = Annotated[int, BeforeValidator(_days), Field(ge=0, le=36_500)]
Percent = Annotated[Decimal, BeforeValidator(_percent), Field(ge=0, le=100)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Scalar = bool | int | Decimal | date | str
