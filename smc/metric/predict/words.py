"""A fitted model in plain words. No heavy imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smc.metric.predict.model import SPEND, VISITS, Model

_LARGE = 1000.0


def explained(model: Model, sums: Mapping[str, Any] | None) -> Iterator[str]:
    """What the parameters, the check and the figures mean, a sentence each."""
    if model.refused is not None:
        yield f"There are no predictions: {model.refused}."
        return
    visits = model.values(VISITS)
    yield (
        f"The models know receipts up to {model.fitted_on}: {model.customers} customers, of whom "
        f"{model.repeat_customers} came on more than one day, with {model.repeat_visits} repeat visits."
    )
    yield (
        f"A customer who has not left comes {_number(visits['r'] / visits['alpha'])} times a week on average; after a "
        f"repeat visit the chance never to come again is {_percent(visits['a'] / (visits['a'] + visits['b']))}."
    )
    yield from _money(model)
    yield from _checked(model)
    if sums is not None:
        yield from _ahead(sums)
    for warning in model.warnings:
        yield f"Beware: {warning}."


def _money(model: Model) -> Iterator[str]:
    spend = model.values(SPEND)
    if not spend:
        yield f"There is no prediction of money: {model.spend_refused}."
        return
    yield f"A visit brings {_number(spend['p'] * spend['v'] / (spend['q'] - 1))} on average over customers."


def _checked(model: Model) -> Iterator[str]:
    if model.checked_from is None or model.expected_visits is None or not model.checked_visits:
        return
    share = model.expected_visits / model.checked_visits - 1
    off = f"{_percent(abs(share))} too {'many' if share > 0 else 'few'}"
    yield (
        f"A model that knew nothing from {model.checked_from} on expected {model.expected_visits:.0f} repeat visits "
        f"up to {model.fitted_on}; {model.checked_visits} came: {off}."
    )


def _ahead(sums: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Of {sums['customers']} customers about {sums['alive'] or 0:.0f} will come again; "
        f"{sums['visits_30d'] or 0:.0f} visits are expected in 30 days, {sums['visits_365d'] or 0:.0f} in 365."
    )
    if sums["lifetime_value"] is not None:
        yield f"They are worth {sums['value_365d']} in the next year and {sums['lifetime_value']} up to the horizon."


def _number(value: float) -> str:
    return f"{value:.3g}" if value < _LARGE else f"{value:.0f}"


def _percent(share: float) -> str:
    return f"{share:.1%}"
