"""Looking at segments: figures, members, the count of a rule that is not stored, files and SQL for analysts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlglot import exp

from smc.config.problem import nearest
from smc.config.profile import profile_fields
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rule import InSegmentRule, Rule, SegmentSpec
from smc.errors import UsageError, writing
from smc.segment.evaluate import Evaluation, evaluation, select_ids
from smc.segment.ready import require_figures
from smc.segment.resolve import resolve
from smc.segment.walk import conditions
from smc.warehouse import DuckDBEngine, Warehouse, sql, statement, text_of

_FORMATS = {".csv": "(format csv, header true)", ".parquet": "(format parquet)"}
_THE_RULE = "the rule"


@dataclass(frozen=True, slots=True)
class SegmentFigures:
    """The same figures as in the report: their one definition is ``smc/warehouse/queries/segment_figures.sql``.

    Shares are 0 to 1 and None when there is nothing to divide by. ``base_share`` is of customers with a profile,
    ``revenue_share`` of what these spent in the last 365 days; ``average_receipt`` is of the same days.
    """

    name: str
    title: str
    members: int
    base_share: float | None
    entered: int
    left: int
    revenue_share: float | None
    average_receipt: float | None


@dataclass(frozen=True, slots=True)
class Member:
    customer_id: str
    entered_on: date


def overview(warehouse: Warehouse, segments: Mapping[str, SegmentSpec], as_of: date) -> tuple[SegmentFigures, ...]:
    """Figures of every segment as it was stored for ``as_of``, in the order given."""
    rows = {row[0]: row[1:] for row in warehouse.rows(statement("smc.warehouse", "segment_figures"), as_of=as_of)}
    nothing = (0, 0.0, 0, 0, 0.0, None)
    return tuple(SegmentFigures(name, spec.title, *rows.get(name, nothing)) for name, spec in segments.items())


def members(
    warehouse: Warehouse, segment: str, *, as_of: date | None = None, limit: int | None = None
) -> tuple[Member, ...]:
    """Stored members on a day, by default the last computed one, in the order of their ids.

    Raises ``UsageError`` for a segment that was never computed.
    """
    day = _computed_day(warehouse, segment, as_of)
    found = warehouse.rows(statement("smc.segment", "members"), segment=segment, as_of=day, limit=limit)
    return tuple(Member(*row) for row in found)


def count(
    warehouse: Warehouse,
    rule: Rule | str,
    *,
    segments: Mapping[str, SegmentSpec],
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
) -> int:
    """How many customers a rule, or the segment of that name as it is written now, matches; nothing is stored."""
    found = _one(warehouse, rule, segments, fields, metrics, as_of)
    require_figures(warehouse, found, as_of)
    found.materialise(DuckDBEngine(warehouse))
    query = found.members(found.rules[_THE_RULE]).subquery("member")
    total = int(warehouse.value(exp.select("count(*)").from_(query)))
    for scan in found.scans:
        warehouse.run(f"drop table {scan.table}")
    return total


def sql_of(
    warehouse: Warehouse,
    rule: Rule | str,
    *,
    segments: Mapping[str, SegmentSpec],
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
) -> str:
    """One statement for the customer ids of a rule or of a segment's name; an analyst can run it on the snapshot."""
    found = _one(warehouse, rule, segments, fields, metrics, as_of)
    query = select_ids(found.members(found.rules[_THE_RULE]))
    return text_of(found.standalone(query), pretty=True)


def export(
    warehouse: Warehouse,
    segment: str,
    target: Path,
    *,
    as_of: date | None = None,
    fields: FieldsSpec | None = None,
    columns: Sequence[str] = (),
) -> int:
    """Write members to CSV or Parquet, by the suffix of ``target``; the number of members.

    The columns are customer_id, entered_on and the fields of the profile that are named. The file appears whole or not
    at all. Without ``as_of`` the last computed day is meant. Raises ``UsageError`` for another suffix, an unknown
    field, a segment that was never computed, or a place that cannot be written; ``DiskFullError``.
    """
    options = _FORMATS.get(target.suffix.lower())
    if options is None:
        raise UsageError(f"cannot write '{target.name}'", remedy=f"End the name in {' or '.join(_FORMATS)}.")
    day = _computed_day(warehouse, segment, as_of)
    query = _export_query(segment, day, fields or FieldsSpec(), columns)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    with writing(target, "the file", UsageError, remedy="Name a file in a folder that you may write to."):
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.touch()  # DuckDB would blame its own file for a place that cannot be written
        try:
            written = warehouse.run(f"copy ({text_of(query)}) to $target {options}", target=str(fresh))
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
    return written


def _export_query(segment: str, as_of: date, fields: FieldsSpec, columns: Sequence[str]) -> exp.Select:
    known = profile_fields(fields)
    for column in columns:
        if column not in known:
            raise UsageError(f"there is no field of a customer '{column}'", remedy=nearest(column, known))
    chosen = [name for name in dict.fromkeys(columns) if name != "customer_id"]
    extra = [exp.alias_(sql(known[name].read), name, quoted=True) for name in chosen]
    query = exp.select("i.customer_id", "s.entered_on", *extra).from_("segment_member as s")
    query = query.join("customer_ident as i", on="i.customer_key = s.customer_key")
    query = query.join("customer as c", on="c.customer_key = s.customer_key", join_type="left")
    there = sql(
        "s.segment = $segment and s.entered_on <= $as_of and (s.left_on is null or s.left_on > $as_of)",
        segment=segment, as_of=as_of,
    )  # fmt: skip
    return query.where(there).order_by("i.customer_id")


def _computed_day(warehouse: Warehouse, segment: str, as_of: date | None) -> date:
    """The day asked for, or the last one; the segment must have been computed."""
    if warehouse.value(statement("smc.segment", "watermark"), name=f"segment:{segment}") is None:
        computed = [row[0] for row in warehouse.rows(statement("smc.segment", "computed_segments"))]
        raise UsageError(f"segment '{segment}' has not been computed", remedy=nearest(segment, computed))
    last: date = warehouse.value(statement("smc.segment", "watermark"), name="segment")
    return last if as_of is None else as_of


def _one(  # noqa: PLR0917 - called twice, in the order of the public arguments
    warehouse: Warehouse,
    rule: Rule | str,
    segments: Mapping[str, SegmentSpec],
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
) -> Evaluation:
    """The evaluation of one rule and of the segments it needs, and nothing else."""
    asked = InSegmentRule(in_segment=rule) if isinstance(rule, str) else rule
    return evaluation(
        resolve(
            warehouse, segments=_needed(asked, segments), rules={_THE_RULE: asked},
            fields=fields, metrics=metrics, as_of=as_of,
        )
    )  # fmt: skip


def _needed(rule: Rule, segments: Mapping[str, SegmentSpec]) -> dict[str, SegmentSpec]:
    needed: dict[str, SegmentSpec] = {}
    waiting = [rule]
    while waiting:
        for _, leaf in conditions(waiting.pop()):
            if isinstance(leaf, InSegmentRule) and leaf.in_segment in segments and leaf.in_segment not in needed:
                needed[leaf.in_segment] = segments[leaf.in_segment]
                waiting.append(segments[leaf.in_segment].rule)
    return needed
