"""The room's statements by name, and rows of Python as tables of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from smc.warehouse import statement


def query(name: str) -> str:
    """A statement of ``queries/``."""
    return statement("smc.campaign", name)


def columns(rows: Sequence[tuple[object, ...]], *names: str) -> dict[str, list[object]]:
    """Rows as one list for each name, in the order of the names; a statement makes a table of them."""
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}
