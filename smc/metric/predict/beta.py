"""The mean of a function over a Beta distribution, for parameters at which closed forms overflow."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.linalg import eigh_tridiagonal

from smc.metric.predict.fitting import Floats

_POINTS = (64, 48)
_AGREE = 1e-6
_SMALLEST = 1e-300


def mean(a: float, b: float, function: Callable[[Floats], Floats]) -> Floats:
    """Means of ``function`` of a chance that is Beta(a, b): chances in the last axis go in, which is then gone.

    Two Gauss rules of different length must agree; where they do not, the mean is NaN.
    """
    (chances, weights), (fewer, less) = (_rule(a, b, size) for size in _POINTS)
    found, other = function(chances) @ weights, function(fewer) @ less
    result: Floats = np.where(np.abs(found - other) <= _AGREE * np.abs(found), found, np.nan)
    return result


@lru_cache(maxsize=4096)
def _rule(a: float, b: float, size: int) -> tuple[Floats, Floats]:
    """Points and weights of Gauss and Jacobi by the eigenvalues of the recurrence of the polynomials.

    Source: G. H. Golub, J. H. Welsch, "Calculation of Gauss Quadrature Rules", Mathematics of Computation 23 (1969)
    221-230. The recurrence is rational in a and b, so that no size of them overflows.
    """
    place = np.arange(1.0, size)
    twice = 2 * place + a + b - 2
    diagonal = np.r_[a / (a + b), 0.5 + (a - b) * (a + b - 2) / (2 * twice * (twice + 2))]
    above = place[1:] * (place[1:] + a - 1) * (place[1:] + b - 1) * (place[1:] + a + b - 2)
    twice = twice[1:]
    beside = np.sqrt(np.r_[a * b / (a + b) ** 2 / (a + b + 1), above / (twice**2 * (twice + 1) * (twice - 1))])
    points, vectors = eigh_tridiagonal(diagonal, beside)
    return np.clip(points, _SMALLEST, 1.0), vectors[0] ** 2
