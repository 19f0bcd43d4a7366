"""Atoms over one table → one scan that leaves a bitset per customer: ``customer_key, w0, w1, …``.

The statements stay in the subset that sqlglot carries to Spark: see design.md. Day bounds are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlglot import exp

from smc.errors import RunError, WarehouseError
from smc.model.facts import Fact
from smc.segment.atoms import (
    Addressed,
    Atom,
    BoughtLines,
    BoughtReceipts,
    BoughtTogether,
    Controlled,
    Permission,
    Rows,
    Sql,
    Stored,
    Tagged,
)
from smc.segment.bits import WORD_BITS, flag_words, holds, named, place, words
from smc.segment.scan_bought import line_scan, receipt_scan
from smc.segment.scan_lists import address_scan, control_scan, permission_scan, sql_scan, stored_scan, tag_scan
from smc.segment.scan_rows import rows_scan
from smc.segment.scan_seen import only_seen, seen_scan
from smc.segment.scan_together import together_scan
from smc.warehouse import Engine
from smc.warehouse.compare import number

__all__ = ["WORD_BITS", "Scan", "flag_words", "holds", "named", "number", "place", "scans", "words"]

_A = TypeVar("_A", bound=Atom)


@dataclass(frozen=True, slots=True)
class Scan:
    """``query`` gives the bitset of each customer with any bit set; ``atoms`` are numbered by their place.

    ``whole``: it may compare customers with each other, so it must not be narrowed to some of them. ``owners``: who
    asks for it, when it is somebody's SQL.
    """

    table: str
    query: exp.Expr
    atoms: tuple[Atom, ...]
    whole: bool = False
    owners: str = ""

    def run(self, engine: Engine) -> None:
        """Leave the bitset in the table. ``RunError`` names the owners of SQL that cannot be computed."""
        try:
            engine.materialise(self.table, self.query)
        except WarehouseError as error:
            if not self.owners:
                raise
            raise RunError(
                f"the SQL cannot be computed: {error.what}",
                where=self.owners, remedy="Nothing was changed. Change its SQL, or leave it out of the rule.",
            ) from error  # fmt: skip


def scans(atoms: Iterable[Atom], as_of: date, facts: Mapping[str, Fact]) -> tuple[Scan, ...]:
    """One scan for each table with many rows per customer that the atoms need."""
    every = tuple(atoms)
    return tuple(_scans(every, as_of, facts))


def _scans(every: tuple[Atom, ...], as_of: date, facts: Mapping[str, Fact]) -> Iterator[Scan]:
    lines = facts["lines"]
    yield from _scan("segment_tag", tag_scan, _of(every, Tagged), as_of)
    yield from _scan("segment_permission", permission_scan, _of(every, Permission), as_of)
    yield from _scan("segment_address", address_scan, _of(every, Addressed), as_of)
    yield from _scan("segment_control", control_scan, _of(every, Controlled), as_of)
    yield from _scan("segment_stored", stored_scan, _of(every, Stored), as_of)
    yield from _scan("segment_receipt", receipt_scan, _of(every, BoughtReceipts), as_of)
    bought = _of(every, BoughtLines)
    yield from _scan("segment_seen", seen_scan, tuple(atom for atom in bought if only_seen(atom)), as_of)
    if summed := tuple(atom for atom in bought if not only_seen(atom)):
        yield Scan("segment_line", line_scan(summed, as_of, lines), summed)
    if together := _of(every, BoughtTogether):
        yield Scan("segment_together", together_scan(together, as_of, lines), together)
    rows = _of(every, Rows)
    for name in dict.fromkeys(atom.fact for atom in rows):
        own = tuple(atom for atom in rows if atom.fact == name)
        yield Scan(f"segment_rows_{name}", rows_scan(own, facts[name]), own)
    for index, atom in enumerate(_of(every, Sql)):
        yield Scan(f"segment_sql_{index}", sql_scan((atom,), as_of), (atom,), whole=True)


def _of(atoms: Sequence[Atom], kind: type[_A]) -> tuple[_A, ...]:
    return tuple(atom for atom in atoms if isinstance(atom, kind))


def _scan(
    table: str, build: Callable[[Sequence[_A], date], exp.Expr], atoms: tuple[_A, ...], as_of: date
) -> Iterator[Scan]:
    if atoms:
        yield Scan(table, build(atoms, as_of), atoms)
