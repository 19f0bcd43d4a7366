"""What the cells of a column are: numbers, dates, words for yes and no; and how those are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from smc.import_.detect.finding import Finding

Kind = Literal["empty", "integer", "decimal", "date", "datetime", "boolean", "email", "phone", "text"]
Written = Finding[tuple[str, ...]]

_INTEGER = re.compile(r"[-+]?(0|[1-9]\d{0,17})")
_DECIMAL = {
    (".", ""): re.compile(r"[-+]?\d+\.\d+"),
    (",", ""): re.compile(r"[-+]?\d+,\d+"),
    (",", " "): re.compile("[-+]?\\d{1,3}([ \u00a0\u202f]\\d{3})+(,\\d+)?"),
    (".", ","): re.compile(r"[-+]?\d{1,3}(,\d{3})+\.\d+"),
    (",", "."): re.compile(r"[-+]?\d{1,3}(\.\d{3})+,\d+"),
    (".", "'"): re.compile(r"[-+]?\d{1,3}('\d{3})+(\.\d+)?"),
    (".", " "): re.compile("[-+]?\\d{1,3}([ \u00a0\u202f]\\d{3})+\\.\\d+"),
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(\+|00)?\d[\d\s().-]{8,18}")
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%d-%m-%Y", "%Y/%m/%d", "%d.%m.%y", "%m/%d/%y")
_TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[-+]\d\d(:?\d\d)?)?")
_BOOLEANS = ("true", "false"), ("yes", "no"), ("y", "n"), ("да", "нет"), ("t", "f"), ("1", "0"), ("ja", "nein")


@dataclass(frozen=True, slots=True)
class Column:
    """``written``: the format of a date, or decimal and thousands sign; ``filled``: share of cells with a value."""

    name: str
    kind: Kind
    filled: float
    written: Written


def column_of(name: str, cells: Iterable[str]) -> Column:
    """What all filled cells of a column agree to be."""
    everything = [cell.strip(" \t\u00a0") for cell in cells]
    values = [cell for cell in everything if cell]
    filled = len(values) / len(everything) if everything else 0.0
    if not values:
        return Column(name, "empty", filled, Finding((), "no cell has a value"))
    kind, written = _kind(sorted(set(values)))
    return Column(name, kind, filled, written)


def _kind(values: Sequence[str]) -> tuple[Kind, Written]:
    tried: tuple[tuple[Kind, Written | None], ...] = (
        ("boolean", _boolean(values)),
        ("datetime", _written(values, _datetimes())),
        ("date", _written(values, _DATES)),
        ("datetime", _all(values, _ISO, Finding(("iso",), "all cells are times of ISO 8601"))),
        ("integer", _all(values, _INTEGER, Finding((), "whole numbers"))),
        ("decimal", _signs(values)),
        ("email", _all(values, _EMAIL, Finding((), "addresses with @"))),
        ("phone", _all(values, _PHONE, Finding((), "numbers of 9 to 20 signs", sure=False))),
    )
    texts: tuple[Kind, Written] = ("text", Finding((), "texts"))
    return next(((kind, found) for kind, found in tried if found is not None), texts)


def _all(values: Sequence[str], pattern: re.Pattern[str], found: Written) -> Written | None:
    return found if all(pattern.fullmatch(value) for value in values) else None


def _boolean(values: Sequence[str]) -> Written | None:
    found = {value.lower() for value in values}
    words = next((pair for pair in _BOOLEANS if found == set(pair)), None)
    return words and Finding(words, f"only the words {' and '.join(words)}", sure=words != ("1", "0"))


def _datetimes() -> list[str]:
    return [f"{day} {time}" for day in _DATES for time in _TIMES]


def _written(values: Sequence[str], formats: Sequence[str]) -> Written | None:
    """The formats that read every value; the first one, unsure when there are several."""
    fitting = [form for form in formats if all(_reads(value, form) for value in values)]
    if not fitting:
        return None
    if len(fitting) > 1:
        why = f"{' and '.join(fitting)} both read all {len(values)} values"
        return Finding((fitting[0],), why, sure=False)
    return Finding((fitting[0],), f"the only format that reads all {len(values)} values")


def _reads(value: str, form: str) -> bool:
    try:
        read = datetime.strptime(value, form)  # noqa: DTZ007 - only the form is looked at
    except ValueError:
        return False
    return len(value) >= len("1.1.26") and 1900 <= read.year <= 2100  # noqa: PLR2004 - years of a shop's data


def _signs(values: Sequence[str]) -> Written | None:
    numbers = [value for value in values if not _INTEGER.fullmatch(value)]
    fitting: list[tuple[str, str]] = []
    for signs, pattern in _DECIMAL.items():
        plain = _DECIMAL[signs[0], ""]
        if all(pattern.fullmatch(value) or plain.fullmatch(value) for value in numbers):
            fitting.append(signs)
    if not numbers or not fitting:
        return None
    best = fitting[0]
    told = f"decimal sign '{best[0]}'" + (f", thousands sign '{best[1]}'" if best[1] else "")
    three = all(re.fullmatch(r"[-+]?\d{1,3}[.,]\d{3}", value) for value in numbers)
    if three:
        return Finding(best, f"{told}; but every number has three digits behind the sign: thousands?", sure=False)
    return Finding(best, f"{told} in {len(numbers)} different numbers")
