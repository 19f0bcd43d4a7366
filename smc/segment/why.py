"""Why one customer is a member or not: each node of the rule true or false, with what he has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from smc.config.problem import nearest
from smc.errors import UsageError
from smc.segment.atoms import MemberOf, leaves
from smc.segment.evaluate import Evaluation
from smc.segment.ground import Ground, Outline, Part
from smc.segment.own import own_rows
from smc.segment.reading import Readings, readings
from smc.segment.scan import named
from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class Told:
    """A node of the rule: whether it holds for the customer, and what he has of that which a condition asks for.

    Below a condition on another segment stands the rule of that segment, the first time that it is met.
    """

    rule: str
    holds: bool
    has: str
    parts: tuple[Told, ...]

    def lines(self, depth: int = 0) -> Iterator[tuple[int, Told]]:
        """The node and all below it with their depth, from top to bottom."""
        yield depth, self
        for part in self.parts:
            yield from part.lines(depth + 1)


@dataclass(frozen=True, slots=True)
class Stay:
    """``initial``: in from the first computation of the segment. ``left_on`` is None while it lasts."""

    entered_on: date
    left_on: date | None
    initial: bool


@dataclass(frozen=True, slots=True)
class Path:
    """``member``: by the rule as it is written now. ``stays``: as stored by the runs, the oldest first.

    ``customer_id`` is the survivor's when the id asked for was merged. ``has_profile``: without one nobody is in any
    segment, and then ``root`` is None.
    """

    customer_id: str
    has_profile: bool
    member: bool
    stays: tuple[Stay, ...]
    root: Told | None


def why(ground: Ground, customer_id: str, segment: str) -> Path:
    """The customer's way through the rule of a segment. Only his rows are read.

    Raises ``UsageError`` for an id never seen and a segment that is not there.
    """
    if segment not in ground.segments:
        raise UsageError(f"there is no segment '{segment}'", remedy=nearest(segment, ground.segments))
    key, own_id, has_profile = found_customer(ground.warehouse, customer_id)
    rows = ground.warehouse.rows(statement("smc.segment", "stays"), key=key, segment=segment)
    stays = tuple(Stay(*row) for row in rows if row[0] <= ground.as_of)
    root = _root(ground, key, segment) if has_profile else None
    return Path(own_id, has_profile, root is not None and root.holds, stays, root)


def found_customer(warehouse: Warehouse, customer_id: str) -> tuple[int, str, bool]:
    """Key and id of the customer that an id leads to, and whether there is a profile; ``UsageError`` for no one."""
    found = warehouse.rows(statement("smc.segment", "customer_found"), id=customer_id)
    if not found:
        raise UsageError(f"no customer has the id '{customer_id}'", remedy="Ids are text: 00123 is not 123.")
    key, own_id, has_profile = found[0]
    return key, own_id, has_profile


def _root(ground: Ground, key: int, segment: str) -> Told:
    resolved = ground.resolved(segment)
    outline = Outline(resolved)
    inner = {name: outline.part(ground.segments[name].rule) for name in resolved.segments}
    whole = outline.whole()
    found = ground.evaluation(whole)
    with own_rows(ground.warehouse, key) as own:
        narrow = own.evaluate(found)
        held = _held(ground, narrow, list(outline.trees))
        has = readings(own, whole.scope, found)
        own.drop(narrow.scans)
    return _told(inner[segment], held, has, inner, {segment})


def _held(ground: Ground, found: Evaluation, keys: list[str]) -> dict[str, bool]:
    columns = [named(exp.column(found.segments[part]), f"h{at}") for at, part in enumerate(keys)]
    (row,) = ground.warehouse.rows(exp.select(*columns).from_(found.flags.subquery("flags")))
    return dict(zip(keys, map(bool, row), strict=True))


def _told(part: Part, held: Mapping[str, bool], has: Readings, inner: Mapping[str, Part], met: set[str]) -> Told:
    below = part.parts
    if isinstance(part.node, MemberOf) and part.node.segment not in met:
        met.add(part.node.segment)
        below = (inner[part.node.segment],)
    told = tuple(_told(one, held, has, inner, met) for one in below)
    return Told(part.words, held[part.key], _has(part, has), told)


def _has(part: Part, has: Readings) -> str:
    """What the customer has of everything that the condition became; the same thing is said once."""
    if part.node is None:
        return ""
    said = (has.get(leaf.atom, "") for leaf in leaves(part.node) if not isinstance(leaf, MemberOf))
    return ", ".join(dict.fromkeys(filter(None, said)))
