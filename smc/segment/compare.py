"""Stored members compared: segments with each other, and a segment with itself on an earlier day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from sqlglot import exp

from smc.errors import UsageError
from smc.segment.scan import named, place, words
from smc.segment.show import computed_day
from smc.warehouse import Warehouse, sql, statement


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two segments. ``share_of_a`` is the part of A that is in B too; None when A is empty. ``jaccard``: customers in
    both by customers in either (Jaccard, 1912), None when both are empty."""

    a: str
    b: str
    a_members: int
    b_members: int
    both: int
    share_of_a: float | None
    share_of_b: float | None
    jaccard: float | None


@dataclass(frozen=True, slots=True)
class Moved:
    """``change`` is entered or left; ``happened_on`` the day of it."""

    customer_id: str
    change: str
    happened_on: date


@dataclass(frozen=True, slots=True)
class Difference:
    """Members on two days. ``moved`` are those of one day only, who entered first, in the order of their ids."""

    since: date
    as_of: date
    before: int
    after: int
    entered: int
    left: int
    moved: tuple[Moved, ...]


def overlaps(
    warehouse: Warehouse, segments: Sequence[str], as_of: date | None = None, *, against: str | None = None
) -> tuple[Overlap, ...]:
    """Every pair of the segments as stored on a day, by default the last computed one; only pairs with ``against``.

    One pass over the members: customers in the same segments are counted together, and pairs come from these counts.
    Raises ``UsageError`` for a segment that was never computed.
    """
    day = max(computed_day(warehouse, segment, as_of) for segment in segments)
    names = list(dict.fromkeys(segments))
    pairs = [pair for pair in combinations(range(len(names)), 2) if against is None or names.index(against) in pair]
    singles = [(at, at) for at in range(len(names))]
    found = _both(warehouse, names, [*singles, *pairs], day)
    return tuple(_overlap(names, found, a, b) for a, b in pairs)


def _overlap(names: Sequence[str], found: Mapping[tuple[int, int], int], a: int, b: int) -> Overlap:
    in_a, in_b, both = found[a, a], found[b, b], found[a, b]
    return Overlap(
        names[a], names[b], in_a, in_b, both,
        _share(both, in_a), _share(both, in_b), _share(both, in_a + in_b - both),
    )  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _both(
    warehouse: Warehouse, names: Sequence[str], pairs: Iterable[tuple[int, int]], day: date
) -> dict[tuple[int, int], int]:
    """Customers in both segments of each pair, which are given by their numbers."""
    wanted = list(pairs)
    sums = [
        named(sql("coalesce(sum(case when $both then customers else 0 end), 0)", both=_in_both(a, b)), f"n{at}")
        for at, (a, b) in enumerate(wanted)
    ]
    query = exp.select(*sums).from_(_combinations(names, day).subquery("combination"))
    (row,) = warehouse.rows(query)
    return dict(zip(wanted, map(int, row), strict=True))


def _in_both(a: int, b: int) -> exp.Expr:
    tests = [f"(w{word} & {bit}) <> 0" for word, bit in dict.fromkeys((place(a), place(b)))]
    return sql(" and ".join(tests))


def _combinations(names: Sequence[str], day: date) -> exp.Select:
    """Combinations of segments that customers are in, as bits, each with its number of customers."""
    columns = [f"w{word}" for word in words(len(names))]
    bits: dict[str, exp.Case] = {column: exp.Case(default=exp.Literal.number(0)) for column in columns}
    for at, segment in enumerate(names):
        word, bit = place(at)
        bits[f"w{word}"] = bits[f"w{word}"].when(sql("segment = $v", v=segment), sql("$v", v=bit))
    there = sql("entered_on <= $day and (left_on is null or left_on > $day)", day=day)
    ors = [
        named(sql("bit_or(cast($case as bigint))", case=case if case.args.get("ifs") else sql("0")), column)
        for column, case in bits.items()
    ]
    inside = exp.select("customer_key", *ors).from_("segment_member").where(there).group_by("customer_key")
    query = exp.select(*columns, "count(*) as customers").from_(inside.subquery("inside"))
    return query.group_by(*columns)


def difference(warehouse: Warehouse, segment: str, since: date | None = None, as_of: date | None = None) -> Difference:
    """Who is a member on ``as_of`` (by default the last computed day) and was none on ``since``, and the other way.

    By default ``since`` is the day before. Whoever entered and left in between is in neither list. Raises
    ``UsageError`` for a segment never computed, and for days in the wrong order.
    """
    day = computed_day(warehouse, segment, as_of)
    since = day - timedelta(days=1) if since is None else since
    if since >= day:
        raise UsageError(f"{since} is not before {day}", remedy="Give --since an earlier day, or --as-of a later one.")
    rows = warehouse.rows(statement("smc.segment", "moved"), segment=segment, since=since, as_of=day)
    moved = tuple(Moved(*row) for row in rows)
    after = int(warehouse.value(statement("smc.segment", "members_count"), segment=segment, as_of=day))
    entered = sum(one.change == "entered" for one in moved)
    left = len(moved) - entered
    return Difference(since, day, after - entered + left, after, entered, left, moved)
