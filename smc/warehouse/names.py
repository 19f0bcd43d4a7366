"""What definitions name in the warehouse: categories, products, brands, stores. Unknown ones stop a stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from smc.errors import RunError
from smc.warehouse.connection import Warehouse
from smc.warehouse.statements import statement

Kind = Literal["category", "product", "brand", "store"]
Name = tuple[Kind, str]

KINDS: tuple[Kind, ...] = ("category", "product", "brand", "store")


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of categories and products by the text that names them, and the id of each category by that text."""

    categories: Mapping[str, int]
    category_ids: Mapping[str, str]
    products: Mapping[str, int]


def find(warehouse: Warehouse, used: Mapping[Name, Sequence[str]], *, owners: str) -> Found:
    """Look up names; a category by its id or by a name that only it has. ``used``: who uses each name, in words.

    Raises ``RunError`` that lists every unknown or ambiguous name with its users; ``owners`` names them together.
    """
    texts = {kind: [text for named, text in used if named == kind] for kind in KINDS}
    by_id, by_name = _categories(warehouse, texts["category"])
    single = {text: next(iter(found.items())) for text, found in by_name.items() if len(found) == 1}
    keys = {text: key for text, (_, key) in single.items()} | by_id
    products = {text: key for key, text in _rows(warehouse, "known_products", texts["product"])}
    known: dict[Kind, set[str]] = {
        "category": {*keys},
        "product": {*products},
        "brand": {row[0] for row in _rows(warehouse, "known_brands", texts["brand"])},
        "store": {row[0] for row in _rows(warehouse, "known_stores", texts["store"])},
    }
    unknown = [name for name in used if name[1] not in known[name[0]]]
    if unknown:
        ambiguous = {text: list(found) for text, found in by_name.items() if len(found) > 1}
        raise _error(warehouse, owners, unknown, used, ambiguous)
    return Found(keys, {text: id_ for text, (id_, _) in single.items()} | {text: text for text in by_id}, products)


def known_kinds(warehouse: Warehouse) -> frozenset[Kind]:
    """Kinds of which the warehouse has anything; before the catalogue came there are no categories and no brands."""
    return frozenset(row[0] for row in warehouse.rows(_query("named_kinds")))


def _categories(warehouse: Warehouse, texts: list[str]) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Keys by id, and by name with the id of each; an id wins over the same text as a name."""
    by_id: dict[str, int] = {}
    by_name: dict[str, dict[str, int]] = {}
    for key, category_id, name in _rows(warehouse, "known_categories", texts):
        if category_id in texts:
            by_id[category_id] = key
        if name in texts:
            by_name.setdefault(name, {})[category_id] = key
    return by_id, by_name


def _rows(warehouse: Warehouse, query: str, texts: list[str]) -> list[tuple[Any, ...]]:
    return warehouse.rows(_query(query), texts=texts) if texts else []


def _query(name: str) -> str:
    return statement("smc.warehouse", name)


def _error(
    warehouse: Warehouse,
    owners: str,
    unknown: Sequence[Name],
    used: Mapping[Name, Sequence[str]],
    ambiguous: Mapping[str, list[str]],
) -> RunError:
    texts: dict[str, list[str]] = {}
    for kind, text in warehouse.rows(_query("all_names")):
        texts.setdefault(kind, []).append(text)
    lines = [
        f"{owner}: {_why(name, texts.get(name[0], []), ambiguous)}"
        for name in unknown
        for owner in dict.fromkeys(used[name])
    ]
    return RunError(
        f"{owners} name what the warehouse does not know; nothing was changed\n  " + "\n  ".join(sorted(lines)),
        remedy="Correct the names, or import the catalogue first.",
    )


def _why(name: Name, known: list[str], ambiguous: Mapping[str, list[str]]) -> str:
    kind, text = name
    if kind == "category" and text in ambiguous:
        return f"several categories are named '{text}'; give one of the ids {', '.join(ambiguous[text])}"
    folded: dict[str, str] = {}
    for candidate in sorted(known):
        folded.setdefault(candidate.casefold(), candidate)
    close = get_close_matches(text.casefold(), folded, n=3, cutoff=0.6)
    hint = f"; nearest: {', '.join(repr(folded[item]) for item in close)}" if close else ""
    return f"unknown {kind} '{text}'{hint}"
