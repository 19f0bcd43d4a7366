"""What a marketer may write behind an operator, by type of field. Light imports only: validation reads it too.

Text is compared exactly by ``equals`` and ``in``, without regard to case by ``contains`` and ``starts_with``.
Dates are written as 2017-12-31, ``today``, ``today - 30 days``, ``today + 1 week``; a month or year steps to the same
day, or to the last day of a shorter month. A date compared with a time means the local day.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from smc.config.specs.rule import Comparison

Value = bool | int | Decimal | str | date | datetime

Kind = Literal["string", "integer", "decimal", "quantity", "boolean", "date", "datetime", "category"]

_SAME = ("equals", "not_equals")
_LIST = (*_SAME, "in_", "not_in")
_ORDER = ("less", "at_most", "more", "at_least", "between")
_RANGED = (*_LIST, *_ORDER, "empty")
_FITTING: dict[Kind, tuple[str, ...]] = {
    "string": (*_LIST, "contains", "starts_with", "empty"),
    "integer": _RANGED,
    "decimal": _RANGED,
    "quantity": _RANGED,
    "boolean": (*_SAME, "empty"),
    "date": _RANGED,
    "datetime": _RANGED,
    "category": (*_LIST, "empty"),
}
_WORDS: dict[Kind, str] = {
    "string": "text",
    "integer": "a number",
    "decimal": "a number",
    "quantity": "a number",
    "boolean": "true or false",
    "date": "a date",
    "datetime": "a date or time",
    "category": "a category",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?")
_RELATIVE = re.compile(r"today(?:\s*([+-])\s*(\d{1,5})\s*(day|week|month|year)s?)?")
_DATE_REMEDY = "Write a date like 2017-12-31, 'today', 'today - 30 days' or 'today + 1 week'."


class Mistake(ValueError):  # noqa: N818 - it is shown to marketers as what it is
    """What is wrong with a condition, and what to write instead. ``part``: index in a list of values."""

    def __init__(self, message: str, remedy: str = "", part: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.part = part


def key_of_operator(operator: str) -> str:
    """The operator as it is written in YAML."""
    return operator.rstrip("_")


def typed(kind: Kind, comparison: Comparison, as_of: date) -> tuple[Value, ...]:
    """The operand as values of the field's type; none for ``empty``. Raises ``Mistake``."""
    operator = comparison.operator
    if operator not in _FITTING[kind]:
        fitting = ", ".join(key_of_operator(name) for name in _FITTING[kind])
        raise Mistake(f"'{key_of_operator(operator)}' does not fit {_WORDS[kind]}", f"Operators that fit: {fitting}.")
    if operator == "empty":
        return ()
    if operator in ("in_", "not_in", "between"):
        values = tuple(_located(kind, item, as_of, part) for part, item in enumerate(comparison.operand))
        if operator == "between":
            _check_order(values)
        return values
    return (_value(kind, comparison.operand, as_of),)


def relative_day(text: str, as_of: date) -> date | None:
    """``today - 2 weeks`` → a day; None when the text is not of that form. Raises ``Mistake`` outside the calendar."""
    found = _RELATIVE.fullmatch(" ".join(text.lower().split()))
    if found is None:
        return None
    sign, number, unit = found.groups()
    count = int(number or 0) * (-1 if sign == "-" else 1)
    try:
        match unit:
            case "month":
                return _months_later(as_of, count)
            case "year":
                return _months_later(as_of, 12 * count)
            case _:
                return as_of + timedelta(days=count * (7 if unit == "week" else 1))
    except (OverflowError, ValueError):
        raise Mistake(f"'{text}' lies outside the calendar", _DATE_REMEDY) from None


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _located(kind: Kind, item: object, as_of: date, part: int) -> Value:
    try:
        return _value(kind, item, as_of)
    except Mistake as mistake:
        raise Mistake(mistake.message, mistake.remedy, part) from None


def _value(kind: Kind, item: object, as_of: date) -> Value:
    return _PARSERS[kind](item, as_of)


def _text(item: object, _: date) -> str:
    if not isinstance(item, str):
        raise Mistake(f"{_shown(item)} is not text", f"Put it into quotes: '{_shown(item)}'.")
    if "\x00" in item:
        raise Mistake("the text contains a zero byte", "Remove it.")
    return item


def _number(item: object, _: date) -> int | Decimal:
    if isinstance(item, bool) or not isinstance(item, int | Decimal) or not Decimal(item).is_finite():
        raise Mistake(f"{_shown(item)} is not a number", "Write a number without quotes, with a point: 12.50.")
    return item


def _boolean(item: object, _: date) -> bool:
    if not isinstance(item, bool):
        raise Mistake(f"{_shown(item)} is not true or false", "Write true or false without quotes.")
    return item


def _day(item: object, as_of: date) -> date:
    if isinstance(item, datetime):
        raise Mistake(f"{_shown(item)} is a time, not a date", _DATE_REMEDY)
    if isinstance(item, date):
        return item
    day = _day_of_text(item, as_of) if isinstance(item, str) else None
    if day is None:
        raise Mistake(f"{_shown(item)} is not a date", _DATE_REMEDY)
    return day


def _day_of_text(text: str, as_of: date) -> date | None:
    if not _DAY.fullmatch(text.strip()):
        return relative_day(text, as_of)
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _instant(item: object, as_of: date) -> date | datetime:
    """A day stays a day. A time without an offset is in the project's zone and stays without one here."""
    if isinstance(item, datetime):
        return item
    if isinstance(item, str) and _TIME.fullmatch(item.strip()):
        try:
            return datetime.fromisoformat(item.strip())
        except ValueError:
            raise Mistake(f"{_shown(item)} is not a time", _DATE_REMEDY) from None
    return _day(item, as_of)


_PARSERS: dict[Kind, Callable[[object, date], Value]] = {
    "string": _text,
    "category": _text,
    "integer": _number,
    "decimal": _number,
    "quantity": _number,
    "boolean": _boolean,
    "date": _day,
    "datetime": _instant,
}


def _check_order(values: tuple[Value, ...]) -> None:
    low, high = (_comparable(value) for value in values)
    if low > high:
        raise Mistake("the lower end is above the upper end, so nobody could match", "Exchange the two.")


def _comparable(value: Value) -> tuple[Decimal, str]:
    """Only numbers, days and times reach ``between``; a day against a time is compared by its text."""
    if isinstance(value, int | Decimal):
        return Decimal(value), ""
    return Decimal(0), value.isoformat() if isinstance(value, date) else value


def _shown(item: object) -> str:
    if isinstance(item, bool):
        return str(item).lower()
    return f"'{item}'" if isinstance(item, str) else str(item)
