"""What rules and metrics name in the catalogue, whatever condition it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smc.config.specs.base import Spec
from smc.config.specs.rule import MetricRule
from smc.model.metrics import Metric
from smc.segment.trial.rows import Row

_KINDS = {
    "category": "category", "category_id": "category", "penetration": "category", "product": "product",
    "product_id": "product", "brand": "brand", "store": "store", "store_id": "store",
}  # fmt: skip
"""Keys of conditions and of metrics, and the kind of thing that they name."""
_METRICS = {"favourite_category": "category", "favourite_brand": "brand", "favourite_store": "store"}


def named(spec: Any, metrics: Mapping[str, Metric]) -> Iterator[tuple[str, str]]:
    """``("category", "coffee")`` for every such name in a spec, at any depth."""
    match spec:
        case MetricRule(metric=comparison):
            found = metrics.get(comparison.name)
            kind = _METRICS.get(comparison.name) or (found.type if found is not None else "")
            if kind in _METRICS.values() and comparison.operator != "empty":
                yield from ((kind, text) for text in _texts(comparison.operand))
        case Spec():
            for key, info in type(spec).model_fields.items():
                yield from _held(info.alias or key, getattr(spec, key), metrics)
        case dict():
            for key, held in spec.items():
                yield from _held(str(key), held, metrics)
        case tuple() | list():
            for held in spec:
                yield from named(held, metrics)
        case _:
            return


def _held(key: str, held: Any, metrics: Mapping[str, Metric]) -> Iterator[tuple[str, str]]:
    if key in _KINDS:
        yield from ((_KINDS[key], text) for text in _deep_texts(held))
    yield from named(held, metrics)


def _texts(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, tuple | list) else (value,):
        if isinstance(one, str):
            yield one


def _deep_texts(value: Any) -> Iterator[str]:
    """The texts of a value, of a list, or of a comparison with either."""
    yield from _texts(value)
    if isinstance(value, Spec):
        for key in type(value).model_fields:
            yield from _texts(getattr(value, key))


def lacking(rows: tuple[Row, ...], names: Iterator[tuple[str, str]]) -> tuple[Row, ...]:
    """Rows for what is named and not given, so that a test need not tell of goods that nobody in it bought."""
    known = {
        "category": {row.cells.get(key) for row in rows if row.object == "category" for key in ("category_id", "name")},
        "product": {row.cells.get("product_id") for row in rows},
        "brand": {row.cells.get("brand") for row in rows if row.object == "product"},
        "store": {row.cells.get("store_id") for row in rows},
    }
    made: list[Row] = []
    for kind, text in dict.fromkeys(names):
        if text not in known[kind]:
            brand = {"product_id": f"any {text} product", "brand": text}
            cells: dict[str, str | None] = dict(brand) if kind == "brand" else {f"{kind}_id": text}
            made.append(Row("product" if kind == "brand" else kind, cells, ()))
            known[kind].add(text)
    return tuple(made)
