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

from smc.config.positive import Operator
from smc.config.values import Kind, Value


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
    """The stored permission is ``state``; no row is neither yes nor no. ``past``: as it was at the end of the day asked
    for, by the log, and not as it is now."""

    channel: str
    category: str
    state: Literal["yes", "no"]
    past: bool = False


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
    until: date | None = None


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A field of a row compared with constants, read as ``kind``; two-valued, and the opposite unless ``positive``.

    Categories and products are keys of the warehouse, a category with everything below it. ``placed``: products have
    places in these categories beside their ``category_id``, and a row of such a product is meant too.
    """

    field: str
    kind: Kind
    operator: Operator
    values: tuple[Value, ...] = ()
    positive: bool = True
    placed: bool = False


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
    until: date | None = None
    tests: tuple[FieldTest, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """Lines of one receipt, with bounds of their sums on it."""

    category: int | None
    product: int | None
    brand: str | None
    quantity: Bounds = Bounds()
    amount: Bounds = Bounds()
    tests: tuple[FieldTest, ...] = ()


@dataclass(frozen=True, slots=True)
class BoughtTogether:
    """Paid receipts, each with all the items. At least one, or as many as ``receipts`` says."""

    items: tuple[Item, ...]
    store: str | None
    since: date | None
    until: date | None = None
    receipts: Bounds = Bounds()


FigureKind = Literal["count", "sum", "min", "max", "avg", "distinct"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure over rows and its bounds; ``count`` has no field. ``kind``: as in ``FieldTest``."""

    figure: FigureKind
    bounds: Bounds
    field: str | None = None
    kind: Kind = "decimal"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a fact that pass all tests, on days from ``since`` to ``until``; every measure is within its bounds.

    ``until`` is the last day of which rows count today, or earlier. ``undated``: rows without a day count too.
    ``decided``: a test says itself which states count. ``tables``: those behind the fact.
    """

    fact: str
    tests: tuple[FieldTest, ...]
    measures: tuple[Measure, ...]
    since: date | None
    until: date | None
    undated: bool
    decided: bool
    tables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Addressed:
    """An address in the channel that is not known to be bad."""

    channel: str


@dataclass(frozen=True, slots=True)
class Controlled:
    """In the control group with this name, or in the control arm of the campaign of this name."""

    group: str


@dataclass(frozen=True, slots=True)
class Sql:
    """Customers that a statement gives: printed, with its tables written out. It may compare customers with each other,
    so it is always evaluated for everyone. ``joins``: one-row tables of figures that it reads (m, x, f)."""

    query: str
    tables: frozenset[str]
    joins: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stored:
    """An open stay in a segment. Only a refresh asks so, for a segment that it has brought to today already."""

    segment: str


Atom = (
    Compare
    | Sample
    | Tagged
    | Permission
    | BoughtReceipts
    | BoughtLines
    | BoughtTogether
    | Rows
    | Addressed
    | Controlled
    | Sql
    | Stored
)

Span = tuple[date | None, date | None]
"""First and last local day of rows; None at the end is the day of the evaluation, at the beginning no limit."""

_SOURCES = {
    "attribute": frozenset({"customer"}),
    "metric": frozenset({"customer", "customer_metric", "customer_activity", "custom_metric"}),
    "rfm": frozenset({"rfm"}),
}


def reads(atom: Atom) -> frozenset[str]:  # noqa: C901, PLR0911 - one arm for each kind of atom
    """Tables whose rows decide the atom, but for the catalogue (products, categories, stores) and the ids."""
    match atom:
        case Compare():
            return _SOURCES[atom.source]
        case Sample():
            return frozenset()
        case Tagged():
            return frozenset({"tag_member"})
        case Permission(past=past):
            return frozenset({"subscription_log" if past else "subscription"})
        case BoughtReceipts():
            return frozenset({"receipt"})
        case BoughtLines() | BoughtTogether():
            return frozenset({"receipt", "receipt_line"})
        case Rows() | Sql():
            return atom.tables
        case Addressed():
            return frozenset({"customer", "contact_point", "suppression"})
        case Controlled():
            return frozenset({"control_member", "entry"})
        case Stored():
            return frozenset({"segment_member"})
        case _:
            assert_never(atom)


def span(atom: Atom) -> Span | None:
    """Days of the rows that the atom looks at; None when it does not look at days of rows.

    Two atoms of one condition on two days differ in their constants where these depend on the day: in ``values`` of a
    ``Compare``, in those of ``tests``, in ``since`` and ``until``. Only a ``Compare`` of a metric may read the day too.
    """
    match atom:
        case BoughtReceipts() | BoughtLines() | BoughtTogether():
            return atom.since, atom.until
        case Rows(until=until):
            return None if until is None else (atom.since, until)
        case Tagged():
            return None, None
        case Compare() | Sample() | Permission() | Addressed() | Controlled() | Sql() | Stored():
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
