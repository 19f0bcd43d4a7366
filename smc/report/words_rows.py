"""Rows that campaigns wait for, in words. Read as JSON: an old version need not fit today's spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

ROWS = {
    "receipt": "a receipt",
    "bought": "a purchase",
    "ordered": "an order",
    "order": "an order",
    "event": "an event",
    "web_event": "a visit",
    "added_to": "a product was put into a list",
    "poll": "an answer to a poll",
    "promocode_used": "a promocode was used",
}
_OPERATORS = {
    "equals": "is", "not_equals": "is not", "less": "is less than", "at_most": "is at most", "more": "is more than",
    "at_least": "is at least", "in": "is one of", "not_in": "is none of", "between": "is between",
    "contains": "contains", "starts_with": "starts with",
}  # fmt: skip
_GOODS = (
    "container", "name", "page", "product", "category", "brand", "store", "poll", "question", "answer", "group", "code",
)  # fmt: skip


def row_words(row: Json) -> str:
    """What is waited for, as a noun."""
    known: list[tuple[str, Json]] = [(key, value) for key, value in row.items() if value is not None]
    kind, value = known[0] if known else ("nothing", {})
    if kind == "receipt":
        least = value.get("total_at_least")
        which = "the first receipt" if value.get("first") else "a receipt"
        return f"{which}{f' of {least} or more' if least is not None else ''}{goods_words(value)}"
    if kind == "poll" and value.get("completed"):
        return f"a poll was completed{goods_words(value)}"
    if kind == "order" and value.get("becomes"):
        return f"an order becomes {_change(value)}{goods_words(value)}"
    return f"{ROWS.get(kind, kind)}{goods_words(value)}"


def goods_words(value: Json) -> str:
    """Everything that the row must be, in brackets."""
    found = [f"{key.replace('_', ' ')} {_listed(value[key])}" for key in _GOODS if value.get(key)]
    found += tests_words(value.get("where") or {})
    return f" ({', '.join(found)})" if found else ""


def tests_words(where: Json) -> list[str]:
    """Each comparison of fields."""
    return [words for field, test in where.items() for words in _tests(field, test)]


def _tests(field: str, test: Json) -> Iterator[str]:
    for operator, operand in test.items():
        if operand is None:  # a stored text has every key
            continue
        if operator == "empty":
            yield f"{field} is {'' if operand else 'not '}empty"
        else:
            yield f"{field} {_OPERATORS.get(operator.rstrip('_'), operator)} {_listed(operand)}"


def _change(value: Json) -> str:
    key, codes = next((key, codes) for key, codes in value["becomes"].items() if codes is not None)
    status = "" if key == "status" else f"{key} "
    before = value.get("from") or value.get("from_")
    return f"{status}{_listed(codes)}{f' from {_listed(before)}' if before else ''}"


def _listed(value: Any) -> str:
    return ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)
