"""A rule as a tree with the customers at each node, all counted at once, and what it cost to find them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from smc.config.specs.rule import Rule
from smc.segment.evaluate import Evaluation
from smc.segment.ground import Ground, Outline, Part
from smc.segment.scan import named
from smc.warehouse import DuckDBEngine, sql
from smc.warehouse.cost import Cost, last_cost, profiled


@dataclass(frozen=True, slots=True)
class Counted:
    """A node of the rule. ``customers`` hold it alone; ``remaining``: of a part of an ``all``, who hold it and every
    part before it."""

    rule: str
    customers: int
    remaining: int | None
    parts: tuple[Counted, ...]

    def lines(self, depth: int = 0) -> Iterator[tuple[int, Counted]]:
        """The node and all below it with their depth, from top to bottom."""
        yield depth, self
        for part in self.parts:
            yield from part.lines(depth + 1)


@dataclass(frozen=True, slots=True)
class Explanation:
    """``base``: customers with a profile. ``cost``: by step, each scan of a big table first, the evaluation last."""

    base: int
    members: int
    root: Counted
    cost: Mapping[str, Cost]


def explain(ground: Ground, asked: Rule | str) -> Explanation:
    """Customers at every node of a rule, or of the rule of a segment; nothing is stored.

    Each big table is scanned once, whatever the size of the rule.
    """
    outline = Outline(ground.resolved(asked))
    root = outline.part(ground.rule_of(asked))
    found = ground.evaluation(outline.whole())
    cost: dict[str, Cost] = {}
    with profiled(ground.warehouse):
        for scan in found.scans:
            scan.run(DuckDBEngine(ground.warehouse))
            cost[scan.table] = last_cost(ground.warehouse)
        base, counts = _counts(ground, found, list(outline.trees))
        cost["evaluation"] = last_cost(ground.warehouse)
    for scan in found.scans:
        ground.warehouse.run(f"drop table {scan.table}")
    return Explanation(base, counts[root.key], _counted(root, counts), cost)


def _counts(ground: Ground, found: Evaluation, keys: list[str]) -> tuple[int, dict[str, int]]:
    sums = [
        named(
            sql("coalesce(sum(case when $held then 1 else 0 end), 0)", held=exp.column(found.segments[key])), f"n{at}"
        )
        for at, key in enumerate(keys)
    ]
    query = exp.select("count(*)").select(*sums, copy=False).from_(found.flags.subquery("flags"))
    ((base, *held),) = ground.warehouse.rows(query)
    return int(base), dict(zip(keys, map(int, held), strict=True))


def _counted(part: Part, counts: Mapping[str, int]) -> Counted:
    remaining = None if part.upto is None else counts[part.upto]
    return Counted(part.words, counts[part.key], remaining, tuple(_counted(one, counts) for one in part.parts))
