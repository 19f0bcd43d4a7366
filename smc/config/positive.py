"""Negative operators as opposites of positive ones."""

from __future__ import annotations

from typing import Literal

Operator = Literal[
    "in", "less", "at_most", "more", "at_least", "between", "contains", "starts_with", "empty", "anniversary"
]

POSITIVE: dict[str, tuple[Operator, bool]] = {
    "equals": ("in", True),
    "not_equals": ("in", False),
    "in_": ("in", True),
    "not_in": ("in", False),
    "less": ("less", True),
    "at_most": ("at_most", True),
    "more": ("more", True),
    "at_least": ("at_least", True),
    "between": ("between", True),
    "contains": ("contains", True),
    "starts_with": ("starts_with", True),
    "anniversary": ("anniversary", True),
    "empty": ("empty", True),
}
"""Each operator as one of an atom and whether the atom must hold; what is false here is the exact opposite."""
