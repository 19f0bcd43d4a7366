"""What came out of a test against what it expects, with the way of everybody who is not where he should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from smc.segment.ground import Ground
from smc.segment.resolve import resolve
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
    """Evaluate all segments of the ground at once, and compare. Raises what evaluating a rule raises."""
    found = members_of(ground)
    for segment, wanted in expect.items():
        there = set(found[segment])
        missing = sorted(wanted.has - there)
        unexpected = sorted(there - wanted.has if wanted.exact else there & wanted.has_not)
        yield Verdict(
            segment,
            found[segment],
            tuple(Stray(one, member=False, way=why(ground, one, segment).root) for one in missing),
            tuple(Stray(one, member=True, way=why(ground, one, segment).root) for one in unexpected),
        )


def members_of(ground: Ground) -> dict[str, tuple[str, ...]]:
    """Ids of the members of each segment by its rule as it is written, in their order."""
    warehouse = ground.warehouse
    resolved = resolve(
        warehouse, segments=ground.segments, rules={}, fields=ground.fields, metrics=ground.metrics, as_of=ground.as_of,
        categories=ground.categories,
    )  # fmt: skip
    found = ground.evaluation(resolved)
    found.materialise(DuckDBEngine(warehouse))
    columns = [exp.column(column, table="flags") for column in found.segments.values()]
    query = exp.select("i.customer_id", *columns).from_(found.flags.subquery("flags"))
    query = query.join("customer_ident as i", on="i.customer_key = flags.customer_key").order_by("i.customer_id")
    rows = warehouse.rows(query)
    for scan in found.scans:
        warehouse.run(f"drop table {scan.table}")
    return {segment: tuple(row[0] for row in rows if row[at]) for at, segment in enumerate(found.segments, 1)}
