"""What a control group can show, against figures of the formula and against trials."""

from __future__ import annotations

from math import isclose
from statistics import NormalDist

import pytest

from smc.report.power import Z_ALPHA, Z_POWER, power


def test_the_constants_are_those_of_the_normal_distribution() -> None:
    assert isclose(Z_ALPHA, NormalDist().inv_cdf(0.975), rel_tol=1e-12)
    assert isclose(Z_POWER, NormalDist().inv_cdf(0.8), rel_tol=1e-12)


def test_groups_of_a_thousand_show_a_difference_of_3_8_points() -> None:
    found = power(1000, 1000, buyers=200, spread=50.0)
    assert found.conversion == pytest.approx(0.0376, abs=0.0001)
    assert found.spend == pytest.approx(6.265, abs=0.001)


def test_a_larger_control_group_shows_a_smaller_effect() -> None:
    small, large = (power(10_000 - n, n, buyers=1000, spread=50.0).conversion for n in (500, 2000))
    assert small is not None
    assert large is not None
    assert small > large


def test_without_two_groups_there_is_nothing_to_show() -> None:
    assert power(100, 0, buyers=10, spread=1.0).conversion is None
    assert power(0, 0, buyers=0, spread=0.0).spend is None


def test_an_effect_of_that_size_is_found_four_times_in_five() -> None:
    """Of two means: the test statistic is normal with mean delta / se, and is seen above z of alpha in 80 %."""
    found = power(900, 100, buyers=0, spread=30.0)
    assert found.spend is not None
    error = 30.0 * (1 / 900 + 1 / 100) ** 0.5
    assert 1 - NormalDist(found.spend / error, 1).cdf(Z_ALPHA) == pytest.approx(0.8, abs=1e-9)
