"""A spec from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smc.config.specs.base import Spec


def pairs(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of a spec and of the specs in it with its value, in the order of the text; items of a list have the key
    of the list. Mappings whose keys the user chose are not looked into."""
    yield key, value
    if isinstance(value, Spec):
        for name, one in value:
            yield from pairs(one, name)
    elif isinstance(value, tuple):
        for one in value:
            yield from pairs(one, key)
