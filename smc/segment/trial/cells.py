"""A value of a test as the text that a feed would bring. Nothing is rounded or guessed; relative days are fixed."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, assert_never

from smc.config.days import REMEDY, Mistake, day_of
from smc.config.problem import nearest
from smc.model.field import Field, Type

NOON = "12:00:00"
_DIGITS: dict[Type, int] = {"decimal": 2, "quantity": 3, "number": 4}
_CLOCK = re.compile(r"(?P<day>.+?)[ T](?P<clock>\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)")
_TIME_REMEDY = "Write a time like 2017-12-31 18:30, 'today - 30 days 18:30', or a day, which means noon of it."


def text_of(field: Field, value: Any, as_of: date) -> str:  # noqa: PLR0911 - one arm for each type
    """Raises ``Mistake`` when the value does not fit the field. Times come without an offset unless one is given."""
    match field.type:
        case "string":
            return _text(field, value)
        case "integer" | "long":
            return _whole(value)
        case "decimal" | "quantity" | "number":
            return _exact(value, _DIGITS[field.type])
        case "boolean":
            return _boolean(value)
        case "date":
            return _day(value, as_of, REMEDY).isoformat()
        case "datetime":
            return _time(value, as_of)
        case "map":
            return _map(value)
        case _:
            assert_never(field.type)


def shown(value: Any) -> str:
    """A value in a message."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            return "keys with values"
        case tuple():
            return "a list"
        case _:
            return f"'{value}'" if isinstance(value, str) else str(value)


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        remedy = "" if isinstance(value, dict | tuple) else f'Put it into quotes: "{str(value).lower()}".'
        raise Mistake(f"{field.name} is a text, but here is {shown(value)}", remedy)
    if field.one_of and value not in field.one_of:
        raise Mistake(f"{field.name} cannot be '{value}'", nearest(value, field.one_of))
    if not value.strip():
        raise Mistake(f"{field.name} is an empty text", "Leave the value out when there is none.")
    return value


def _whole(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mistake(f"{shown(value)} is not a whole number", "Write plain digits without quotes, such as 3.")
    return str(value)


def _exact(value: Any, digits: int) -> str:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Mistake(f"{shown(value)} is not a number", "Write a number without quotes, with a point: 12.50.")
    if Decimal(value) != round(Decimal(value), digits):
        raise Mistake(f"{value} has more than {digits} decimals", "Nothing is rounded; write fewer digits.")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _boolean(value: Any) -> str:
    if not isinstance(value, bool):
        raise Mistake(f"{shown(value)} is not true or false", "Write true or false without quotes.")
    return str(value).lower()


def _day(value: Any, as_of: date, remedy: str) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and (day := day_of(value, as_of)) is not None:
        return day
    raise Mistake(f"{shown(value)} is not a day of the calendar", remedy)


def _time(value: Any, as_of: date) -> str:
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return f"{_day(value, as_of, _TIME_REMEDY)} {NOON}"
    day = _day(found["day"], as_of, _TIME_REMEDY)
    try:
        return datetime.fromisoformat(f"{day} {found['clock']}").isoformat(sep=" ")
    except ValueError:
        raise Mistake(f"{shown(value)} is not a time", _TIME_REMEDY) from None


def _map(value: Any) -> str:
    if not isinstance(value, dict) or any(isinstance(held, dict | tuple) for held in value.values()):
        raise Mistake(f"expected names with single values, but here is {shown(value)}", "Write {name: value, …}.")
    said = {name: _said(held) for name, held in value.items() if held is not None}
    return json.dumps(said, ensure_ascii=False)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
