"""The filters of templates: pure functions of a value, in the currency, language and zone of the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from smc.errors import RenderError

Language = Literal["en", "ru"]

_SYMBOL = {"USD": "$", "EUR": "€", "GBP": "£", "RUB": "₽", "KZT": "₸", "UAH": "₴", "INR": "₹", "JPY": "¥", "CNY": "¥"}
_NO_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})
_HARD_SPACE = "\N{NO-BREAK SPACE}"
_MONTHS: Mapping[Language, tuple[str, ...]] = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "ru": ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
           "ноября", "декабря"),
}  # fmt: skip
_ENGLISH_FORMS, _RUSSIAN_FORMS = 2, 3
_MAX_TEXT = 65_536


@dataclass(frozen=True, slots=True)
class Locale:
    """What filters need to know of a project. ``currency`` is an ISO 4217 code."""

    language: Language
    currency: str
    zone: ZoneInfo


def filters(locale: Locale) -> dict[str, Callable[..., Any]]:
    """Every filter by the name that templates use."""

    def money(amount: Any) -> str:
        return _money(amount, locale)

    def day(value: Any, style: str = "long") -> str:
        return _date(value, style, locale)

    def number(value: Any) -> str:
        return _digits(_decimal(value).normalize(), locale.language)

    return {
        "money": money, "date": day, "number": number, "plural": plural, "default": default, "d": default,
        "upper": lambda text: _text(text).upper(), "lower": lambda text: _text(text).lower(),
        "capitalize": lambda text: _text(text).capitalize(), "title": lambda text: _text(text).title(),
        "trim": lambda text: _text(text).strip(), "truncate": _truncate, "replace": _replace,
        "urlencode": lambda value: quote(str(value), safe=""), "length": len, "count": len, "first": _first,
        "last": _last, "join": _join, "sum": _sum, "sort": _sort, "round": _round, "abs": abs, "int": int,
        "min": min, "max": max,
    }  # fmt: skip


def default(value: Any, instead: Any = "") -> Any:
    """``instead`` when there is no value or an empty text. An unknown name stays an error."""
    return instead if value is None or value == "" else value


def plural(count: Any, *forms: str) -> str:
    """The form of a word that goes with a number.

    Two forms are English (``"item", "items"``), three are Russian (``"товар", "товара", "товаров"``); the rules are
    those of Unicode CLDR for en and ru.
    """
    number = abs(_decimal(count))
    whole = number == number.to_integral_value()
    if len(forms) == _ENGLISH_FORMS:
        return forms[0] if number == 1 else forms[1]
    if len(forms) != _RUSSIAN_FORMS:
        raise RenderError("plural needs two English forms or three Russian ones")
    if not whole:
        return forms[1]
    last, last_two = int(number % 10), int(number % 100)
    if last == 1 and last_two != 11:  # noqa: PLR2004 - the rule itself
        return forms[0]
    return forms[1] if last in (2, 3, 4) and last_two not in (12, 13, 14) else forms[2]


def _money(amount: Any, locale: Locale) -> str:
    """``$1,234.50`` in English, ``1 234,50 ₽`` in Russian; cents are rounded half up."""
    cents = Decimal(1) if locale.currency in _NO_CENTS else Decimal("0.01")
    value = _decimal(amount).quantize(cents, ROUND_HALF_UP)
    symbol = _SYMBOL.get(locale.currency, locale.currency)
    digits, sign = _digits(abs(value), locale.language), "-" if value < 0 else ""
    if locale.language == "ru" or len(symbol) > 1:
        return f"{sign}{digits}{_HARD_SPACE}{symbol}"
    return f"{sign}{symbol}{digits}"


def _digits(value: Decimal, language: Language) -> str:
    text = f"{value:,f}"
    return text.replace(",", _HARD_SPACE).replace(".", ",") if language == "ru" else text


def _date(value: Any, style: str, locale: Locale) -> str:
    """``long`` December 29, 2017 · ``day`` December 29 · ``short`` 29 Dec 2017 (29.12.2017) · ``iso`` 2017-12-29."""
    if isinstance(value, datetime):
        value = value.astimezone(locale.zone).date()
    if not isinstance(value, date):
        raise RenderError("date needs a date")
    month, russian = _MONTHS[locale.language][value.month - 1], locale.language == "ru"
    match style:
        case "long":
            return f"{value.day} {month} {value.year}" if russian else f"{month} {value.day}, {value.year}"
        case "day":
            return f"{value.day} {month}" if russian else f"{month} {value.day}"
        case "short":
            return f"{value:%d.%m.%Y}" if russian else f"{value.day} {month[:3]} {value.year}"
        case "iso":
            return value.isoformat()
    raise RenderError(f"date knows long, day, short and iso, not '{style}'")


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise RenderError("a number is needed") from error
    if isinstance(value, bool) or not number.is_finite() or abs(number.adjusted()) > 30:  # noqa: PLR2004 - see money
        raise RenderError("a number of usual size is needed")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise RenderError("a text is needed")
    return value


def _truncate(text: str, length: int = 80, end: str = "…") -> str:
    return text if len(_text(text)) <= length else text[: max(length - len(end), 0)].rstrip() + end


def _replace(text: str, old: str, new: str) -> str:
    if len(_text(text)) + text.count(old) * len(new) > _MAX_TEXT:
        raise RenderError("replace makes a text that is too long")
    return text.replace(old, new)


def _first(values: Sequence[Any]) -> Any:
    return values[0] if values else None


def _last(values: Sequence[Any]) -> Any:
    return values[-1] if values else None


def _join(values: Sequence[Any], between: str = ", ", attribute: str | None = None) -> str:
    texts = [_text(value) for value in _picked(values, attribute)]
    if sum(map(len, texts)) + len(texts) * len(between) > _MAX_TEXT:
        raise RenderError("join makes a text that is too long")
    return between.join(texts)


def _sum(values: Sequence[Any], attribute: str | None = None) -> Decimal:
    return sum((_decimal(value) for value in _picked(values, attribute)), Decimal(0))


def _sort(values: Sequence[Any], attribute: str | None = None, *, reverse: bool = False) -> list[Any]:
    return sorted(values, key=lambda value: value[attribute] if attribute else value, reverse=reverse)


def _picked(values: Sequence[Any], attribute: str | None) -> list[Any]:
    return [value[attribute] for value in values] if attribute else list(values)


def _round(value: Any, digits: int = 0) -> Decimal:
    if not 0 <= digits <= 6:  # noqa: PLR2004 - more digits mean nothing to a reader
        raise RenderError("round keeps 0 to 6 digits")
    return _decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
