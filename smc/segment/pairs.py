"""Each condition as it was resolved on the day of the last refresh, beside what it is today."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from smc.segment.atoms import (
    Addressed,
    Atom,
    BoughtLines,
    BoughtReceipts,
    BoughtTogether,
    Compare,
    Controlled,
    FieldTest,
    Holds,
    Node,
    Permission,
    Rows,
    Sample,
    Sql,
    Stored,
    Tagged,
    leaves,
    span,
)
from smc.segment.resolve import Resolved
from smc.segment.state import Output

Days = tuple[date, date]
"""First and last day, both included."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """One atom on the two days."""

    before: Atom
    now: Atom


@dataclass(frozen=True, slots=True)
class Night:
    """The rules as resolved for the day of the last refresh and for today."""

    before: Resolved
    now: Resolved

    @property
    def last(self) -> date:
        return self.before.scope.as_of

    @property
    def as_of(self) -> date:
        return self.now.scope.as_of


def nodes_of(resolved: Resolved) -> dict[Output, Node]:
    """Every tree; segments come after those that they ask for, and rules after the segments."""
    return {Output("segment", name): node for name, node in resolved.segments.items()} | {
        Output("rule", key): node for key, node in resolved.rules.items()
    }


def atoms_in(node: Node) -> Iterator[Atom]:
    """The atoms of a tree, repeated where they are repeated."""
    return (leaf.atom for leaf in leaves(node) if isinstance(leaf, Holds))


def pairs_of(night: Night, outputs: Collection[Output]) -> tuple[Pair, ...]:
    """Each condition of the outputs once."""
    before, now = nodes_of(night.before), nodes_of(night.now)
    found = (
        Pair(*pair)
        for one in outputs
        for pair in zip(atoms_in(before[one]), atoms_in(now[one]), strict=True)
    )  # fmt: skip
    return tuple(dict.fromkeys(found))


def reshaped(night: Night) -> frozenset[Output]:
    """What differs between the days by more than the days and constants that are compared here."""
    before, now = nodes_of(night.before), nodes_of(night.now)
    return frozenset(one for one in now if one not in before or _shape(before[one]) != _shape(now[one]))


def _shape(node: Node) -> list[object]:
    return [_undated(leaf.atom) if isinstance(leaf, Holds) else leaf for leaf in leaves(node)]


def _undated(atom: Atom) -> Atom:
    """The atom without days and without what values are compared with."""
    match atom:
        case Compare():
            return replace(atom, values=())
        case BoughtReceipts():
            return replace(atom, since=None, until=None)
        case BoughtLines() | Rows():
            return replace(atom, since=None, until=None, tests=_untold(atom.tests))
        case BoughtTogether():
            items = tuple(replace(item, tests=_untold(item.tests)) for item in atom.items)
            return replace(atom, since=None, until=None, items=items)
        case Sample() | Tagged() | Permission() | Addressed() | Controlled() | Sql() | Stored():
            return atom
        case _:
            assert_never(atom)


def _untold(tests: Sequence[FieldTest]) -> tuple[FieldTest, ...]:
    return tuple(replace(test, values=()) for test in tests)


def tests_in(atom: Atom) -> tuple[FieldTest, ...]:
    """Tests of fields of rows."""
    match atom:
        case BoughtLines() | Rows():
            return atom.tests
        case BoughtTogether():
            return tuple(test for item in atom.items for test in item.tests)
        case _:
            return ()


def exchanged(pair: Pair, night: Night) -> Iterator[Days]:
    """Days whose rows an atom sees on one of the two days alone."""
    before, now = _days_of(pair.before, night.last), _days_of(pair.now, night.as_of)
    if before[1] < now[0] or now[1] < before[0]:
        yield from (before, now)
        return
    for one, other in ((before[0], now[0]), (before[1] + _DAY, now[1] + _DAY)):
        if one != other:
            yield min(one, other), max(one, other) - _DAY


def _days_of(atom: Atom, as_of: date) -> Days:
    first, last = span(atom) or (None, None)
    return first or date.min, last or as_of
