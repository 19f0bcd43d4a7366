"""Fit both models on the receipts up to a day, check them on days kept back, and say what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from smc.metric.predict import purchases, spend
from smc.metric.predict.fitting import Fit
from smc.metric.predict.model import SPEND, VISITS, Checked, Model, Parameter
from smc.metric.predict.purchases import Frequencies, Purchases, fit_purchases
from smc.metric.predict.spend import fit_spend
from smc.metric.predict.tables import ROOM, first_days, frequencies, history, values
from smc.warehouse import Warehouse, statement

LEAST_DAYS = 120
"""Days of receipts without which nothing is fitted."""
LEAST_REPEATS = 300
"""Customers who bought again without whom nothing is fitted; for money, such customers with a positive mean."""
CHECKED_DAYS = 91
"""Days kept back for the check, or a quarter of the history when that is less."""
MOST_CORRELATION = 0.3
MOST_WRONG = 0.25
_GROUPS = 7
_BEGINNING = date(1, 1, 1)


def learn(warehouse: Warehouse, *, fitted_on: date, since: date | None, definition: str) -> Model:
    """The model of a day, or why there is none; nothing is written but temporary tables.

    ``since``: only customers who bought first on or after this day teach the model.
    """
    since = since or _BEGINNING
    empty = Model(fitted_on, definition)
    first = warehouse.value(statement(ROOM, "first_known"), since=since, until=fitted_on)
    if first is None:
        return replace(empty, refused=f"there are no receipts of customers{_from(since)} up to {fitted_on}")
    days = (fitted_on - first).days + 1
    cut = fitted_on - timedelta(days=min(CHECKED_DAYS, days // 4))
    history(warehouse, until=fitted_on, cut=cut, since=since)
    known, _, width = frequencies(warehouse, fitted_on)
    model = replace(_counted(empty, known), first_day=first, cell_days=width)
    if reason := _too_little(model, days):
        return replace(model, refused=reason)
    found = fit_purchases(known)
    if not found.converged:
        reason = "the model of visits did not converge: the receipts do not show how customers come and go"
        return replace(model, refused=reason)
    model = replace(model, log_likelihood=found.log_likelihood, parameters=_parameters(VISITS, purchases.NAMES, found))
    model = _with_check(warehouse, _with_spend(warehouse, model), cut)
    edges = tuple(_edges(found, purchases.NAMES))
    return replace(model, warnings=(*edges, *model.warnings))


def _from(since: date) -> str:
    return "" if since == _BEGINNING else f" who bought first on {since} or later"


def _counted(model: Model, known: Frequencies) -> Model:
    return replace(
        model,
        customers=int(known.weight),
        repeat_customers=int(known.customers[known.x > 0].sum()),
        repeat_visits=int(known.customers @ known.x),
        cells=len(known.x),
    )


def _too_little(model: Model, days: int) -> str | None:
    if days < LEAST_DAYS:
        return f"there are receipts of {days} days; at least {LEAST_DAYS} are needed"
    if model.repeat_customers < LEAST_REPEATS:
        return f"{model.repeat_customers} customers bought on more than one day; at least {LEAST_REPEATS} are needed"
    return None


def _parameters(model: str, names: tuple[str, ...], found: Fit) -> tuple[Parameter, ...]:
    rows = zip(names, found.values, found.errors, strict=True)
    return tuple(Parameter(model, name, value, error) for name, value, error in rows)


def _edges(found: Fit, names: tuple[str, ...]) -> Iterator[str]:
    for place in found.edge:
        way = "0" if found.values[place] < 1 else "infinity"
        yield f"parameter {names[place]} went towards {way}: customers differ less than the model can tell"


def _with_spend(warehouse: Warehouse, model: Model) -> Model:
    """The model with money, or with the reason why there is none."""
    first_days(warehouse, "predict_history")
    known = values(warehouse, model.repeat_customers)
    model = replace(model, spend_customers=int(known.weight))
    if known.weight < LEAST_REPEATS:
        reason = f"{model.spend_customers} customers have repeat visits with a positive sum; {LEAST_REPEATS} are needed"
        return replace(model, spend_refused=reason)
    found = fit_spend(known)
    correlation = spend.correlation(known)
    model = replace(model, correlation=correlation)
    if not found.converged:
        return replace(model, spend_refused="the model of money did not converge")
    if found.values[1] <= 1:
        return replace(model, spend_refused="visits differ so much in worth that they have no mean (q is not above 1)")
    warnings = [*_edges(found, spend.NAMES)]
    if abs(correlation) > MOST_CORRELATION:
        more = "more" if correlation > 0 else "less"
        warnings.append(
            f"who buys often spends {more} per visit (correlation {correlation:.2f}); the model of money takes the two"
            " as independent, so values of the most frequent customers are less certain"
        )
    return replace(
        model,
        spend_log_likelihood=found.log_likelihood,
        parameters=(*model.parameters, *_parameters(SPEND, spend.NAMES, found)),
        warnings=(*model.warnings, *warnings),
    )


def _with_check(warehouse: Warehouse, model: Model, cut: date) -> Model:
    """The model with what a fit on the days up to ``cut`` expected of the days after it, against what came."""
    known, later, _ = frequencies(warehouse, cut, cut=True)
    again = int(known.customers[known.x > 0].sum())
    found = fit_purchases(known) if again >= LEAST_REPEATS else None
    if found is None or not found.converged:
        text = "there was too little before the last weeks to check the predictions against them"
        return replace(model, warnings=(*model.warnings, text))
    weeks = (model.fitted_on - cut).days / 7
    rows = check(Purchases(*found.values), known, later, weeks)
    observed, expected = sum(row.observed for row in rows), sum(row.expected for row in rows)
    if not np.isfinite(expected):
        text = "the days before the last weeks give a model without figures, so that predictions could not be checked"
        return replace(model, warnings=(*model.warnings, text))
    warnings = model.warnings
    if abs(expected - observed) > MOST_WRONG * max(observed, 1):
        off = f"{observed} repeat visits came from {cut + timedelta(days=1)} on where {expected:.0f} were expected"
        warnings = (*warnings, f"{off}; a season, a campaign or a change of the shop is not in the model")
    first = cut + timedelta(days=1)
    return replace(
        model, checked_from=first, checked_visits=observed, expected_visits=expected, checks=rows, warnings=warnings
    )


@dataclass(frozen=True, slots=True)
class _Group:
    repeat: int
    inside: np.ndarray


def check(model: Purchases, known: Frequencies, later: np.ndarray, weeks: float) -> tuple[Checked, ...]:
    """Visits of the next ``weeks`` that the model expects against those that came, by repeat visits before."""
    chance = purchases.alive(model, known.x, known.recency, known.age)
    expected = known.customers * chance * purchases.purchases_if_alive(model, known.x, known.age, weeks)
    groups = [_Group(repeat, known.x == repeat) for repeat in range(_GROUPS)]
    groups.append(_Group(_GROUPS, known.x >= _GROUPS))
    return tuple(
        Checked(
            group.repeat,
            int(known.customers[group.inside].sum()),
            round(float(later[group.inside].sum())),
            float(expected[group.inside].sum()),
        )
        for group in groups
        if group.inside.any()
    )
