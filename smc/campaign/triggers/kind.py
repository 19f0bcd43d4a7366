"""What a kind of trigger is: its spec, what makes an occurrence of it, and the SELECT that finds its hits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlglot import exp

from smc.config.specs.base import Spec

Hits = Callable[[Any, date, date], exp.Expr]
"""(trigger, since, until) → SELECT of customer_key, occurrence, happened_on, happened_at, context."""

UNTIMED = "cast(null as timestamptz) as happened_at, cast(null as varchar) as context"
"""The last columns of a trigger that knows a day alone."""


@dataclass(frozen=True, slots=True)
class Kind:
    """``occurrence``: in words, what makes an entry unique beside campaign and customer.

    What may be corrected later (a birth date, which receipt was the first) is no part of it, so that a correction
    greets nobody twice. ``delay``: so many minutes after ``happened_at`` it has its turn, which the night may not have
    reached yet. ``newer``: what stands now is found, which may be older than what let the customer in last, as when the
    product is gone that was put in last; then it is nothing new.
    """

    spec: type[Spec]
    occurrence: str
    hits: Hits
    delay: Callable[[Any], int] | None = None
    newer: bool = False
