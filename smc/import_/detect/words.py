"""Names that shops give to our fields (words.tsv). Letters and digits must be equal, whatever stands between them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


def bare(name: str) -> str:
    """Letters and digits of a name, in lower case."""
    return re.sub(r"[\W_]+", "", name.lower())


def is_called(field: str, column: str) -> bool:
    """Whether a column's name is one of those that shops give to the field."""
    return bare(column) in _same().get(field, set()) | {bare(field)}


@cache
def _same() -> dict[str, set[str]]:
    lines = (files(__package__) / "words.tsv").read_text(encoding="utf-8").splitlines()
    return {field: set(map(bare, words.split())) for field, words in (line.split("\t") for line in lines)}
