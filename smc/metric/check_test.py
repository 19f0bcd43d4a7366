"""Whether a test of ``where:`` fits its field. Light imports only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

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


def _comparable(field: FactField, value: object) -> Decimal | None:
    """A number or a day as a number; None for anything else."""
    if field.type in ("date", "datetime"):
        day = day_of(value)
        return None if day is None else Decimal(day.toordinal())
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
