"""A rule after resolution: atoms, each true or false for every customer, and the tree that combines them.

An atom is frozen and hashable: the same condition written in two segments is one atom and is computed once.
Negative operators do not exist here: ``not_equals`` is the opposite of ``equals``, so that a missing value never
makes a customer vanish from both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, assert_never

from smc.segment.values import Value

Operator = Literal["in", "less", "at_most", "more", "at_least", "between", "contains", "starts_with", "empty"]


@dataclass(frozen=True, slots=True)
class Compare:
    """A value in a table with one row per customer, compared with constants. ``values`` is empty for ``empty``."""

    source: Literal["attribute", "metric", "rfm"]
    name: str
    operator: Operator
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """The customer's bucket under the salt lies below ``below`` (0 to 10,000)."""

    salt: str
    below: int


@dataclass(frozen=True, slots=True)
class Tagged:
    tag: str


@dataclass(frozen=True, slots=True)
class Permission:
    """The stored permission is ``state``; no row is neither yes nor no."""

    channel: str
    category: str
    state: Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both ends are included; None is no bound."""

    low: Decimal | None = None
    high: Decimal | None = None

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None


@dataclass(frozen=True, slots=True)
class BoughtReceipts:
    """Receipts since a day, at a store, whatever was in them. At least one of them is paid."""

    store: str | None
    since: date | None
    receipts: Bounds = Bounds()
    amount: Bounds = Bounds()


@dataclass(frozen=True, slots=True)
class BoughtLines:
    """Lines that match all that is given. At least one of them stands on a paid receipt.

    ``category`` and ``product`` are keys of the warehouse; a category means everything below it too.
    """

    category: int | None
    product: int | None
    brand: str | None
    store: str | None
    since: date | None
    receipts: Bounds = Bounds()
    quantity: Bounds = Bounds()
    amount: Bounds = Bounds()


Atom = Compare | Sample | Tagged | Permission | BoughtReceipts | BoughtLines

Span = tuple[date | None, date | None]
"""First and last local day of rows; None at the end is the day of the evaluation, at the beginning no limit."""

_SOURCES = {
    "attribute": frozenset({"customer"}),
    "metric": frozenset({"customer", "customer_metric", "custom_metric"}),
    "rfm": frozenset({"rfm"}),
}


def reads(atom: Atom) -> frozenset[str]:
    """Tables whose rows decide the atom, but for the catalogue (products, categories, stores) and the ids."""
    match atom:
        case Compare():
            return _SOURCES[atom.source]
        case Sample():
            return frozenset()
        case Tagged():
            return frozenset({"tag_member"})
        case Permission():
            return frozenset({"subscription"})
        case BoughtReceipts():
            return frozenset({"receipt"})
        case BoughtLines():
            return frozenset({"receipt", "receipt_line"})
        case _:
            assert_never(atom)


def span(atom: Atom) -> Span | None:
    """Days of the rows that the atom looks at; None when it does not look at days of rows.

    Two atoms of one condition on two days differ in their constants where these depend on the day. An atom with equal
    constants can still move when ``moves`` says so, or when rows between the two days come into its span.
    """
    match atom:
        case BoughtReceipts() | BoughtLines():
            return atom.since, None
        case Tagged():
            return None, None
        case Compare() | Sample() | Permission():
            return None
        case _:
            assert_never(atom)


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    part: Node


@dataclass(frozen=True, slots=True)
class Holds:
    atom: Atom


@dataclass(frozen=True, slots=True)
class MemberOf:
    segment: str


Node = Every | Some | Opposite | Holds | MemberOf


def leaves(node: Node) -> Iterator[Holds | MemberOf]:
    """The ends of a tree, from left to right, repeated where they are repeated."""
    match node:
        case Every(parts) | Some(parts):
            for part in parts:
                yield from leaves(part)
        case Opposite(part):
            yield from leaves(part)
        case Holds() | MemberOf():
            yield node
        case _:
            assert_never(node)


def atoms_of(nodes: Mapping[str, Node]) -> tuple[Atom, ...]:
    """Every atom once, in the order of first use."""
    found = (leaf.atom for node in nodes.values() for leaf in leaves(node) if isinstance(leaf, Holds))
    return tuple(dict.fromkeys(found))


def segments_of(node: Node) -> tuple[str, ...]:
    """The segments that a tree asks for, each once."""
    return tuple(dict.fromkeys(leaf.segment for leaf in leaves(node) if isinstance(leaf, MemberOf)))
