"""Maximum likelihood of a model with positive parameters: several starts, and what can be said about the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]
"""Parameters → log-likelihood and its gradient by them."""

EDGE = 14.0
"""Logarithms of parameters are kept within ±EDGE, that is 8e-7 to 1.2e6."""
_NEAR = 0.5
_FLAT = 1e-5
_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Fit:
    """``values`` maximise the likelihood. ``errors``: standard errors, None where they say nothing.

    ``slope``: the largest derivative of the mean log-likelihood by the logarithm of a parameter, 0 at a maximum.
    ``edge``: places of parameters that ran to the edge of what is tried: the data do not tell them.
    """

    values: tuple[float, ...]
    errors: tuple[float | None, ...]
    log_likelihood: float
    slope: float
    edge: tuple[int, ...]

    @property
    def converged(self) -> bool:
        return bool(np.isfinite(self.log_likelihood)) and self.slope < _FLAT


def fit(objective: Objective, rough: Objective, starts: Sequence[Sequence[float]], weight: float) -> Fit:
    """Search from each start by ``rough``, a quick likeness of the objective, then from the best of them by itself.

    L-BFGS-B over logarithms of the parameters. ``weight``: number of observations.
    """
    quick, mean = _mean_by_logarithm(rough, weight), _mean_by_logarithm(objective, weight)
    found = [_search(quick, np.log(np.asarray(start, dtype=float))) for start in starts]
    _, begin = min(found, key=lambda one: one[0] if np.isfinite(one[0]) else np.inf)
    _, point = _search(mean, begin)
    value, gradient = mean(point)
    at_edge = np.abs(point) > EDGE - _NEAR
    slope = float(np.max(np.abs(np.where(at_edge, 0.0, gradient))))
    values = np.exp(point)
    return Fit(
        tuple(float(one) for one in values),
        _errors(mean, point, values, weight),
        -value * weight,
        slope,
        tuple(place for place, near in enumerate(at_edge) if near),
    )


def _search(mean: Objective, begin: Floats) -> tuple[float, Floats]:
    found = minimize(
        mean,
        begin,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-EDGE, EDGE)] * len(begin),
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-7},
    )
    return float(found.fun), np.asarray(found.x, dtype=float)


def _mean_by_logarithm(objective: Objective, weight: float) -> Objective:
    def mean(point: Floats) -> tuple[float, Floats]:
        values = np.exp(point)
        total, gradient = objective(values)
        return -total / weight, -gradient * values / weight

    return mean


def _errors(mean: Objective, point: Floats, values: Floats, weight: float) -> tuple[float | None, ...]:
    """Standard errors by the inverse of the observed information, from differences of the gradient."""
    size = len(point)
    steps = np.eye(size) * _STEP
    hessian = np.array([(mean(point + step)[1] - mean(point - step)[1]) / (2 * _STEP) for step in steps])
    hessian = (hessian + hessian.T) / 2
    nothing: tuple[float | None, ...] = (None,) * size
    if not np.all(np.isfinite(hessian)) or np.linalg.eigvalsh(hessian)[0] <= 0:
        return nothing
    spread = np.sqrt(np.diag(np.linalg.inv(hessian)) / weight)
    return tuple(float(one) for one in spread * values)


def merged(keys: Sequence[Floats], counts: Floats, means: Sequence[Floats]) -> tuple[Floats, ...]:
    """Rows with equal keys as one: the sum of their counts, and of each of ``means`` the mean."""
    _, place = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)
    place = place.reshape(-1)
    total = _sums(place, counts)
    return (total, *(_sums(place, counts * mean) / total for mean in means))


def _sums(place: NDArray[np.intp], values: Floats) -> Floats:
    return np.asarray(np.bincount(place, weights=values), dtype=np.float64)
