"""Triggers of the calendar and of changes in words; those by what a customer did are in words.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_DATES = {
    "birth_date": "birthday", "registered_at": "registration", "first_receipt": "first receipt",
    "last_receipt": "last receipt", "first_order": "first order", "last_order": "last order",
    "last_site_visit": "last visit of the site",
}  # fmt: skip


def occasion_words(kind: str, value: Any, segments: Mapping[str, str]) -> str:
    """One sentence. ``segments`` gives titles by name."""
    say = _WORDS.get(kind)
    return say(value, segments) if say else f"{kind}: {value}"


def date_words(name: str) -> str:
    """A date of a customer, in words."""
    return _DATES.get(name, f"date “{name}”")


def days(count: Any) -> str:
    return "1 day" if int(count) == 1 else f"{count} days"


def moved(offset: Any, day: str) -> str:
    """``3 days before the birthday``; on the day itself when there is no offset."""
    number = int(offset or 0)
    return f"{days(abs(number))} {'before' if number < 0 else 'after'} {day}" if number else f"On {day}"


def _anniversary(value: Any, _: Mapping[str, str]) -> str:
    what = date_words(value["of"])
    day = "the birthday" if what == "birthday" else f"the anniversary of the {what}"
    every = {unit: number for unit, number in (value.get("every") or {"years": 1}).items() if number}
    unit, number = next(iter(every.items()))
    often = f"every {unit.removesuffix('s')}" if number == 1 else f"every {number} {unit}"
    return f"{moved(value.get('offset'), day)}, {often}."


def _days_since(value: Any, _: Mapping[str, str]) -> str:
    return f"{days(value['days'])} after the {date_words(value['of'])}."


def _repeat(value: Any, segments: Mapping[str, str]) -> str:
    rule = value.get("cron") or f"{value.get('rrule')} from {value.get('start')}"
    return f"On the days “{rule}”, for the segment “{segments.get(value['segment'], value['segment'])}”."


def _on_date_of(value: Any, _: Mapping[str, str]) -> str:
    return f"{moved(value.get('offset'), 'the day')} in “{value['field']}” of the {value['object']}."


def _bonuses(value: Any, _: Mapping[str, str]) -> str:
    least = f"{value['at_least']} or more " if value.get("at_least") is not None else ""
    account = f" of the account “{value['account']}”" if value.get("account") else ""
    return f"{days(value['days'])} before {least}bonuses{account} expire."


def _credited(value: Any, _: Mapping[str, str]) -> str:
    least = f"{value['at_least']} or more " if value.get("at_least") is not None else ""
    return f"The customer was given {least}{value.get('kind') or 'bonuses'}."


def _left(value: Any, segments: Mapping[str, str]) -> str:
    return f"The customer left the segment “{segments.get(value, value)}”."


def _cell(value: Any, _: Mapping[str, str]) -> str:
    to = f"the RFM cell {_or(value['to'])}" if value.get("to") else "another RFM cell"
    before = f" from {_or(value['from'])}" if value.get("from") else ""
    way = {"up": ", upwards", "down": ", downwards"}.get(value.get("direction") or "", "")
    return f"The customer came into {to}{before}{way}."


def _price(value: Any, _: Mapping[str, str]) -> str:
    change = next(
        (f"{word} by {value[key]} % or more" for key, word in _MOVES if value.get(key) is not None), "changed"
    )
    return f"The price of {_interest(value['of'])} {change}."


_MOVES = (("drop", "fell"), ("rise", "rose"))


def _low(value: Any, _: Mapping[str, str]) -> str:
    return f"Only {value['at_most']} or less are left of {_interest(value['of'])}."


def _back(value: Any, _: Mapping[str, str]) -> str:
    return f"There is again some of {_interest(value['of'])}."


def _interest(of: Any) -> str:
    named = [f"{word} {_or(of[word])}" for word in ("product", "category", "brand") if of.get(word)]
    what = f"a product ({', '.join(named)})" if named else "a product"
    if of.get("container"):
        return f"{what} in the list “{of['container']}”"
    kind = "viewed" if of.get("viewed") else "bought"
    return f"{what} {kind} in the last {days(of[kind])}"


def _unsubscribed(value: Any, _: Mapping[str, str]) -> str:
    what = f"“{value['category']}”" if value.get("category") else "messages"
    by = f" by {value['channel']}" if value.get("channel") else ""
    return f"The customer refused {what}{by}."


def _bounced(value: Any, _: Mapping[str, str]) -> str:
    return f"A message by {value.get('channel') or 'email'} came back."


def _system_event(value: Any, segments: Mapping[str, str]) -> str:
    names = ", ".join(value["name"])
    return f"After the system event {names}, for the segment “{segments.get(value['segment'], value['segment'])}”."


def _merged(_value: Any, _: Mapping[str, str]) -> str:
    return "Another profile was merged into that of the customer."


def _or(names: Any) -> str:
    return " or ".join(f"“{name}”" for name in names)


_WORDS: dict[str, Callable[[Any, Mapping[str, str]], str]] = {
    "anniversary": _anniversary,
    "days_since": _days_since,
    "repeat": _repeat,
    "on_date_of": _on_date_of,
    "bonuses_expire": _bonuses,
    "credited": _credited,
    "left_segment": _left,
    "rfm_cell": _cell,
    "price_changed": _price,
    "low_stock": _low,
    "back_in_stock": _back,
    "unsubscribed": _unsubscribed,
    "bounced": _bounced,
    "merged": _merged,
    "system_event": _system_event,
}
