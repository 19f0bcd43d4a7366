"""Scores against fifths counted in plain Python, with many equal values."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smc.config.specs.project import RfmSpec
from smc.metric.rfm import score
from smc.warehouse import Warehouse
from tests.metric.scores import fifths

AS_OF = date(2024, 3, 1)
Buyer = tuple[int, int, int]
"""Days since the last receipt, receipts, cents."""

buyers = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6), st.integers(-300, 300)), max_size=40)
PERIOD = 50  # no window of customer_metric: read from receipts


def fill(warehouse: Warehouse, customers: list[Buyer]) -> None:
    warehouse.run("delete from receipt")
    rows = [
        (customer * 10 + number, customer, AS_OF - timedelta(days=days), cents if number == 0 else 0)
        for customer, (days, receipts, cents) in enumerate(customers)
        for number in range(receipts)
    ]
    if rows:
        text = """insert into receipt (receipt_key, customer_key, day, purchased_at, status, total)
            values (?, ?, ?, timestamptz '2024-01-01 00:00:00+00', 'paid', cast(? as decimal(18, 2)) / 100)"""
        warehouse.connection.executemany(text, rows)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(customers=buyers)
def test_scores_are_fifths_and_equal_values_score_equally(warehouse: Warehouse, customers: list[Buyer]) -> None:
    fill(warehouse, customers)
    assert score(warehouse, RfmSpec(period=PERIOD), AS_OF) == len(customers)
    expected = list(
        zip(
            range(len(customers)),
            fifths([-buyer[0] for buyer in customers]),
            fifths([buyer[1] for buyer in customers]),
            fifths([buyer[2] for buyer in customers]),
            strict=True,
        )
    )
    text = "select customer_key, recency, frequency, monetary from rfm order by 1"
    assert warehouse.rows(text) == expected


def test_boundaries_say_where_each_score_begins(warehouse: Warehouse) -> None:
    fill(
        warehouse, [(days, receipts, 100 * (days + 1)) for days, receipts in enumerate([1, 1, 1, 1, 1, 1, 2, 3, 4, 5])]
    )
    score(warehouse, RfmSpec(period=PERIOD), AS_OF)
    rows = warehouse.rows("select measure, score, bound from rfm_boundary where as_of = $as_of", as_of=AS_OF)
    bounds = {measure: {place: bound for name, place, bound in rows if name == measure} for measure, _, _ in rows}
    assert bounds["recency"] == {2: 7, 3: 5, 4: 3, 5: 1}
    assert bounds["frequency"] == {2: 2, 3: 2, 4: 2, 5: 4}  # six of ten bought once: nobody scores 2 or 3
    assert bounds["monetary"] == {place: Decimal(value) for place, value in {2: 3, 3: 5, 4: 7, 5: 9}.items()}
    assert warehouse.rows("select frequency, count(*) from rfm group by 1 order by 1") == [(1, 6), (4, 2), (5, 2)]


@pytest.mark.parametrize("period", [30, 50, 365])
def test_only_buyers_of_the_period_have_a_row(warehouse: Warehouse, period: int) -> None:
    fill(warehouse, [(period - 1, 1, 100), (period, 1, 100)])
    suffix = f"{period}d"
    if period != PERIOD:
        day = "date '2024-03-01'"
        columns = [row[0] for row in warehouse.rows("select column_name from (describe customer_metric)")]
        given_values = {
            "customer_key": "c",
            "last_receipt": f"{day} - {period} + 1 - cast(c as integer)",
            "first_receipt": day,
        }
        given_values |= {f"receipts_{suffix}": "1 - c", f"revenue_{suffix}": "1 - c"}
        nulls = ("median", "favourite", "first_receipt_")
        values = [given_values.get(c, "null" if c.startswith(nulls) else "0") for c in columns]
        warehouse.run(f"insert into customer_metric select {', '.join(values)} from range(2) t(c)")
    assert score(warehouse, RfmSpec(period=period), AS_OF) == 1
    assert warehouse.rows("select customer_key from rfm") == [(0,)]


def test_the_first_cell_that_matches_wins(warehouse: Warehouse) -> None:
    spec = RfmSpec.model_validate(
        {
            "period": PERIOD,
            "cells": {
                "best": {"title": "Best", "recency": (5,), "frequency": (1,)},
                "recent": {"title": "Recent", "recency": (4, 5)},
                "lost": {"title": "Lost", "recency": (1,)},
            },
        }
    )
    fill(warehouse, [(days, 1, 100) for days in range(5)])
    score(warehouse, spec, AS_OF)
    assert [row[0] for row in warehouse.rows("select cell from rfm order by customer_key")] == [
        "best", "recent", None, None, "lost",
    ]  # fmt: skip
