"""One phone number as text to E.164, by the metadata of ``phonenumbers`` (Google's libphonenumber).

This is the meaning; ``fast.py`` says the same in SQL for the plain cases, and a property test holds them equal.

What is read: digits with spaces, hyphens, dots, brackets, one slash behind an area code, and ``+`` at the front; in
front of it a label such as ``tel:``; behind it an extension, which is left out of the number. ``00`` is read as the
country would dial it, and as ``+`` where that is no number. Everything else is of bad format: letters
(``1-800-FLOWERS``), several numbers in one cell (let the feed split it), numbers too short to have an area.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from smc.model.contact import PhoneType

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

SPACES = " \t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
MARKS = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
SIGNS = "-.()[]\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
PUNCTUATION = SPACES + MARKS + SIGNS
"""What may stand between digits and says nothing: spaces, invisible marks that copying leaves, and signs."""

LONGEST = 20
"""Digits. E.164 has at most 15; a prefix for calls abroad may stand before them."""

_LABEL = re.compile(r"^(?:telephone|tel|phone|mobile|mob|cell|телефон|тел|моб|сот)[.:]*\s*(?=[+(\d])", re.IGNORECASE)
_EXTENSION = re.compile(r"(?<=[\d)])\s*[,;]?\s*(?:extension|extn|ext|x|#|доб|вн)\s*[.:=]?\s*\d{1,7}#?$", re.IGNORECASE)
_WHOLE = re.compile(rf"\+?[0-9]{{1,{LONGEST}}}")
_CLEAR = str.maketrans("", "", PUNCTUATION)
_NUMBER, _AREA = 7, 5
"""Digits of a whole local number; digits that are at least behind an area code."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A valid number. ``region``: ISO 3166; ``timezone``: only when the number has no more than one."""

    e164: str
    type: PhoneType
    operator: str | None
    region: str | None
    timezone: str | None


def phone_of(given: str, home: str | None) -> Phone | None:
    """The number that ``given`` writes, dialled from ``home`` (ISO 3166, upper case); None when it is no number."""
    digits = digits_of(given)
    number = None if digits is None else _number(digits, home_of(home))
    return None if number is None else _described(number)


def home_of(country: str | None) -> str | None:
    """The country if it has phones of its own."""
    from phonenumbers import SUPPORTED_REGIONS

    return country if country in SUPPORTED_REGIONS else None


def digits_of(given: str) -> str | None:
    """Digits with ``+`` or nothing in front of them; None when other things stand there too."""
    text = _LABEL.sub("", given.strip(SPACES + MARKS))
    text = _EXTENSION.sub("", text)
    if "/" in text and not _is_area(text):
        return None
    bare = _ascii(text.replace("/", "").translate(_CLEAR))
    return bare if _WHOLE.fullmatch(bare) else None


def _is_area(text: str) -> bool:
    """Whether a slash divides area and number (``030/123456``), and not two numbers or two last digits."""
    before, *behind = (sum(sign.isdecimal() for sign in part) for part in text.split("/"))
    return len(behind) == 1 and behind[0] >= _AREA and not (before >= _NUMBER and behind[0] >= _NUMBER)


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign, sign)) if sign.isdecimal() else sign for sign in text).replace(
        "\uff0b", "+"
    )


def _number(digits: str, home: str | None) -> PhoneNumber | None:
    ways = [(digits, home)]
    if digits.startswith("00") and not digits.startswith("000"):
        ways.append((f"+{digits[2:]}", None))
    return next((number for way in ways if (number := _parsed(*way)) is not None), None)


def _parsed(digits: str, home: str | None) -> PhoneNumber | None:
    """None unless valid and read from its own E.164 as the same number."""
    import phonenumbers as lib

    try:
        number = lib.parse(digits, home)
        if lib.is_valid_number(number) and lib.parse(_e164(number)) == number:
            return number
    except lib.NumberParseException:
        pass
    return None


def _e164(number: PhoneNumber) -> str:
    import phonenumbers as lib

    return lib.format_number(number, lib.PhoneNumberFormat.E164)


@cache
def types() -> dict[int, PhoneType]:
    """Our words for the types of phonenumbers; what is missing is ``other``."""
    from phonenumbers import PhoneNumberType as Kind

    return {
        Kind.MOBILE: "mobile", Kind.FIXED_LINE: "landline", Kind.FIXED_LINE_OR_MOBILE: "unknown", Kind.VOIP: "voip",
        Kind.TOLL_FREE: "toll_free", Kind.PREMIUM_RATE: "premium",
    }  # fmt: skip


def _described(number: PhoneNumber) -> Phone:
    import phonenumbers as lib
    from phonenumbers import carrier, timezone

    region = lib.region_code_for_number(number)
    zones = timezone.time_zones_for_number(number)
    zone = zones[0] if len(zones) == 1 and zones[0] != timezone.UNKNOWN_TIMEZONE else None
    return Phone(
        _e164(number),
        types().get(lib.number_type(number), "other"),
        carrier.name_for_number(number, "en") or None,
        None if region == lib.REGION_CODE_FOR_NON_GEO_ENTITY else region,
        zone,
    )
