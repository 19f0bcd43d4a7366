"""A condition in one line, as it stands in YAML, and values as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from smc.config.specs.base import Spec

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def words_of(condition: Spec) -> str:
    """``metric: {name: receipts, at_least: 3}``: what is given, in the notation of YAML; defaults are left out."""
    return ", ".join(f"{name}: {_flow(value)}" for name, value in _given(condition))


def _given(spec: Spec) -> list[tuple[str, Any]]:
    """What must be given comes first: the name before the operator."""
    fields = sorted(type(spec).model_fields.items(), key=lambda pair: not pair[1].is_required())
    pairs = ((info.alias or name, getattr(spec, name), info) for name, info in fields)
    return [(name, value) for name, value, info in pairs if info.is_required() or value != info.get_default()]


def value_words(value: Any) -> str:  # noqa: PLR0911 - one arm for each type
    """A value of a customer in words: several as ``receipts 3, amount 12.50``, nothing as ``no value``."""
    match value:
        case None:
            return "no value"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{name} {value_words(one)}" for name, one in value.items())
        case list() | tuple():
            return ", ".join(map(value_words, value)) or "none"
        case Decimal():
            return format(value, "f")
        case float():
            return f"{value:.4f}".rstrip("0").rstrip(".")
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case _:
            return str(value)


def _flow(value: Any) -> str:  # noqa: PLR0911 - one arm for each type
    match value:
        case Spec():
            return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in _given(value)) + "}"
        case Mapping():
            return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case bool():
            return str(value).lower()
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case str():
            return _text(value)
        case _:
            return str(value)


def _text(text: str) -> str:
    """Quoted wherever YAML could read something else."""
    safe = all(sign.isalnum() or sign in "_ -/." for sign in text) and text[:1] in _PLAIN and text == text.strip()
    if safe and text.lower() not in {"true", "false", "null", "yes", "no", "on", "off"}:
        return text
    return "'" + text.replace("'", "''") + "'"
