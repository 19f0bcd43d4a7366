"""What came out of a test against what it expects, with the way of everybody who is not where he should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from smc.segment.ground import THE_RULE, Ground
from smc.segment.trial.check import Wanted
from smc.segment.why import Told, why
from smc.warehouse import DuckDBEngine


@dataclass(frozen=True, slots=True)
class Stray:
    """Somebody who is a member and should not be, or the reverse, and his way through the rule."""

    customer: str
    member: bool
    way: Told | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One segment of a test: its members, and who is not where he should be."""

    segment: str
    members: tuple[str, ...]
    missing: tuple[Stray, ...]
    unexpected: tuple[Stray, ...]

    @property
    def passed(self) -> bool:
        return not self.missing and not self.unexpected


def judge(ground: Ground, expect: Mapping[str, Wanted]) -> Iterator[Verdict]:
    """Evaluate each segment, and compare. Raises what evaluating a rule raises."""
    for segment, wanted in expect.items():
        members = members_of(ground, segment)
        there = set(members)
        missing = sorted(wanted.has - there)
        unexpected = sorted(there - wanted.has if wanted.exact else there & wanted.has_not)
        yield Verdict(
            segment,
            members,
            tuple(Stray(one, member=False, way=why(ground, one, segment).root) for one in missing),
            tuple(Stray(one, member=True, way=why(ground, one, segment).root) for one in unexpected),
        )


def members_of(ground: Ground, segment: str) -> tuple[str, ...]:
    """Ids of the members by the rule as it is written, in their order."""
    found = ground.evaluation(ground.resolved(segment))
    found.materialise(DuckDBEngine(ground.warehouse))
    keys = found.members(found.rules[THE_RULE]).subquery("member")
    query: Any = exp.select("i.customer_id").from_(keys)
    query = query.join("customer_ident as i", on="i.customer_key = member.customer_key").order_by("i.customer_id")
    members = tuple(row[0] for row in ground.warehouse.rows(query))
    for scan in found.scans:
        ground.warehouse.run(f"drop table {scan.table}")
    return members
