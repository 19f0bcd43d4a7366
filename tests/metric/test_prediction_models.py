"""The two models: known figures of the literature, a slow reference, known parameters found again, invariances."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.metric.predict import purchases, spend
from smc.metric.predict.fitting import Floats
from smc.metric.predict.purchases import Frequencies, Purchases, alive, fit_purchases, purchases_if_alive
from smc.metric.predict.score import discounted
from smc.metric.predict.spend import Spend, Values, average_visit, fit_spend
from tests.metric.shopping import Truth, simulate

pytestmark = pytest.mark.slow

CDNOW = Path(__file__).parent / "cdnow.csv"
"""The CDNOW sample of 2357 customers (1997, brucehardie.com): repeat purchases up to 30 September, day of the last one
and age in days since the first, cents of the repeat purchases, and how many customers are so."""

positive = st.floats(0.05, 20.0)
models = st.builds(Purchases, r=positive, alpha=st.floats(0.05, 200.0), a=positive, b=positive)
customers = st.tuples(st.integers(0, 400), st.floats(0, 1), st.floats(0.0, 520.0))
"""Repeat visits, share of the age at which the last one was, age in weeks."""


def one(value: float) -> Floats:
    return np.array([float(value)])


@pytest.fixture(scope="module")
def cdnow() -> Floats:
    with CDNOW.open(newline="") as file:
        return np.array([[float(value) for value in row.values()] for row in csv.DictReader(file)])


def test_visits_of_cdnow_are_as_published(cdnow: Floats) -> None:
    """Fader, Hardie, Lee (2005), table 2: r .243, alpha 4.414, a .793, b 2.426, log-likelihood -9582.4."""
    found = fit_purchases(Frequencies(cdnow[:, 0], cdnow[:, 1] / 7, cdnow[:, 2] / 7, cdnow[:, 4]))
    assert found.converged
    assert found.edge == ()
    assert found.values == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=6e-4)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    model = Purchases(*found.values)
    assert alive(model, one(2), one(30.43), one(38.86))[0] == pytest.approx(0.726, abs=5e-3)
    expected = alive(model, one(2), one(30.43), one(38.86)) * purchases_if_alive(model, one(2), one(38.86), 39)
    assert expected[0] == pytest.approx(1.226, abs=5e-3)  # the example in the note on the model in Excel


def test_money_of_cdnow_is_as_published(cdnow: Floats) -> None:
    """Fader, Hardie (2013): p 6.25, q 3.74, gamma 15.44."""
    rows = cdnow[(cdnow[:, 0] > 0) & (cdnow[:, 3] > 0)]
    found = fit_spend(Values(rows[:, 0], rows[:, 3] / 100 / rows[:, 0], rows[:, 4]))
    assert found.converged
    assert found.values == pytest.approx((6.25, 3.74, 15.44), abs=0.01)


@settings(max_examples=60)
@given(model=models, customer=customers, weeks=st.floats(0.1, 160.0))
def test_expected_visits_equal_a_slow_reference(
    model: Purchases, customer: tuple[int, float, float], weeks: float
) -> None:
    """Equation 10 as printed, with 50 digits."""
    x, share, age = customer
    recency = share * age if x else 0.0
    with mpmath.workdps(50):
        r, alpha, a, b = (mpmath.mpf(value) for value in (model.r, model.alpha, model.a, model.b))
        odds = a / (b + x - 1) * ((alpha + mpmath.mpf(age)) / (alpha + mpmath.mpf(recency))) ** (r + x) if x else 0
        if abs(a - 1) < mpmath.mpf("1e-5"):
            a = a + mpmath.mpf("2e-5")
        span = alpha + mpmath.mpf(age) + mpmath.mpf(weeks)
        series = mpmath.hyp2f1(r + x, b + x, a + b + x - 1, mpmath.mpf(weeks) / span)
        above = (a + b + x - 1) / (a - 1) * (1 - ((alpha + mpmath.mpf(age)) / span) ** (r + x) * series)
        expected, chance = float(above / (1 + odds)), float(1 / (1 + odds))
    found = alive(model, one(x), one(recency), one(age))
    assert found[0] == pytest.approx(chance, rel=1e-9, abs=1e-12)
    visits = found * purchases_if_alive(model, one(x), one(age), weeks)
    assert visits[0] == pytest.approx(expected, rel=1e-4 if abs(model.a - 1) < 1e-4 else 1e-6, abs=1e-9)


def hypergeometric(a: mpmath.mpf, b: mpmath.mpf, c: mpmath.mpf, z: mpmath.mpf) -> mpmath.mpf:
    """2F1(a, b; c; z) by its definition; all terms are positive."""
    term, total, place = mpmath.mpf(1), mpmath.mpf(1), 0
    while term > total * mpmath.eps:
        term *= (a + place) * (b + place) / (c + place) * z / (place + 1)
        total, place = total + term, place + 1
    return total


@pytest.mark.parametrize("size", [100.0, 1000.0, 149861.0, 1.1e6])
@pytest.mark.parametrize(("r", "alpha"), [(0.05, 1.0), (0.8, 6.0), (30.0, 250.0)])
@pytest.mark.parametrize("ratio", [0.05, 6.0])
def test_customers_who_hardly_differ_have_figures_too(size: float, r: float, alpha: float, ratio: float) -> None:
    """Equation 10 as printed, its series added up with 50 digits: a and b ran away, and closed forms overflow."""
    model = Purchases(r, alpha, size, min(size * ratio, 1.2e6))
    for x, age, weeks in ((0, 0.0, 4.3), (0, 40.0, 156.0), (3, 20.0, 52.0), (150, 150.0, 13.0), (400, 100.0, 156.0)):
        with mpmath.workdps(50):
            a, b, z = mpmath.mpf(model.a), mpmath.mpf(model.b), mpmath.mpf(weeks) / (mpmath.mpf(alpha) + age + weeks)
            series = hypergeometric(r + x, b + x, a + b + x - 1, z)
            expected = float((a + b + x - 1) / (a - 1) * (1 - (1 - z) ** (r + x) * series))
        assert purchases_if_alive(model, one(x), one(age), weeks)[0] == pytest.approx(expected, rel=1e-6)
    ends = np.arange(50.0)
    assert np.isfinite(discounted(model, ends, 2 * ends, 0.1, 3650)).all()


def test_what_cannot_be_computed_is_no_number() -> None:
    """Millions of visits a week, and chances to leave all over: nothing tells the mean well, so none is made up."""
    model = Purchases(1.2e6, 0.5, 0.5, 10.0)
    found = purchases_if_alive(model, np.array([0.0, 3.0]), np.array([60.0, 1.0]), 52.0)
    assert np.isnan(found).any()


@pytest.mark.parametrize("model", [Purchases(0.5, 5, 1.0, 2), Purchases(0.7, 5, 0.4, 0.6), Purchases(0.3, 5, 1.0, 0.3)])
def test_parameters_at_which_the_formula_divides_by_zero_give_the_limit(model: Purchases) -> None:
    x, age = np.arange(5.0), np.full(5, 30.0)
    near = [Purchases(model.r, model.alpha, model.a + step, model.b + step) for step in (-3e-4, 3e-4)]
    low, high = (purchases_if_alive(side, x, age, 52) for side in near)
    assert purchases_if_alive(model, x, age, 52) == pytest.approx((low + high) / 2, rel=1e-3)


@given(model=models, customer=customers, later=st.floats(0.1, 50.0))
def test_figures_move_as_they_should(model: Purchases, customer: tuple[int, float, float], later: float) -> None:
    x, share, age = one(customer[0]), customer[1], one(customer[2])
    recency = share * age * (x > 0)
    chance = alive(model, x, recency, age)
    assert 0 <= chance[0] <= 1
    assert alive(model, x, np.minimum(recency + later, age), age)[0] >= chance[0] * (1 - 1e-12)
    assert alive(model, x, recency, age + later)[0] <= chance[0] * (1 + 1e-12)
    ahead = [purchases_if_alive(model, x, age, weeks)[0] for weeks in (0.5, 4.0, 13.0, 52.0)]
    assert ahead[0] >= 0
    assert all(more >= less * (1 - 1e-9) - 1e-12 for less, more in pairwise(ahead))
    whole = purchases_if_alive(model, x, age, 1095 / 7)[0]
    assert discounted(model, x, age, 0.0, 1095)[0] == pytest.approx(whole, rel=1e-6, abs=1e-9)
    assert 0 <= discounted(model, x, age, 0.1, 1095)[0] <= whole * (1 + 1e-9) + 1e-9


@settings(max_examples=30)
@given(model=models, seen=st.lists(customers, min_size=1, max_size=8))
def test_the_likelihood_of_visits_equals_a_slow_reference(
    model: Purchases, seen: list[tuple[int, float, float]]
) -> None:
    """Equation 6 as printed, with 50 digits; its gradient by differences."""
    rows = np.array([(x, share * age if x else 0.0, age, 1.0 + x % 3) for x, share, age in seen])
    known = Frequencies(*rows.T)
    values = np.array([model.r, model.alpha, model.a, model.b])

    def slow(*point: mpmath.mpf) -> mpmath.mpf:
        r, alpha, a, b = point
        total = mpmath.mpf(0)
        for x, recency, age, count in rows:
            stay = mpmath.beta(a, b + x) / mpmath.beta(a, b) * (alpha + age) ** -(r + x)
            left = mpmath.beta(a + 1, b + x - 1) / mpmath.beta(a, b) * (alpha + recency) ** -(r + x) if x else 0
            total += count * mpmath.log(mpmath.gamma(r + x) * alpha**r / mpmath.gamma(r) * (stay + left))
        return total

    found, gradient = purchases.log_likelihood(values, known)
    with mpmath.workdps(50):
        point = [mpmath.mpf(value) for value in values]
        assert found == pytest.approx(float(slow(*point)), rel=1e-9, abs=1e-9)
        for place, value in enumerate(gradient):
            step = [mpmath.mpf(10) ** -20 * (index == place) for index in range(4)]
            up, down = (slow(*(p + sign * s for p, s in zip(point, step, strict=True))) for sign in (1, -1))
            assert value == pytest.approx(float((up - down) / (2 * step[place])), rel=1e-6, abs=1e-6)


@settings(max_examples=30)
@given(
    p=positive, q=positive, v=st.floats(0.1, 500),
    seen=st.lists(st.tuples(st.integers(1, 300), st.floats(0.01, 5000)), min_size=1, max_size=8),
)  # fmt: skip
def test_the_likelihood_of_money_equals_a_slow_reference(
    p: float, q: float, v: float, seen: list[tuple[int, float]]
) -> None:
    rows = np.array([(x, mean, 1.0 + x % 2) for x, mean in seen])

    def slow(p: mpmath.mpf, q: mpmath.mpf, v: mpmath.mpf) -> mpmath.mpf:
        total = mpmath.mpf(0)
        for row in rows:
            x, mean, count = (mpmath.mpf(value) for value in row)
            density = v**q * mean ** (p * x - 1) * x ** (p * x) / (v + mean * x) ** (p * x + q) / mpmath.beta(p * x, q)
            total += count * mpmath.log(density)
        return total

    found, gradient = spend.log_likelihood(np.array([p, q, v]), Values(*rows.T))
    with mpmath.workdps(50):
        point = [mpmath.mpf(value) for value in (p, q, v)]
        assert found == pytest.approx(float(slow(*point)), rel=1e-9, abs=1e-7)
        for place, value in enumerate(gradient):
            step = [mpmath.mpf(10) ** -20 * (index == place) for index in range(3)]
            up, down = (slow(*(p + sign * s for p, s in zip(point, step, strict=True))) for sign in (1, -1))
            assert value == pytest.approx(float((up - down) / (2 * step[place])), rel=1e-5, abs=1e-5)


@given(
    model=st.builds(Spend, p=positive, q=st.floats(1.1, 20), v=st.floats(0.1, 500)),
    x=st.integers(1, 300), mean=st.floats(0.01, 5000),
)  # fmt: skip
def test_the_expected_visit_lies_between_the_customer_and_everybody(model: Spend, x: int, mean: float) -> None:
    found = average_visit(model, one(x), one(x * mean))[0]
    assert min(mean, model.average) * (1 - 1e-9) <= found <= max(mean, model.average) * (1 + 1e-9)
    assert average_visit(model, one(0), one(0))[0] == pytest.approx(model.average)


def table(customer: Floats, day: Floats, age_until: int) -> Frequencies:
    rows: dict[tuple[int, int, int], int] = {}
    for who in np.unique(customer):
        days = np.unique(day[customer == who])
        key = (len(days) - 1, int(days[-1] - days[0]), int(age_until - days[0]))
        rows[key] = rows.get(key, 0) + 1
    x, recency, age = np.array(list(rows), dtype=float).T
    return Frequencies(x, recency / 7, age / 7, np.array(list(rows.values()), dtype=float))


def test_known_parameters_are_found_again() -> None:
    """Within four standard errors; days instead of moments and visits instead of purchases shift them a little."""
    truth = Truth()
    sales = simulate(4000, 104, truth, seed=7)
    known = table(sales.customer.astype(float), sales.day.astype(float), 104 * 7)
    found = fit_purchases(known)
    assert found.converged
    for value, error, real in zip(found.values, found.errors, (truth.r, truth.alpha, truth.a, truth.b), strict=True):
        assert error is not None
        assert abs(value - real) < 4 * error + 0.03 * real


def test_a_first_search_by_a_shorter_table_ends_where_the_whole_table_ends() -> None:
    sales = simulate(30_000, 150, Truth(), seed=3)
    order = np.lexsort((sales.day, sales.customer))
    customer, day = sales.customer[order], sales.day[order]
    fresh = np.r_[True, (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])]
    customer, day = customer[fresh], day[fresh]
    start = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    end = np.r_[start[1:], len(customer)] - 1
    rows = np.stack([end - start, day[end] - day[start], 150 * 7 - day[start]], axis=1).astype(float)
    whole = Frequencies(rows[:, 0], rows[:, 1] / 7, rows[:, 2] / 7, np.ones(len(rows)))
    rough = whole.rough()
    assert len(rough.x) < 0.2 * len(whole.x)
    assert rough.weight == whole.weight
    keys, counts = np.unique(rows, axis=0, return_counts=True)
    counted = Frequencies(keys[:, 0], keys[:, 1] / 7, keys[:, 2] / 7, counts.astype(float))
    assert fit_purchases(counted).values == pytest.approx(fit_purchases(whole).values, rel=1e-3)


def test_customers_who_never_leave_are_told_by_an_edge() -> None:
    sales = simulate(3000, 104, Truth(a=1e-9, b=50.0), seed=11)
    found = fit_purchases(table(sales.customer.astype(float), sales.day.astype(float), 104 * 7))
    a, b = found.values[2:]
    assert a / (a + b) < 0.01
    model = Purchases(*found.values)
    assert np.isfinite(purchases_if_alive(model, np.arange(50.0), np.full(50, 100.0), 52)).all()
