"""What may be written behind a key, in words, from the schema that editors read."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from smc.config.schema import schema_text


@cache
def definitions() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in ("mailing", "campaign", "segments"):
        schema = json.loads(schema_text(kind))
        found |= schema["definitions"] | {kind: schema}
    return found


def definition(value: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to; the mapping among alternatives."""
    for part in (value, *value.get("allOf", ()), *value.get("anyOf", ())):
        if "$ref" in part:
            found: dict[str, Any] = definitions()[part["$ref"].rsplit("/", 1)[1]]
            return found
    return value


REFERENCES = {
    "Range": "`at_least`, `at_most`",
    "Figure": "`field`, `at_least`, `at_most`",
    "RowTest": "operators",
    "Together": "`category`, `product`, `brand`, `line`, `quantity`, `amount`",
    "Anniversary": "`on`, `within` or `between`",
}


SCALAR = ["boolean", "number", "string"]
ONE_OF = {
    "AllRule": "a [rule](conditions.md)",
    "FilterStep": "a step",
    "Receipt": "a row, as in [triggers](triggers.md)",
}
"""Alternatives by the first of them."""


def typed(value: dict[str, Any]) -> str:  # noqa: C901, PLR0911, PLR0912 - one arm for each form
    """What may be written, in words."""
    if "allOf" in value:
        return typed(value["allOf"][0])
    if "oneOf" in value and "$ref" not in value["oneOf"][0]:
        return " or ".join(typed(part) for part in value["oneOf"])
    if "oneOf" in value:
        return ONE_OF[value["oneOf"][0]["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in value:
        if {"type": SCALAR} in value["anyOf"]:
            return " or ".join(["a value", *(typed(part) for part in value["anyOf"] if part != {"type": SCALAR})])
        return " or ".join(dict.fromkeys(typed(part) for part in value["anyOf"]))
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[1]
        return REFERENCES.get(name) or ", ".join(f"`{key}`" for key in definitions()[name]["properties"])
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{one}`" for one in value["enum"])
    kind = value.get("type")
    if kind == SCALAR:
        return "a value"
    if isinstance(kind, list):
        return " or ".join(dict.fromkeys(typed({**value, "type": one}) for one in kind))
    if kind == "array":
        items = value.get("items")
        return f"a list of {plural(typed(items))}" if isinstance(items, dict) else "two values"
    if kind == "object":
        inner: Any = value.get("additionalProperties") or next(iter(value.get("patternProperties", {}).values()), {})
        plain = isinstance(inner, dict) and inner.get("type") in ("string", SCALAR)
        return "names, each with a value" if plain else "fields, each with a value, a list or operators"
    if value.get("format") == "date":
        return "a day"
    if kind == "string":
        pattern = value.get("pattern", "")
        return "a length of time" if "weeks" in pattern else "a share" if "%" in pattern else "a text"
    return {"integer": "a whole number", "number": "a number", "boolean": "true or false"}[kind or ""]


def plural(words: str) -> str:
    one = re.fullmatch(r"an? (.*)", words)
    return f"{one[1]}s" if one else words
