"""Groups of a bounded size, of whatever comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


def groups(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Lists of at most ``size``, in order."""
    iterator = iter(items)
    while some := list(islice(iterator, size)):
        yield some
