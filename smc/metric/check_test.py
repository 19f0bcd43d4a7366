"""Whether a test of ``where:`` fits its field. Light imports only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from smc.config.specs.base import Scalar
from smc.config.specs.metric import FieldTest
from smc.model.facts import FactField, FactType

_EQUAL = ("equals", "not_equals", "in_", "not_in", "empty")
_ORDERED = ("less", "at_most", "more", "at_least", "between")
_TEXT = ("contains", "starts_with")
_OPERATORS: Mapping[FactType, tuple[str, ...]] = {
    "string": (*_EQUAL, *_TEXT),
    "integer": (*_EQUAL, *_ORDERED),
    "decimal": (*_EQUAL, *_ORDERED),
    "boolean": ("equals", "not_equals", "empty"),
    "date": (*_EQUAL, *_ORDERED),
    "datetime": (*_EQUAL, *_ORDERED),
    "product": _EQUAL,
    "category": _EQUAL,
    "store": _EQUAL,
}
_WORDS: Mapping[FactType, tuple[str, str]] = {
    "string": ("text", "Write it in quotes."),
    "integer": ("whole numbers", "Write plain digits, such as 30."),
    "decimal": ("numbers", "Write plain digits, such as 9.99."),
    "boolean": ("true or false", "Write true or false."),
    "date": ("days", "Write it like 2026-01-31."),
    "datetime": ("days", "Write it like 2026-01-31."),
    "product": ("text ids", "Write it in quotes."),
    "category": ("text ids", "Write it in quotes."),
    "store": ("text ids", "Write it in quotes."),
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """``path`` goes on from the test."""

    path: tuple[str | int, ...]
    message: str
    remedy: str


def mistakes_of(field: FactField, given: object) -> Iterator[Mistake]:
    """Operators that the field does not have, values of another type, bounds between which nothing lies."""
    if not isinstance(given, FieldTest):
        yield from _value(field, given, ())
        return
    for operator, operand in given.given.items():
        key = operator.rstrip("_") if operator == "in_" else operator
        if operator not in _OPERATORS[field.type]:
            known = ", ".join(name.rstrip("_") if name == "in_" else name for name in _OPERATORS[field.type])
            yield Mistake((key,), f"'{field.name}' cannot be compared by '{key}'.", f"Use one of: {known}.")
        elif operator in _TEXT or operator == "empty":
            continue
        elif isinstance(operand, tuple):
            for number, value in enumerate(operand):
                yield from _value(field, value, (key, number))
        else:
            yield from _value(field, operand, (key,))
    if _crossed(field, given):
        yield Mistake((), f"No value of '{field.name}' lies between these bounds.", "Put the lower bound first.")
    elif _excluded(field, given):
        yield Mistake((), f"No value of '{field.name}' passes all of these tests.", "Take one of them out.")


def _value(field: FactField, value: object, path: tuple[str | int, ...]) -> Iterator[Mistake]:
    if not _fits(field.type, value):
        words, remedy = _WORDS[field.type]
        yield Mistake(path, f"'{field.name}' holds {words}, but here is {_shown(value)}.", remedy)
    elif field.one_of and value not in field.one_of:
        yield Mistake(path, f"'{field.name}' is never '{value}'.", f"Known: {', '.join(field.one_of)}.")


def _fits(kind: FactType, value: object) -> bool:
    match kind:
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "decimal":
            return isinstance(value, int | Decimal) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "date" | "datetime":
            return day_of(value) is not None
        case _:
            return isinstance(value, str)


def day_of(value: object) -> date | None:
    """A day, which YAML leaves a text; None for what is none."""
    if isinstance(value, date):
        return None if isinstance(value, datetime) else value
    if not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", value) is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _shown(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _crossed(field: FactField, test: FieldTest) -> bool:
    """Whether the bounds leave nothing. Bounds of other types are told elsewhere."""
    low = [(_comparable(field, value), open_) for value, open_ in ((test.at_least, False), (test.more, True))]
    high = [(_comparable(field, value), open_) for value, open_ in ((test.at_most, False), (test.less, True))]
    if test.between is not None:
        low.append((_comparable(field, test.between[0]), False))
        high.append((_comparable(field, test.between[1]), False))
    return any(
        below is not None and above is not None and (below > above or (below == above and (open_below or open_above)))
        for below, open_below in low
        for above, open_above in high
    )


def _excluded(field: FactField, test: FieldTest) -> bool:
    """Whether other tests take away every value that ``equals`` and ``in`` leave, or all but the missing one.

    A category stands for those below it too, and one may lie below another; so there only the same id tells.
    """
    if test.empty:
        return bool(test.given.keys() - {"empty", "not_equals", "not_in"})
    wanted = [given for given in (_one(test.equals), test.in_) if given]
    refused = _keys(field, (*_one(test.not_equals), *(test.not_in or ())))
    if field.type == "category":
        return any(_keys(field, values) <= refused for values in wanted)
    allowed = [_keys(field, values) - refused for values in wanted]
    return bool(wanted) and not any(
        _passes(field, value, test) and all(_key(field, value) in keys for keys in allowed) for value in wanted[0]
    )


def _keys(field: FactField, values: Iterable[Scalar]) -> set[object]:
    return {_key(field, value) for value in values}


def _key(field: FactField, value: Scalar) -> object:
    """What is the same for equal values."""
    number = _comparable(field, value)
    return value if number is None else number


def _one(value: Scalar | None) -> tuple[Scalar, ...]:
    return () if value is None else (value,)


def _passes(field: FactField, value: Scalar, test: FieldTest) -> bool:
    """Whether a value holds the tests for its order and for a part of it."""
    number, text = _comparable(field, value), str(value).lower()
    if test.contains and test.contains.lower() not in text:
        return False
    if test.starts_with and not text.startswith(test.starts_with.lower()):
        return False
    if number is None:
        return True
    between = test.between or (None, None)
    low = (test.at_least, test.more, between[0])
    high = (test.at_most, test.less, between[1])
    return not any(
        (bound := _comparable(field, given)) is not None
        and (number * sign < bound * sign or (open_ and number == bound))
        for bounds, sign in ((low, 1), (high, -1))
        for given, open_ in zip(bounds, (False, True, False), strict=True)
    )


def _comparable(field: FactField, value: object) -> Decimal | None:
    """A number or a day as a number; None for anything else."""
    if field.type in ("date", "datetime"):
        day = day_of(value)
        return None if day is None else Decimal(day.toordinal())
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
