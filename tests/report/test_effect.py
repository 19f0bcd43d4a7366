"""The interval of a difference of shares, against published figures and its own laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.report.effect import Group, effect, newcombe, wilson


@st.composite
def groups(draw: st.DrawFn) -> Group:
    customers = draw(st.integers(1, 5000))
    return Group(customers, draw(st.integers(0, customers)))


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe 1998, table II, method 10.
        (Group(70, 56), Group(80, 48), 0.0524, 0.3339),
        (Group(10, 9), Group(10, 3), 0.1705, 0.8090),
        (Group(10, 0), Group(10, 0), -0.2775, 0.2775),
        (Group(10, 10), Group(20, 0), 0.6791, 1.0),
    ],
)
def test_interval_is_the_published_one(first: Group, second: Group, low: float, high: float) -> None:
    assert newcombe(first, second) == pytest.approx((low, high), abs=5e-5)


@given(groups(), groups())
def test_interval_holds_the_difference_and_mirrors(first: Group, second: Group) -> None:
    low, high = newcombe(first, second)
    difference = first.conversion - second.conversion
    assert -1 - 1e-9 <= low <= difference + 1e-9
    assert difference - 1e-9 <= high <= 1 + 1e-9
    assert newcombe(second, first) == pytest.approx((-high, -low), abs=1e-9)


@given(groups())
def test_wilson_stays_within_0_and_1(group: Group) -> None:
    low, high = wilson(group, 1.96)
    assert -1e-9 <= low <= group.conversion + 1e-9
    assert group.conversion - 1e-9 <= high <= 1 + 1e-9


def test_verdicts_do_not_overclaim() -> None:
    assert effect(Group(500, 100), Group(0, 0)).verdict == "no_control"
    assert effect(Group(10, 10), Group(10, 0)).verdict == "few"
    assert effect(Group(1000, 5), Group(1000, 0)).verdict == "few"
    assert effect(Group(1000, 110), Group(1000, 100)).verdict == "none"
    assert effect(Group(1000, 200), Group(1000, 100)).verdict == "higher"
    assert effect(Group(1000, 100), Group(1000, 200)).verdict == "lower"
