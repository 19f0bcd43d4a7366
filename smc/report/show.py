"""How values look to people: numbers, money, shares, dates, and masks over what may be personal."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from smc.model.objects import OBJECTS

THIN = "\u202f"
"""Narrow space that does not break: between thousands."""
NOTHING = "\u2013"

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_BRIEF: tuple[tuple[int, int, str], ...] = ((10**9, 10**9, "B"), (10**6, 10**6, "M"), (10**4, 10**3, "K"))
LONGEST = 200
"""Characters of a value of a drop that are shown."""
_PERSONAL = frozenset(
    (
        "full_name", "first_name", "middle_name", "last_name", "email", "phone", "birth_date", "zip", "address",
        "delivery_address", "wording", "answer", "context", "device", "page", "detail",
    )
)  # fmt: skip
_OPEN = frozenset(field.name for item in OBJECTS.values() for field in item.fields) - _PERSONAL
"""Fields that are shown as they are; of custom fields and data marts nobody knows what stands in them."""
_EMAIL = re.compile(r"(?<![^\s@;,])[^\s@;,]++@[^\s@;,]+")
_PHONE = re.compile(r"\+?\d[\d\s()./-]{5,}\d")
_LAST = re.compile(r"[\d\s()./+-]*[^\s;,]*\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """``1234.5`` → ``1 235``; nothing → a dash."""
    if value is None:
        return NOTHING
    text = f"{value:,.{digits}f}".lstrip("-").replace(",", THIN)
    return f"\u2212{text}" if value < 0 and text.strip("0.") else text


def money(value: float | Decimal | None, currency: str, digits: int = 2) -> str:
    """With the sign of the currency where everybody knows it, otherwise with its code."""
    if value is None:
        return NOTHING
    text = number(value, digits).lstrip("\u2212")
    minus = "\u2212" if value < 0 else ""
    return f"{minus}{_SYMBOLS[currency]}{text}" if currency in _SYMBOLS else f"{minus}{text}{THIN}{currency}"


def brief_money(value: float | Decimal, currency: str) -> str:
    """For narrow places: whole units below ten thousand, then thousands, millions, billions with one digit."""
    for least, size, letter in _BRIEF:
        if abs(float(value)) >= least:
            text = number(float(value) / size, 1).lstrip("\u2212") + letter
            minus = "\u2212" if value < 0 else ""
            return f"{minus}{_SYMBOLS[currency]}{text}" if currency in _SYMBOLS else f"{minus}{text}{THIN}{currency}"
    return money(value, currency, 0)


def share(value: float | None) -> str:
    """``0.123`` → ``12.3%``."""
    return NOTHING if value is None else f"{value * 100:.1f}%".replace("-", "\u2212")


def points(value: float) -> str:
    """A difference of shares in percentage points with its sign: ``0.068`` → ``+6.8``."""
    return f"{value * 100:+.1f}".replace("-", "\u2212")


def day(value: date | None) -> str:
    """``2017-12-03``."""
    return NOTHING if value is None else value.isoformat()


def day_in_words(value: date) -> str:
    """``3 December 2017``."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def month(value: date) -> str:
    """``December 2017``."""
    return f"{_MONTHS[value.month - 1]} {value.year}"


def month_short(value: date) -> str:
    """``Dec 17``: for axes."""
    return f"{_MONTHS[value.month - 1][:3]} {value.year % 100:02}"


def instant(value: datetime | None, zone: str) -> str:
    """Local time of the project to the minute."""
    return NOTHING if value is None else f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def masked(value: str | None, field: str | None) -> str | None:
    """A rejected value as people may see it: what may be personal keeps only its shape, as in ``xx@xx.xx``.

    ``field``: with its object before it or not. Without one the value is a whole row that could not be split: anything
    may stand in it. A long value is cut.
    """
    if value is None:
        return None
    head = value[:LONGEST]
    if field is None or not _is_open(field):
        head = _shape(head)
    elif not _DATE.fullmatch(head.strip()):
        head = _PHONE.sub(_shaped, _EMAIL.sub(_shaped, head))
    if len(value) > LONGEST:  # what the cut has halved is no address and no number any more
        head = _LAST.sub(_shaped, head, count=1)
    return head + _length(value)


def cut(value: str) -> str:
    """The beginning of a text, and how long it is, where it is long."""
    return value[:LONGEST] + _length(value)


def _length(value: str) -> str:
    return f"… ({len(value):,} characters)" if len(value) > LONGEST else ""


def _is_open(field: str) -> bool:
    *owner, name = field.split(".")
    return name in _OPEN and "custom" not in owner and all(part in OBJECTS for part in owner)


def _shaped(found: re.Match[str]) -> str:
    return _shape(found[0])


def _shape(text: str) -> str:
    return "".join("x" if sign.isalpha() else "9" if sign.isalnum() else sign for sign in text)
