"""BG/NBD: visits while a customer is alive, and the chance to leave after each of them.

Source: P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting Your Customers" the Easy Way: An Alternative to the
Pareto/NBD Model, Marketing Science 24 (2005) 275-284. A customer buys at a rate that is Gamma(r, alpha) over customers,
and leaves for ever after each purchase with a chance that is Beta(a, b) over customers. What is known of a customer is
enough in three numbers: x repeat purchases, the last of them t_x weeks after the first purchase, which was T weeks ago.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln, hyp2f1

from smc.metric.predict import beta
from smc.metric.predict.fitting import Fit, Floats, fit, merged

NAMES = ("r", "alpha", "a", "b")
_STARTS = ((1.0, 5.0, 1.0, 2.0), (0.3, 3.0, 0.5, 4.0), (3.0, 3.0, 0.1, 1.0))
_SHORT = 5_000
_NEAR_ONE = 1e-5
_ASIDE = 1e-4


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Customers counted by what is known of them: ``x`` repeat visits, ``recency`` t_x and ``age`` T in weeks."""

    x: Floats
    recency: Floats
    age: Floats
    customers: Floats

    @property
    def weight(self) -> float:
        return float(self.customers.sum())

    def rough(self) -> Frequencies:
        """A shorter table for a first search: days in cells of a sixteenth of the longest age, x in powers of 1.1."""
        if len(self.x) < _SHORT:
            return self
        step = float(self.age.max()) / 16
        keys = (np.floor(np.log1p(self.x) / np.log(1.1)), np.floor(self.recency / step), np.floor(self.age / step))
        customers, recency, age, x = merged(keys, self.customers, (self.recency, self.age, self.x))
        return Frequencies(np.round(x), recency, age, customers)


@dataclass(frozen=True, slots=True)
class Purchases:
    """The four parameters; ``alpha`` in weeks."""

    r: float
    alpha: float
    a: float
    b: float


def fit_purchases(known: Frequencies) -> Fit:
    """Maximum likelihood over the frequency table; the values are those of ``Purchases``, in that order."""
    scale = max(float(np.average(known.age, weights=known.customers)), 1e-3) / 20
    starts = [(r, alpha * scale, a, b) for r, alpha, a, b in _STARTS]
    rough = known.rough()
    return fit(
        lambda values: log_likelihood(values, known), lambda values: log_likelihood(values, rough), starts, known.weight
    )


def log_likelihood(values: Floats, known: Frequencies) -> tuple[float, Floats]:
    """Equation 6 of the paper in logarithms, with its gradient by r, alpha, a, b.

    The sum of its two terms (still alive, left after the last purchase) is taken with ``logaddexp``, so that neither
    long ages nor many purchases overflow. Functions of x alone are computed once for each x.
    """
    r, alpha, a, b = (float(value) for value in values)
    x, age, customers = known.x, known.age, known.customers
    each, place = np.unique(x, return_inverse=True)
    constant = gammaln(r + each) - gammaln(r) + r * np.log(alpha)
    constant += gammaln(a + b) - gammaln(a + b + each) + gammaln(b + each) - gammaln(b)
    log_age, log_recency = np.log(alpha + age), np.log(alpha + known.recency)
    alive = -(r + x) * log_age
    with np.errstate(divide="ignore", invalid="ignore"):  # b + x - 1 means nothing where x is 0; such rows never left
        left = np.where(x > 0, np.log(a) - np.log(b + x - 1) - (r + x) * log_recency, -np.inf)
    both = np.logaddexp(alive, left)
    gone = np.exp(left - both)
    here = 1.0 - gone
    total = float(customers @ (constant[place] + both))
    by_r = (digamma(r + each) - digamma(r))[place] + np.log(alpha) - here * log_age - gone * log_recency
    by_alpha = r / alpha - (r + x) * (here / (alpha + age) + gone / (alpha + known.recency))
    by_a = (digamma(a + b) - digamma(a + b + each))[place] + gone / a
    by_b = (digamma(a + b) - digamma(a + b + each) + digamma(b + each) - digamma(b))[place]
    by_b = by_b - np.divide(gone, b + x - 1, out=np.zeros_like(gone), where=x > 0)
    return total, np.array([customers @ by_r, customers @ by_alpha, customers @ by_a, customers @ by_b])


