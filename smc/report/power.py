"""What a control group can show: the smallest true effect that an experiment of this size would find most times."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z_ALPHA = 1.959963984540054
"""Two-sided 5 %."""
Z_POWER = 0.8416212335729143
"""80 %."""


@dataclass(frozen=True, slots=True)
class Power:
    """The smallest difference of conversion (a share) and of average spend (money) with 80 % power at alpha 0.05.

    None without two groups.
    """

    conversion: float | None
    spend: float | None


def power(test: int, control: int, *, buyers: int, spread: float) -> Power:
    """Of groups of these sizes. ``buyers`` in both together; ``spread``: standard deviation of what a customer spends.

    A difference of two means is found with power 1 - beta when it is (z_alpha/2 + z_beta) sigma sqrt(1/n1 + 1/n2); of
    two shares sigma is sqrt(p (1 - p)) with p of both groups together. J. M. Lachin, Introduction to sample size
    determination and power analysis for clinical trials, Controlled Clinical Trials 2 (1981) 93-113, with the variance
    of the null hypothesis for both.
    """
    if test == 0 or control == 0:
        return Power(None, None)
    share = buyers / (test + control)
    scale = (Z_ALPHA + Z_POWER) * sqrt(1 / test + 1 / control)
    return Power(scale * sqrt(share * (1 - share)), scale * spread)
