"""What definitions name in the warehouse: categories, products, brands, stores, mailings. Unknown ones stop a stage."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from smc.errors import UnknownNamesError
from smc.warehouse.connection import Warehouse
from smc.warehouse.statements import statement

Kind = Literal[
    "category", "main category", "product", "brand", "store", "campaign or mailing", "channel", "promocode group",
    "poll",
]  # fmt: skip
"""A category may be of any classifier. A main category is one in which products have their ``category_id``; favourites
are such."""
Name = tuple[Kind, str]

_LISTED: Mapping[Kind, tuple[str, ...]] = {
    "brand": ("known_brands",),
    "store": ("known_stores", "known_stores_sold"),
    "campaign or mailing": ("known_mailings", "known_mailings_sent"),
    "channel": ("known_channels",),
    "promocode group": ("known_promocode_groups",),
    "poll": ("known_polls",),
}
"""Kinds without keys, and the statements that know them: the second is asked for what the first does not know."""


_GOODS = ("category", "main category", "product", "brand", "store")
_REMEDY = "Correct the names, or import the catalogue first."


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of categories and products by the text that names them, and the id of each category by that text.

    ``placed``: keys of those categories in which, or below which, products have a place beside their ``category_id``.
    Without it a category is read from lines alone, which is faster and finds the same.
    """

    categories: Mapping[str, int]
    category_ids: Mapping[str, str]
    products: Mapping[str, int]
    placed: frozenset[int]


def find(
    warehouse: Warehouse,
    used: Mapping[Name, Sequence[str]],
    *,
    owners: str,
    given: Mapping[Kind, Collection[str]] | None = None,
) -> Found:
    """Look up names; a category by its id or by a name that only it has. ``used``: who uses each name, in words.
    ``given``: names that are known whatever the warehouse has.

    Raises ``UnknownNamesError`` with every unknown or ambiguous name and its users; ``owners`` names them together.
    """
    texts: dict[Kind, list[str]] = {kind: [] for kind in ("category", "main category", "product", *_LISTED)}
    for kind, text in used:
        texts[kind].append(text)
    by_id, by_name, further, placed = _categories(warehouse, texts["category"] + texts["main category"])
    single = {text: next(iter(found.items())) for text, found in by_name.items() if len(found) == 1}
    keys = {text: key for text, (_, key) in single.items()} | by_id
    products = {text: key for key, text in _rows(warehouse, "known_products", texts["product"])}
    of_products = {text for text, key in keys.items() if key not in further}
    known: dict[Kind, set[str]] = {"category": {*keys}, "main category": of_products, "product": {*products}}
    known |= {kind: _listed(warehouse, kind, texts[kind], (given or {}).get(kind, ())) for kind in _LISTED}
    unknown = [name for name in used if name[1] not in known[name[0]]]
    if unknown:
        ambiguous = {text: list(found) for text, found in by_name.items() if len(found) > 1}
        elsewhere = {*keys} - of_products
        raise _error(_texts(warehouse, given or {}), owners, unknown, used, (ambiguous, elsewhere))
    ids = {text: id_ for text, (id_, _) in single.items()} | {text: text for text in by_id}
    return Found(keys, ids, products, placed & {*keys.values()})


def known_kinds(warehouse: Warehouse) -> frozenset[Kind]:
    """Kinds of which the warehouse has anything; before the catalogue came there are no categories and no brands."""
    return frozenset(row[0] for row in warehouse.rows(_query("named_kinds")))


def _categories(
    warehouse: Warehouse, texts: list[str]
) -> tuple[dict[str, int], dict[str, dict[str, int]], set[int], frozenset[int]]:
    """Keys by id, and by name with the id of each; an id wins over the same text as a name. Those of further
    classifiers alone, and those in which products have a further place."""
    by_id: dict[str, int] = {}
    by_name: dict[str, dict[str, int]] = {}
    further: set[int] = set()
    placed: set[int] = set()
    for key, category_id, name, main, has_places in _rows(warehouse, "known_categories", texts):
        if category_id in texts:
            by_id[category_id] = key
        if name in texts:
            by_name.setdefault(name, {})[category_id] = key
        if not main:
            further.add(key)
        if has_places:
            placed.add(key)
    return by_id, by_name, further, frozenset(placed)


def _listed(warehouse: Warehouse, kind: Kind, texts: list[str], given: Collection[str]) -> set[str]:
    """Those of the texts that are known."""
    known = {*texts} & {*given}
    for query in _LISTED[kind]:
        known |= {row[0] for row in _rows(warehouse, query, [text for text in texts if text not in known])}
    return known


def _texts(warehouse: Warehouse, given: Mapping[Kind, Collection[str]]) -> dict[str, list[str]]:
    """Everything that may be named, by kind."""
    texts: dict[str, list[str]] = {kind: [*names] for kind, names in given.items()}
    for kind, text in warehouse.rows(_query("all_names")):
        texts.setdefault(kind, []).append(text)
    return texts


def _rows(warehouse: Warehouse, query: str, texts: list[str]) -> list[tuple[Any, ...]]:
    return warehouse.rows(_query(query), texts=texts) if texts else []


def _query(name: str) -> str:
    return statement("smc.warehouse", name)


def _error(
    texts: Mapping[str, list[str]],
    owners: str,
    unknown: Sequence[Name],
    used: Mapping[Name, Sequence[str]],
    categories: tuple[Mapping[str, list[str]], Collection[str]],
) -> UnknownNamesError:
    """``categories``: names that several have, with their ids; and those of further classifiers."""
    whys = {name: _why(name, texts, *categories) for name in unknown}
    lines = [f"{owner}: {why}" for name, why in whys.items() for owner in dict.fromkeys(used[name])]
    return UnknownNamesError(
        f"{owners} name what the warehouse does not know; nothing was changed\n  " + "\n  ".join(sorted(lines)),
        sorted(whys.values()),
        remedy=_REMEDY if all(kind in _GOODS for kind, _ in unknown) else "Correct the names, or import them first.",
    )


def _why(
    name: Name, texts: Mapping[str, list[str]], ambiguous: Mapping[str, list[str]], elsewhere: Collection[str]
) -> str:
    kind, text = name
    if kind == "main category" and text in elsewhere:
        return f"the category '{text}' is of a further classifier, and favourites are of main alone"
    kind = "category" if kind == "main category" else kind
    if kind == "category" and text in ambiguous:
        return f"several categories are named '{text}'; give one of the ids {', '.join(ambiguous[text])}"
    return f"unknown {kind} '{text}'{near(text, texts.get(kind, []))}"


def near(text: str, known: Iterable[str]) -> str:
    """The nearest names that are known, as the end of a line; nothing when none is near."""
    folded: dict[str, str] = {}
    for candidate in sorted(known):
        folded.setdefault(candidate.casefold(), candidate)
    close = get_close_matches(text.casefold(), folded, n=3, cutoff=0.6)
    return f"; nearest: {', '.join(repr(folded[item]) for item in close)}" if close else ""
