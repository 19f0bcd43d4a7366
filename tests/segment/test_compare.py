"""Overlaps and differences equal what plain Python finds in the same stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smc.errors import UsageError
from smc.segment.compare import difference, overlaps
from smc.warehouse import Warehouse

pytestmark = pytest.mark.slow

FIRST = date(2017, 6, 1)
LAST = FIRST + timedelta(days=9)
NAMES = tuple(f"n{index}" for index in range(70))
Stays = dict[tuple[int, str], list[tuple[date, date | None, bool]]]


@st.composite
def histories(draw: st.DrawFn) -> Stays:
    """Stays that do not overlap, of eight customers in a few of seventy segments."""
    pairs = st.tuples(st.integers(1, 8), st.sampled_from((*NAMES[:3], *NAMES[60:64])))
    stays: Stays = {}
    for pair in draw(st.lists(pairs, min_size=5, max_size=40, unique=True)):
        ends = sorted(draw(st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True)))
        days = [FIRST + timedelta(days=end) for end in ends]
        stays[pair] = [
            (days[at], days[at + 1] if at + 1 < len(days) else None, days[at] == FIRST) for at in range(0, len(days), 2)
        ]
    return stays


def write(warehouse: Warehouse, stays: Stays, names: Sequence[str] = NAMES) -> None:
    for table in ("segment_member", "watermark", "customer_ident"):
        warehouse.run(f"delete from {table}")
    for key in range(1, 9):
        warehouse.run("insert into customer_ident values ($key, 'c' || $key)", key=key)
    warehouse.run("insert into watermark values ('segment', $day, null)", day=LAST)
    warehouse.run("insert into watermark select 'segment:' || unnest($names), $day, null", names=list(names), day=FIRST)
    for (key, segment), own in stays.items():
        for entered, left, initial in own:
            warehouse.run(
                "insert into segment_member values ($key, $segment, $entered, $gone, $initial)",
                key=key, segment=segment, entered=entered, gone=left, initial=initial,
            )  # fmt: skip


def inside(stays: Stays, segment: str, day: date) -> set[int]:
    return {
        key
        for (key, name), own in stays.items()
        for entered, left, _ in own
        if name == segment and entered <= day and (left is None or left > day)
    }


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(stays=histories(), back=st.integers(0, 9))
def test_overlap_of_every_pair(shop: Warehouse, stays: Stays, back: int) -> None:
    write(shop, stays)
    day = LAST - timedelta(days=back)
    members = {name: inside(stays, name, day) for name in NAMES}
    found = overlaps(shop, NAMES, day)
    assert len(found) == len(NAMES) * (len(NAMES) - 1) // 2
    for one in found:
        a, b = members[one.a], members[one.b]
        assert (one.a_members, one.b_members, one.both) == (len(a), len(b), len(a & b))
        assert one.share_of_a == (len(a & b) / len(a) if a else None)
        assert one.share_of_b == (len(a & b) / len(b) if b else None)
        assert one.jaccard == (len(a & b) / len(a | b) if a | b else None)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(stays=histories(), first=st.integers(0, 8), length=st.integers(1, 9))
def test_difference_of_two_days(shop: Warehouse, stays: Stays, first: int, length: int) -> None:
    write(shop, stays)
    since = FIRST + timedelta(days=first)
    as_of = min(since + timedelta(days=length), LAST)
    for name in ("n0", "n61"):
        before, after = inside(stays, name, since), inside(stays, name, as_of)
        found = difference(shop, name, since, as_of)
        assert (found.before, found.after) == (len(before), len(after))
        told = {(one.customer_id, one.change) for one in found.moved}
        assert told == {(f"c{key}", "entered") for key in after - before} | {
            (f"c{key}", "left") for key in before - after
        }
        assert (found.entered, found.left) == (len(after - before), len(before - after))
        assert all(since < one.happened_on <= as_of for one in found.moved)


def test_members_of_the_first_computation_did_not_enter(shop: Warehouse) -> None:
    write(shop, {(1, "n0"): [(LAST, None, True)], (2, "n0"): [(LAST, None, False)]})
    found = difference(shop, "n0", FIRST)
    assert [(one.customer_id, one.change) for one in found.moved] == [("c2", "entered")]
    assert (found.before, found.after) == (1, 2)


def test_one_against_the_others(shop: Warehouse) -> None:
    write(shop, {(1, "n0"): [(FIRST, None, True)], (1, "n2"): [(FIRST, None, True)]})
    found = overlaps(shop, ("n0", "n1", "n2"), against="n0")
    assert [(one.a, one.b, one.both) for one in found] == [("n0", "n1", 0), ("n0", "n2", 1)]


def test_what_cannot_be_compared_is_said(shop: Warehouse) -> None:
    write(shop, {}, names=("n0", "n1"))
    with pytest.raises(UsageError, match="segment 'n7' has not been computed"):
        overlaps(shop, ("n0", "n7"))
    with pytest.raises(UsageError, match="is not before"):
        difference(shop, "n0", LAST)
    assert difference(shop, "n0").since == LAST - timedelta(days=1)
