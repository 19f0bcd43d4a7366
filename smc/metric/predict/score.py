"""Figures of all customers from a fitted model: one statement over the base, fed by a small table from Python."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

import numpy as np

from smc.metric.predict.fitting import Floats
from smc.metric.predict.model import SPEND, VISITS, Model
from smc.metric.predict.purchases import Purchases, purchases_if_alive
from smc.metric.predict.tables import ROOM, append, arrays, first_days
from smc.warehouse import Warehouse, statement

_AHEAD = (30, 90, 365)
_CHUNK = 100_000
_YEAR = 365.0
_STEP_DAYS = 91.0


def score(
    warehouse: Warehouse, model: Model, *, as_of: date, margin: float, discount: float, horizon: int
) -> int | None:
    """Replace the figures by those of ``as_of``, of which ``customer_metric`` must be; the number of customers.

    ``margin``: share of revenue that counts as value; ``discount``: rate of a year; ``horizon``: days of a lifetime.
    None, and nothing is replaced, where the parameters are such that expected visits of somebody are no number.
    """
    visits = model.values(VISITS)
    spend: Mapping[str, float | None] = model.values(SPEND) or {"p": None, "q": None, "v": None}
    if not _pace(warehouse, Purchases(**visits), as_of, discount, horizon):
        return None
    if model.values(SPEND):
        first_days(warehouse, "customer_metric")
    else:
        warehouse.run("create or replace temp table predict_first (customer_key bigint, money decimal(38, 2))")
    warehouse.run("delete from customer_prediction")
    return warehouse.run(statement(ROOM, "score"), as_of=as_of, margin=margin, **visits, **spend)


def _pace(warehouse: Warehouse, model: Purchases, as_of: date, discount: float, horizon: int) -> bool:
    """Expected visits of customers who have not left, by repeat visits and age in days, into ``predict_pace``.

    False when one of them is no number.
    """
    warehouse.run(
        "create or replace temp table predict_pace (x bigint, age bigint, visits_30d double, visits_90d double,"
        " visits_365d double, discounted double)"
    )
    pairs = arrays(warehouse, statement(ROOM, "pairs"), as_of=as_of)
    for begin in range(0, len(pairs["x"]), _CHUNK):
        x, age = (pairs[column][begin : begin + _CHUNK] for column in ("x", "age"))
        ahead = {f"visits_{days}d": purchases_if_alive(model, x, age / 7, days / 7) for days in _AHEAD}
        lifetime = discounted(model, x, age / 7, discount, horizon)
        if not all(np.isfinite(visits).all() for visits in (*ahead.values(), lifetime)):
            return False
        append(warehouse, "predict_pace", {"x": x, "age": age, **ahead, "discounted": lifetime})
    return True


def discounted(model: Purchases, x: Floats, age: Floats, discount: float, horizon: int) -> Floats:
    """Expected visits within ``horizon`` days, each worth less by the rate of a year the later it comes.

    Taken in steps of a quarter, discounted to its middle: against a continuous discount that is off by 3e-5 at 10 %.
    """
    ends = np.linspace(0.0, float(horizon), max(1, round(horizon / _STEP_DAYS)) + 1)
    total, before = np.zeros_like(x), np.zeros_like(x)
    for start, end in pairwise(ends):
        until = purchases_if_alive(model, x, age, end / 7)
        total += (until - before) * (1 + discount) ** (-(start + end) / 2 / _YEAR)
        before = until
    return total
