"""What a marketer may write behind an operator, by type of field. Light imports only: validation reads it too.

Text is compared exactly by ``equals`` and ``in``, without regard to case by ``contains`` and ``starts_with``.
Dates are written as ``smc.config.days`` reads them. A date compared with a time means the local day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from smc.config.days import REMEDY, SAMPLES, Mistake, anniversary, day_of, is_fixed, relative_day
from smc.config.specs.comparison import Comparison
from smc.config.yaml import SHORTER, TOO_LONG

__all__ = ["Kind", "Mistake", "Value", "detail_kind", "key_of_operator", "relative_day", "typed", "typed_by"]

Value = bool | int | Decimal | str | date | datetime

Kind = Literal[
    "string", "integer", "decimal", "quantity", "boolean", "date", "datetime", "category", "product", "store"
]

_SAME = ("equals", "not_equals")
_LIST = (*_SAME, "in_", "not_in")
_ORDER = ("less", "at_most", "more", "at_least", "between")
_RANGED = (*_LIST, *_ORDER, "empty")
_DATED = (*_RANGED, "anniversary")
_FITTING: dict[Kind, tuple[str, ...]] = {
    "string": (*_LIST, "contains", "starts_with", "empty"),
    "integer": _RANGED,
    "decimal": _RANGED,
    "quantity": _RANGED,
    "boolean": (*_SAME, "empty"),
    "date": _DATED,
    "datetime": _DATED,
    "category": (*_LIST, "empty"),
    "product": (*_LIST, "empty"),
    "store": (*_LIST, "empty"),
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
    "product": "a product",
    "store": "a store",
}
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?")


def key_of_operator(operator: str) -> str:
    """The operator as it is written in YAML."""
    return operator.rstrip("_")


def typed(kind: Kind, comparison: Comparison, as_of: date) -> tuple[Value, ...]:
    """The operand as values of the field's type; none for ``empty``. Raises ``Mistake``."""
    return typed_by(kind, comparison.operator, comparison.operand, as_of)


def typed_by(kind: Kind, operator: str, operand: Any, as_of: date) -> tuple[Value, ...]:
    """The operand of one operator as values of the type. Raises ``Mistake``.

    An anniversary gives ``year, first, last`` for each range of days; see ``smc.config.days.anniversary``.
    """
    if operator not in _FITTING[kind]:
        fitting = ", ".join(key_of_operator(name) for name in _FITTING[kind])
        raise Mistake(f"'{key_of_operator(operator)}' does not fit {_WORDS[kind]}", f"Operators that fit: {fitting}.")
    match operator:
        case "empty":
            return ()
        case "anniversary":
            return tuple(number for part in anniversary(operand, as_of) for number in part)
        case "in_" | "not_in" | "between":
            values = tuple(_located(kind, item, as_of, part) for part, item in enumerate(operand))
            if operator == "between":
                _check_order(kind, *operand)
            return values
        case _:
            return (_value(kind, operand, as_of),)


def detail_kind(operator: str, operand: Any) -> Kind:
    """The type of a detail of an event, which is text: it is read as what it is compared with."""
    sample = operand[0] if operator in ("in_", "not_in", "between") else operand
    if operator == "empty" or not isinstance(sample, bool | int | Decimal):
        return "datetime" if operator in _ORDER else "string"
    return "boolean" if isinstance(sample, bool) else "decimal"


def _moves(item: object) -> bool:
    return isinstance(item, str) and not is_fixed(item) and not _TIME.fullmatch(item.strip())


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
    if isinstance(item, str) and TOO_LONG.fullmatch(item):
        raise Mistake(f"{item[:20]}… is not a number", SHORTER)
    if isinstance(item, bool) or not isinstance(item, int | Decimal) or not Decimal(item).is_finite():
        raise Mistake(f"{_shown(item)} is not a number", "Write a number without quotes, with a point: 12.50.")
    return item


def _boolean(item: object, _: date) -> bool:
    if not isinstance(item, bool):
        raise Mistake(f"{_shown(item)} is not true or false", "Write true or false without quotes.")
    return item


def _day(item: object, as_of: date) -> date:
    if isinstance(item, datetime):
        raise Mistake(f"{_shown(item)} is a time, not a date", REMEDY)
    if isinstance(item, date):
        return item
    day = day_of(item, as_of) if isinstance(item, str) else None
    if day is None:
        raise Mistake(f"{_shown(item)} is not a date", REMEDY)
    return day


def _instant(item: object, as_of: date) -> date | datetime:
    """A day stays a day. A time without an offset is in the project's zone and stays without one here."""
    if isinstance(item, datetime):
        return item
    if isinstance(item, str) and _TIME.fullmatch(item.strip()):
        try:
            return datetime.fromisoformat(item.strip())
        except ValueError:
            raise Mistake(f"{_shown(item)} is not a time", REMEDY) from None
    return _day(item, as_of)


_PARSERS: dict[Kind, Callable[[object, date], Value]] = {
    "string": _text,
    "category": _text,
    "product": _text,
    "store": _text,
    "integer": _number,
    "decimal": _number,
    "quantity": _number,
    "boolean": _boolean,
    "date": _day,
    "datetime": _instant,
}


def _check_order(kind: Kind, low: object, high: object) -> None:
    """``Mistake`` when the ends are reversed whatever today is. A fixed day and ``today`` pass each other one day."""
    days = SAMPLES if _moves(low) else SAMPLES[:1]
    if _moves(low) == _moves(high) and all(
        _rank(_value(kind, low, day)) > _rank(_value(kind, high, day)) for day in days
    ):
        raise Mistake("the lower end is above the upper end, so nobody could match", "Exchange the two.")


def _rank(value: Value) -> tuple[Decimal, str]:
    """Only numbers, days and times reach ``between``; a day against a time is compared by its text."""
    if isinstance(value, int | Decimal):
        return Decimal(value), ""
    return Decimal(0), value.isoformat() if isinstance(value, date) else value


def _shown(item: object) -> str:
    if isinstance(item, bool):
        return str(item).lower()
    return f"'{item}'" if isinstance(item, str) else str(item)