def alive(model: Purchases, x: Floats, recency: Floats, age: Floats) -> Floats:
    """Chance that a customer has not left: Fader, Hardie, Lee, "Computing P(alive) Using the BG/NBD Model" (2008).

    1 for those who bought once: in this model nobody leaves before the first repeat purchase.
    """
    power = (model.r + x) * (np.log(model.alpha + age) - np.log(model.alpha + recency))
    odds = np.divide(model.a, model.b + x - 1, out=np.zeros_like(power), where=x > 0) * np.exp(np.minimum(power, 700.0))
    result: Floats = 1.0 / (1.0 + odds)
    return result


def purchases_if_alive(model: Purchases, x: Floats, age: Floats, weeks: float) -> Floats:
    """Expected purchases in the next ``weeks`` of a customer who has not left; does not depend on recency.

    Equation 10 of the paper without its denominator, which is the chance to be alive. Its hypergeometric function has
    parameters that grow with x and overflows; by Euler's transformation, with z = weeks / (alpha + age + weeks),

        (1 - z)^(r+x) 2F1(r+x, b+x; a+b+x-1; z) = (1 - z)^(a-1) 2F1(a-1, a+b-1-r; a+b+x-1; z)

    whose terms fall the faster the larger x is. At a = 1 the quotient is a limit, taken as the mean of both sides.
    Where parameters are so large that this overflows too, the purchases are averaged over the chance to leave. NaN
    where none of these gives a number.
    """
    if abs(model.a - 1) < _NEAR_ONE:
        sides = [Purchases(model.r, model.alpha, 1 + step, model.b) for step in (-_ASIDE, _ASIDE)]
        below, above = (purchases_if_alive(side, x, age, weeks) for side in sides)
        mean: Floats = (below + above) / 2
        return mean
    found = _quotient(model, x, age, weeks)
    if not np.all(np.isfinite(found)):  # a + b = 1 with x = 0, or two parameters that meet: a limit as well
        moved = Purchases(model.r * (1 + 1e-7), model.alpha, model.a, model.b * (1 + 1e-7))
        found = np.where(np.isfinite(found), found, _quotient(moved, x, age, weeks))
        found = np.where(np.isfinite(found), found, _averaged(model, x, age, weeks, ~np.isfinite(found)))
    return np.maximum(found, 0.0)


def _quotient(model: Purchases, x: Floats, age: Floats, weeks: float) -> Floats:
    r, a, b = model.r, model.a, model.b
    z = weeks / (model.alpha + age + weeks)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        series = hyp2f1(a - 1, a + b - 1 - r, a + b + x - 1, z)
        found: Floats = (a + b + x - 1) / (a - 1) * (1 - np.exp((a - 1) * np.log1p(-z)) * series)
    return found


def _averaged(model: Purchases, x: Floats, age: Floats, weeks: float, asked: NDArray[np.bool_]) -> Floats:
    """The same for those ``asked`` for, others are NaN: a customer who has not left leaves after each purchase with a
    chance p that is Beta(a, b + x), and until then makes

        (1 - (1 + p weeks / (alpha + age))^-(r+x)) / p

    purchases in the mean over his rate, which is Gamma(r + x, alpha + age).
    """
    result = np.full_like(x, np.nan)
    for each in np.unique(x[asked]):
        inside = asked & (x == each)
        ahead = weeks / (model.alpha + age[inside])

        def purchases(chance: Floats, power: float = model.r + each, ahead: Floats = ahead) -> Floats:
            return -np.expm1(-power * np.log1p(np.outer(ahead, chance))) / chance

        result[inside] = beta.mean(model.a, model.b + each, purchases)
    return result
