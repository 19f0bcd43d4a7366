"""Looking at segments: figures, members, the size of a rule that is not stored, SQL for analysts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlglot import exp

from smc.config.problem import nearest
from smc.config.specs.project import CategorySettings, FieldsSpec, MetricsSpec
from smc.config.specs.rule import Rule, SegmentSpec
from smc.errors import UsageError
from smc.segment.evaluate import select_ids
from smc.segment.ground import THE_RULE, Ground
from smc.segment.reach import reach_of_members, reach_of_segments
from smc.warehouse import DuckDBEngine, Warehouse, statement, text_of


@dataclass(frozen=True, slots=True)
class SegmentFigures:
    """The same figures as in the report: their one definition is ``smc/warehouse/queries/segment_figures.sql``.

    Shares are 0 to 1 and None when there is nothing to divide by. ``base_share`` is of customers with a profile,
    ``revenue_share`` of what these spent in the last 365 days; ``average_receipt`` and ``revenue`` are of the same
    days. ``reachable``: members by channel with a usable address and a yes for some category. Money, addresses and the
    base are known for the last computed day alone: of an earlier one ``base_share`` and what follows ``left`` are None,
    and ``reachable`` is empty.
    """

    name: str
    title: str
    members: int
    base_share: float | None
    entered: int
    left: int
    revenue_share: float | None
    average_receipt: float | None
    revenue: Decimal | None = Decimal(0)
    reachable: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    customer_id: str
    entered_on: date


def overview(warehouse: Warehouse, segments: Mapping[str, SegmentSpec], as_of: date) -> tuple[SegmentFigures, ...]:
    """Figures of every segment as it was stored for ``as_of``, in the order given.

    Raises ``UsageError`` for a day that was not computed yet.
    """
    past = stored_day(warehouse, as_of) < stored_day(warehouse, None)
    rows = {row[0]: row[1:] for row in warehouse.rows(statement("smc.warehouse", "segment_figures"), as_of=as_of)}
    nothing = (0, 0.0, 0, 0, 0.0, None, Decimal(0))
    found = [SegmentFigures(name, spec.title, *rows.get(name, nothing)) for name, spec in segments.items()]
    if past:
        unknown: dict[str, Any] = {"base_share": None, "revenue_share": None, "average_receipt": None, "revenue": None}
        return tuple(replace(one, **unknown) for one in found)
    reach = reach_of_segments(warehouse, as_of)
    return tuple(replace(one, reachable=reach.get(one.name, reach[None])) for one in found)


def members(
    warehouse: Warehouse, segment: str, *, as_of: date | None = None, limit: int | None = None
) -> tuple[Member, ...]:
    """Stored members on a day, by default the last computed one, in the order of their ids.

    Raises ``UsageError`` for a segment that was never computed, or not for that day.
    """
    day = computed_day(warehouse, segment, as_of)
    found = warehouse.rows(statement("smc.segment", "members"), segment=segment, as_of=day, limit=limit)
    return tuple(Member(*row) for row in found)


@dataclass(frozen=True, slots=True)
class Size:
    """How many customers a rule matches, their share of all with a profile (0 to 1, None without any), and how many of
    them can be reached by channel."""

    customers: int
    base_share: float | None
    reachable: Mapping[str, int]


def count(
    warehouse: Warehouse,
    rule: Rule | str,
    *,
    segments: Mapping[str, SegmentSpec],
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
    categories: Mapping[str, CategorySettings] | None = None,
) -> int:
    """How many customers a rule, or the segment of that name as it is written now, matches; nothing is stored."""
    return size(Ground(warehouse, segments, fields, metrics, as_of, categories or {}), rule).customers


def size(ground: Ground, rule: Rule | str) -> Size:
    """As ``count``, with the share of the base and the reach. Nothing is stored."""
    found = ground.evaluation(ground.resolved(rule))
    found.materialise(DuckDBEngine(ground.warehouse))
    members = found.members(found.rules[THE_RULE])
    customers = int(ground.warehouse.value(exp.select("count(*)").from_(members.subquery("member"))))
    base = int(ground.warehouse.value("select count(*) from customer"))
    reachable = reach_of_members(ground.warehouse, members)
    for scan in found.scans:
        ground.warehouse.run(f"drop table {scan.table}")
    return Size(customers, customers / base if base else None, reachable)


def sql_of(
    warehouse: Warehouse,
    rule: Rule | str,
    *,
    segments: Mapping[str, SegmentSpec],
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
    categories: Mapping[str, CategorySettings] | None = None,
) -> str:
    """One statement for the customer ids of a rule or of a segment's name; an analyst can run it on the snapshot."""
    ground = Ground(warehouse, segments, fields, metrics, as_of, categories or {})
    found = ground.evaluation(ground.resolved(rule))
    query = select_ids(found.members(found.rules[THE_RULE]))
    return text_of(found.standalone(query), pretty=True)


def computed_day(warehouse: Warehouse, segment: str, as_of: date | None) -> date:
    """The day asked for, or the last one. Raises ``UsageError`` for a segment that was never computed, and for a day of
    which its members are not known: nobody, or the members of another day, would be a wrong answer."""
    first = warehouse.value(statement("smc.segment", "first_day"), segment=segment)
    if first is None:
        computed = [row[0] for row in warehouse.rows(statement("smc.segment", "computed_segments"))]
        raise UsageError(f"segment '{segment}' has not been computed", remedy=nearest(segment, computed))
    day = stored_day(warehouse, as_of)
    if day < first:
        raise UsageError(
            f"the members of segment '{segment}' are known from {first} on, not on {day}",
            remedy=f"Use --as-of {first} or a later day.",
        )
    return day


def stored_day(warehouse: Warehouse, as_of: date | None) -> date:
    """The day asked for, or the last one. Raises ``UsageError`` for a day that was not computed yet."""
    last: date | None = warehouse.value(statement("smc.segment", "watermark"), name="segment")
    if last is None:
        raise UsageError("no segments have been computed", remedy="Run smc run nightly first.")
    if as_of is not None and as_of > last:
        raise UsageError(
            f"segments have been computed up to {last}, not for {as_of}",
            remedy=f"Use --as-of {last} or an earlier day.",
        )
    return last if as_of is None else as_of
