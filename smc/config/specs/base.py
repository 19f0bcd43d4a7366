"""What every spec is: frozen, strict about its keys, and closed for arithmetic surprises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
LONGEST = 36_500
"""Days"""


class Spec(BaseModel):
    """A frozen value read from YAML. Unknown keys are refused; text is never turned into numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)
    former: ClassVar[Mapping[str, str]] = {}
    """Keys of earlier versions, and what to write instead."""


def length_in_days(value: object) -> object:
    """``30``, ``30d``, ``30 days``, ``2 weeks`` → days."""
    if isinstance(value, str):
        found = re.fullmatch(r"(\d+)\s*(d|days?|w|weeks?)?", value.strip())
        if found is None:
            raise ValueError("a length of time is written like '30 days' or '2 weeks'")
        return int(found[1]) * (7 if (found[2] or "d").startswith("w") else 1)
    return value


def _window(value: object) -> object:
    """A length of time as ``length_in_days`` takes it, or ``month``."""
    found = value if value == "month" else length_in_days(value)
    if isinstance(found, int) and not isinstance(found, bool) and not 1 <= found <= LONGEST:
        raise ValueError(f"a window has 1 to {LONGEST} days")
    return found


def _percent(value: object) -> object:
    """``10`` or ``10%`` → Decimal percent."""
    if isinstance(value, str):
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", value.strip())
        if found is None:
            raise ValueError("a share is written like '10%'")
        return Decimal(found[1])
    return value


def _day(value: object) -> object:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else "")
        except ValueError:
            raise ValueError("a date of the calendar is written like 2026-01-31") from None
    return value


def _number(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _path(value: object) -> object:
    return Path(value) if isinstance(value, str) else value


# Files are read strictly (config/document.py): neither true nor "5" is a number, 5 is no text. What is written in one
# type and kept in another is turned here; ``json_schema_input_type`` says to editors what may be written.
_DAYS_TEXT = Annotated[str, Field(pattern=r"^\d+ *(d|days?|w|weeks?)?$")]
_PERCENT_TEXT = Annotated[str, Field(pattern=r"^\d+(\.\d+)? *%?$")]

Name = Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
Days = Annotated[int, BeforeValidator(length_in_days, json_schema_input_type=int | _DAYS_TEXT), Field(ge=0, le=LONGEST)]
Window = Annotated[
    int | Literal["month"],
    BeforeValidator(_window, json_schema_input_type=int | _DAYS_TEXT | Literal["month"]),
]
"""So many days, as_of included, or the calendar month of as_of up to as_of."""
Number = Annotated[Decimal, BeforeValidator(_number)]
AnyPercent = Annotated[Number, BeforeValidator(_percent, json_schema_input_type=Decimal | _PERCENT_TEXT), Field(ge=0)]
Percent = Annotated[AnyPercent, Field(le=100)]
Day = Annotated[date, BeforeValidator(_day)]
FilePath = Annotated[Path, BeforeValidator(_path)]
HOST = (
    r"^([^\x00-\x20\x7f!\"#$%&'()*+,/:;<=>?@\[\\\]\^`{|}~]+|"
    r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?)$"
)
"""A name, or an address of version 4 or 6: what is shown in errors, so neither port nor user nor password."""
Host = Annotated[str, Field(pattern=HOST)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


def _json_number(value: Decimal) -> float:
    """A stored campaign version is JSON: a number there stays a number, so that it does not come back as text."""
    if not isinstance(value, Decimal):  # pydantic tries every member of a union
        raise TypeError("not a number")
    return float(value)


_JsonNumber = Annotated[Decimal, PlainSerializer(_json_number, return_type=float, when_used="json")]
Scalar = bool | int | _JsonNumber | date | str


_UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def bytes_of(size: str) -> int:
    """``500 MB`` → 500,000,000."""
    found = re.fullmatch(r"(\d+) *(kB|MB|GB|TB)", size)
    if found is None:
        raise ValueError(f"'{size}' is no size")
    return int(found[1]) * _UNITS[found[2]]
