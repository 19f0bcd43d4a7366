"""A shop whose customers behave as the models of predictions say, with parameters that are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from smc.warehouse import Warehouse

FIRST = date(2021, 1, 4)


@dataclass(frozen=True, slots=True)
class Truth:
    """Parameters of BG/NBD (weeks) and Gamma-Gamma (money)."""

    r: float = 0.8
    alpha: float = 6.0
    a: float = 0.9
    b: float = 3.0
    p: float = 6.0
    q: float = 4.0
    v: float = 60.0


@dataclass(frozen=True, slots=True)
class Sales:
    """Paid receipts: whose, on which day after ``FIRST``, how much."""

    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    total: NDArray[np.float64]


def simulate(customers: int, weeks: int, truth: Truth, seed: int) -> Sales:
    """Everybody comes first at some time in the first half, then at his own rate until he leaves, to the end."""
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(truth.r, 1 / truth.alpha, customers), rng.beta(truth.a, truth.b, customers)
    scale = rng.gamma(truth.q, 1 / truth.v, customers)
    time = rng.uniform(0, weeks / 2, customers)
    here = np.arange(customers)
    who, when = [here], [time[here]]
    first = True
    while len(here):
        if not first:
            here = here[rng.random(len(here)) >= leaves[here]]
        first = False
        time[here] += rng.exponential(1 / rate[here])
        here = here[time[here] < weeks]
        who.append(here)
        when.append(time[here])
    customer = np.concatenate(who)
    day = np.floor(np.concatenate(when) * 7).astype(np.int64)
    return Sales(customer, day, np.round(rng.gamma(truth.p, 1.0, len(customer)) / scale[customer], 2))


def fill(warehouse: Warehouse, sales: Sales) -> None:
    """Write them as receipts in order of time."""
    columns = {"who": sales.customer, "day": sales.day, "total": sales.total}
    warehouse.connection.register("sales", columns)
    warehouse.run(
        """insert into receipt (receipt_key, customer_key, purchased_at, day, status, total)
        select row_number() over (order by day, who), who, timestamptz '2021-01-01 12:00:00+00',
            $first + cast(day as integer), 'paid', cast(total as decimal(18, 2))
        from sales order by day""",
        first=FIRST,
    )
    warehouse.connection.unregister("sales")


def metrics(warehouse: Warehouse, as_of: date) -> None:
    """Write what predictions read of customer_metric, from the receipts up to a day."""
    known = {
        "customer_key": "customer_key",
        "receipts": "count(*) filter (where status = 'paid')",
        "revenue": "sum(total)",
        "visits": "count(distinct day) filter (where status = 'paid')",
        "first_receipt": "min(day) filter (where status = 'paid')",
        "last_receipt": "max(day) filter (where status = 'paid')",
    }
    rows = warehouse.rows('select column_name, "null" from (describe customer_metric)')
    values = [known.get(name, "null" if null == "YES" else "0") for name, null in rows]
    warehouse.run("delete from customer_metric")
    warehouse.run(
        f"""insert into customer_metric ({", ".join(name for name, _ in rows)}) select {", ".join(values)} from receipt
        where customer_key is not null and status <> 'cancelled' and day <= $as_of
        group by customer_key""",
        as_of=as_of,
    )
    warehouse.run("delete from watermark where name = 'metric'")
    warehouse.run("insert into watermark values ('metric', $as_of, 'test')", as_of=as_of)


def day(weeks: float) -> date:
    """The day so many weeks after ``FIRST``."""
    return FIRST + timedelta(days=round(weeks * 7))
