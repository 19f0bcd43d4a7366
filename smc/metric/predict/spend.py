"""Gamma-Gamma: what a visit of a customer is worth, drawn towards the mean of all when little is known of him.

Source: P. S. Fader, B. G. S. Hardie, "The Gamma-Gamma Model of Monetary Value" (2013). Values of visits are
Gamma(p, nu) for a customer, nu is Gamma(q, v) over customers. It takes worth and number of visits as independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from smc.metric.predict.fitting import Fit, Floats, fit, merged

NAMES = ("p", "q", "v")
_SHORT = 5_000
_STARTS = ((1.0, 3.0, 3.0), (5.0, 4.0, 1.0), (2.0, 10.0, 8.0))


@dataclass(frozen=True, slots=True)
class Values:
    """Customers counted by ``x`` repeat visits and the ``mean`` value of these, which is positive."""

    x: Floats
    mean: Floats
    customers: Floats

    @property
    def weight(self) -> float:
        return float(self.customers.sum())

    def rough(self) -> Values:
        """A shorter table for a first search: worth and number of visits in powers of 1.1."""
        if len(self.x) < _SHORT:
            return self
        keys = (np.floor(np.log(self.x) / np.log(1.1)), np.floor(np.log(self.mean) / np.log(1.1)))
        customers, x, mean = merged(keys, self.customers, (self.x, self.mean))
        return Values(x, mean, customers)


@dataclass(frozen=True, slots=True)
class Spend:
    """The three parameters; ``v`` is money."""

    p: float
    q: float
    v: float

    @property
    def average(self) -> float:
        """Expected value of a visit of someone of whom nothing is known; needs q > 1."""
        return self.p * self.v / (self.q - 1)


def fit_spend(known: Values) -> Fit:
    """Maximum likelihood; the values are those of ``Spend``, in that order."""
    scale = float(np.average(known.mean, weights=known.customers))
    starts = [(p, q, v * scale) for p, q, v in _STARTS]
    rough = known.rough()
    return fit(
        lambda values: log_likelihood(values, known), lambda values: log_likelihood(values, rough), starts, known.weight
    )


def log_likelihood(values: Floats, known: Values) -> tuple[float, Floats]:
    """Equation 1a of the note in logarithms, with its gradient by p, q, v."""
    p, q, v = (float(value) for value in values)
    x, mean, customers = known.x, known.mean, known.customers
    each, place = np.unique(x, return_inverse=True)
    constant = gammaln(p * each + q) - gammaln(p * each) - gammaln(q) + q * np.log(v)
    log_mean, log_x, whole = np.log(mean), np.log(x), v + mean * x
    log_whole = np.log(whole)
    total = float(customers @ (constant[place] + (p * x - 1) * log_mean + p * x * log_x - (p * x + q) * log_whole))
    by_p = x * ((digamma(p * each + q) - digamma(p * each))[place] + log_mean + log_x - log_whole)
    by_q = (digamma(p * each + q) - digamma(q))[place] + np.log(v) - log_whole
    by_v = q / v - (p * x + q) / whole
    return total, np.array([customers @ by_p, customers @ by_q, customers @ by_v])


def average_visit(model: Spend, x: Floats, money: Floats) -> Floats:
    """Expected value of a visit (equation 5): ``money`` is the sum over the ``x`` repeat visits."""
    result: Floats = model.p * (model.v + money) / (model.p * x + model.q - 1)
    return result


def correlation(known: Values) -> float:
    """Pearson's correlation of number and worth of visits, which the model takes to be 0; 0 when one does not vary."""
    weights = known.customers
    x, mean = known.x - np.average(known.x, weights=weights), known.mean - np.average(known.mean, weights=weights)
    spread = float(np.sqrt((weights @ (x * x)) * (weights @ (mean * mean))))
    return float(weights @ (x * mean)) / spread if spread > 0 else 0.0
