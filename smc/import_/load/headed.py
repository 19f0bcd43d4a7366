"""Rows that repeat the header, as in files that were joined one behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from smc.import_.land.landing import Landed
from smc.import_.read.reading import bared, quoted

AGAIN = "the header again"
_FEW = 2
"""Columns that must repeat their names: in a list of one column a value may well be the name of the column."""


def header_again(
    landed: Landed, header: Sequence[str], columns: Sequence[str], blanks: Literal["none", "spaces", "wide"]
) -> str | None:
    """Whether every cell that the feed reads is the name of its column, as SQL over ``k0, …`` (``columns``) and ``c0,
    …`` (``header``); None where no row is such a one. Of a feed that reads one column a second one is looked at."""
    if not landed.heads or len(header) < _FEW or not columns:
        return None
    named = [(f"k{i}", name) for i, name in enumerate(columns)]
    if len(named) < _FEW:
        at = next(i for i, _ in enumerate(header) if i != header.index(columns[0]))
        named.append((f"c{at}", header[at]))
    (cell, name), *others = ((bared(cell, blanks), quoted(name)) for cell, name in named)
    rest = " and ".join(f"{cell} is not distinct from {name}" for cell, name in others)
    return f"case when {cell} = {name} then {rest} else false end"
