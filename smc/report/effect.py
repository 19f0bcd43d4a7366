"""Test against control: the difference of two shares with its interval, and what may be concluded from it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

Z95 = 1.959963984540054
_FEW_CUSTOMERS = 30
_FEW_BUYERS = 10

Verdict = Literal["no_control", "few", "none", "higher", "lower"]


@dataclass(frozen=True, slots=True)
class Group:
    """One arm: customers drawn and those of them who bought within the window."""

    customers: int
    buyers: int

    @property
    def conversion(self) -> float:
        return self.buyers / self.customers if self.customers else 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """``difference`` is test minus control as a share, -1 to 1; ``low`` and ``high`` bound it at 95 %."""

    verdict: Verdict
    difference: float = 0.0
    low: float = -1.0
    high: float = 1.0


def effect(test: Group, control: Group) -> Effect:
    """What the two groups say. Few people (under 30 in an arm, or under 10 buyers in both) say nothing."""
    if test.customers == 0 or control.customers == 0:
        return Effect("no_control")
    low, high = newcombe(test, control)
    difference = test.conversion - control.conversion
    few = min(test.customers, control.customers) < _FEW_CUSTOMERS or test.buyers + control.buyers < _FEW_BUYERS
    verdict: Verdict = "few" if few else "higher" if low > 0 else "lower" if high < 0 else "none"
    return Effect(verdict, difference, low, high)


def newcombe(first: Group, second: Group, z: float = Z95) -> tuple[float, float]:
    """Interval of the difference of two independent shares: hybrid score, method 10 of Newcombe 1998.

    R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine
    17 (1998) 873-890. It holds with few people and with shares of 0 or 1, where p ± z·se does not.
    """
    low_1, high_1 = wilson(first, z)
    low_2, high_2 = wilson(second, z)
    p_1, p_2 = first.conversion, second.conversion
    below = sqrt((p_1 - low_1) ** 2 + (high_2 - p_2) ** 2)
    above = sqrt((high_1 - p_1) ** 2 + (p_2 - low_2) ** 2)
    return p_1 - p_2 - below, p_1 - p_2 + above


def wilson(group: Group, z: float = Z95) -> tuple[float, float]:
    """Score interval of one share (Wilson 1927)."""
    n, p = group.customers, group.conversion
    middle = p + z * z / (2 * n)
    reach = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return (middle - reach) / scale, (middle + reach) / scale
