"""Random histories of a shop: the nightly result equals a full one, and an independent one made with polars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smc.config.metrics import catalog
from smc.config.specs.metric import MetricsSpec
from smc.config.specs.project import FieldsSpec, RfmSpec
from smc.metric.compute import compute
from smc.model.metrics import RECEIPT_METRICS
from smc.warehouse import Warehouse
from tests.metric.shop_of_nights import START, ZONE, Line, Night, Receipt, Shop, nights

pytestmark = pytest.mark.slow

SEASONS = {
    "season": {"title": "S", "aggregate": "sum", "over": "lines", "field": "amount", "where": {"category": "S0"}},
    "other": {
        "title": "O", "aggregate": "count", "over": "lines", "where": {"category": {"not_in": ["S1", "K0"]}},
    },
    "summer": {"title": "P", "penetration": "S1"},
}  # fmt: skip
"""Metrics over categories of a further classifier."""
OWN = MetricsSpec.model_validate(
    {
        "metrics": {
            "tree": {"title": "T", "aggregate": "sum", "over": "lines", "field": "amount", "where": {"category": "K0"}},
            "mine": {"title": "M", "aggregate": "avg", "over": "lines", "field": "amount", "where": {"brand": "B1"}},
            "recent": {"title": "R", "aggregate": "max", "over": "receipts", "field": "total", "window": 45},
            "kinds": {"title": "K", "aggregate": "distinct", "over": "lines", "field": "brand", "window": 10},
            "share": {"title": "S", "penetration": "K1", "window": 20},
            **SEASONS,
            "half": {
                "title": "H",
                "aggregate": "median",
                "over": "receipts",
                "field": "total",
                "where": {"store": "S1"},
            },
            "mixed": {"title": "X", "expression": "(tree - mine) / receipts"},
        }
    }
)
RFM = RfmSpec.model_validate(
    {"period": 60, "cells": {"best": {"title": "B", "recency": [5]}, "lost": {"title": "L", "recency": [1]}}}
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    path: Path = tmp_path_factory.mktemp("shop") / "warehouse.duckdb"
    with Warehouse.open(path, timezone=str(ZONE), memory="1GB", threads=2) as warehouse:
        yield Shop(warehouse)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(nights, min_size=3, max_size=4), days=st.integers(5, 100))
def test_the_nightly_result_equals_a_full_one_row_for_row(shop: Shop, history: list[Night], days: int) -> None:
    shop.clear()
    as_of = START.date() + timedelta(days=days)
    for night in history:
        as_of = night.after(as_of)
        shop.bring(night)
        compute(shop.warehouse, metrics=OWN, rfm=RFM, as_of=as_of)
        nightly = shop.tables()
        again = compute(shop.warehouse, metrics=OWN, rfm=RFM, as_of=as_of)
        assert not again.full
        assert again.computed == 0
        assert shop.tables() == nightly
        compute(shop.warehouse, metrics=OWN, rfm=RFM, as_of=as_of, full=True)
        assert shop.tables() == nightly
        assert shop.warehouse.value("select count(*) from customer_touched") == 0


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(nights, min_size=1, max_size=3), days=st.integers(0, 170))
def test_every_built_in_metric_equals_an_independent_computation(shop: Shop, history: list[Night], days: int) -> None:
    shop.clear()
    for night in history:
        shop.bring(night)
    as_of = START.date() + timedelta(days=days)
    compute(shop.warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=as_of)
    expected = oracle(shop, as_of)
    assert {row[0] for row in shop.warehouse.rows("select customer_key from customer_metric")} == expected.keys()
    for metric in RECEIPT_METRICS:
        if metric.name != "days_since_registration":
            params = {"as_of": as_of} if "$as_of" in metric.read else {}
            found = shop.warehouse.rows(f"select customer_key, {metric.read} from customer_metric m", **params)
            for customer, value in found:
                assert close(value, expected[customer][metric.name]), (metric.name, customer)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(nights, min_size=1, max_size=2), days=st.integers(60, 170))
def test_metrics_over_another_classifier_equal_an_independent_computation(
    shop: Shop, history: list[Night], days: int
) -> None:
    shop.clear()
    for night in history:
        shop.bring(night)
    as_of, spec = START.date() + timedelta(days=days), MetricsSpec.model_validate({"metrics": SEASONS})
    compute(shop.warehouse, metrics=spec, rfm=RfmSpec(), as_of=as_of)
    reads = [catalog(spec, FieldsSpec())[name].read for name in SEASONS]
    query = f"select m.customer_key, {', '.join(reads)} from customer_metric m left join custom_metric x"
    found = {key: tuple(values) for key, *values in shop.warehouse.rows(f"{query} using (customer_key)")}
    assert found == {key: pytest.approx(_seasons(shop, key, as_of)) for key in found}


def test_buyers_of_a_product_in_another_place_are_computed_anew(shop: Shop) -> None:
    shop.clear()
    shop.put(0, sale(1, START, 500))
    spec = MetricsSpec.model_validate({"metrics": SEASONS})
    found = []
    for days, place in enumerate((None, 6, 6, None)):
        shop.bring(Night(1, (), (), (), ((1, place),)))
        if days == 2:
            shop.warehouse.run("delete from category_ancestor where category_key = 6 and ancestor_key = 5")
        compute(shop.warehouse, metrics=spec, rfm=RfmSpec(), as_of=START.date() + timedelta(days=days))
        found += shop.warehouse.rows("select season, other, summer from custom_metric")
    assert found == [(0, 1, 0), (5, 0, 1), (0, 0, 1), (0, 1, 0)]


def _seasons(shop: Shop, customer: int, as_of: date) -> tuple[Any, ...]:
    """The figures of ``SEASONS`` of a customer, from the Python values."""
    season, other, summer, paid = Decimal(0), 0, 0, 0
    for receipt in shop.receipts.values():
        if receipt.customer != customer or receipt.status == "cancelled" or receipt.day > as_of:
            continue
        bought = []
        for line in receipt.lines:
            place, main = shop.places.get(line.product), shop.products.get(line.product, (None, None))[1]
            season += Decimal(receipt.signed * line.amount) / 100 if place is not None else 0
            if receipt.status == "paid" and line.quantity >= 0 and line.amount >= 0:
                bought.append(place)
                other += place != 6 and main not in (2, 3, 4)
        if receipt.status == "paid":
            paid += 1
            summer += 6 in bought
    return season, other, summer / paid if paid else None


def close(found: Any, expected: Any) -> bool:
    if isinstance(found, float) and expected is not None:
        return found == pytest.approx(float(expected))
    return bool(found == expected)


def oracle(shop: Shop, as_of: date) -> dict[int, dict[str, Any]]:
    """Built-in metrics by polars from the Python values, in cents until the end, without any SQL."""
    known = {
        key: receipt
        for key, receipt in shop.receipts.items()
        if receipt.customer is not None and receipt.status != "cancelled" and receipt.day <= as_of
    }
    heads, details = _frames(shop, known)
    result = {}
    for customer in sorted({receipt.customer for receipt in known.values() if receipt.customer is not None}):
        mine, ours = heads.filter(pl.col("customer") == customer), details.filter(pl.col("customer") == customer)
        result[customer] = _metrics(mine, ours, as_of)
    return result


def _frames(shop: Shop, known: dict[int, Receipt]) -> tuple[pl.DataFrame, pl.DataFrame]:
    heads = [
        (r.customer, key, r.day, r.status == "paid", r.signed * r.total, r.signed * (r.discount or 0), r.promocode,
         r.store, r.day.isoweekday(), r.at.astimezone(ZONE).hour)
        for key, r in known.items()
    ]  # fmt: skip
    details = []
    for key, r in known.items():
        for line in r.lines:
            brand, category = shop.products.get(line.product, (None, None))
            money = r.signed * line.amount
            id_ = None if category is None else 4 - category
            bought = r.status == "paid" and line.quantity >= 0 and line.amount >= 0
            details.append((r.customer, key, r.day, bought, r.signed * line.quantity, money, brand, id_))
    names = ("customer", "key", "day", "paid", "total", "discount", "promocode", "store", "weekday", "hour")
    types = (pl.Int64, pl.Int64, pl.Date, pl.Boolean, pl.Int64, pl.Int64, pl.String, pl.String, pl.Int64, pl.Int64)
    line_names = ("customer", "key", "day", "paid", "quantity", "total", "brand", "category")
    line_types = (pl.Int64, pl.Int64, pl.Date, pl.Boolean, pl.Int64, pl.Int64, pl.String, pl.Int64)
    return (
        pl.DataFrame(heads, dict(zip(names, types, strict=True)), orient="row"),
        pl.DataFrame(details, dict(zip(line_names, line_types, strict=True)), orient="row"),
    )


def _metrics(heads: pl.DataFrame, details: pl.DataFrame, as_of: date) -> dict[str, Any]:
    windows = {"": date.min, "_month": as_of.replace(day=1) - timedelta(days=1)}
    windows |= {f"_{days}d": as_of - timedelta(days=days) for days in (30, 90, 365)}
    found: dict[str, Any] = {}
    for suffix, since in windows.items():
        after = pl.col("day") > since
        found |= {f"{name}{suffix}": value for name, value in _sums(heads.filter(after), details.filter(after)).items()}
    paid, last = heads.filter(pl.col("paid")), found["last_receipt"]
    category = _favourite(details.filter(pl.col("paid")), "category")
    return found | {
        "days_since_last_receipt": last and (as_of - last).days,
        "favourite_category": None if category is None else 4 - category,
        "favourite_brand": _favourite(details.filter(pl.col("paid")), "brand"),
        **{f"favourite_{what}": _favourite(paid, what) for what in ("store", "weekday", "hour")},
    }


def _sums(heads: pl.DataFrame, details: pl.DataFrame) -> dict[str, Any]:
    paid = heads.filter(pl.col("paid"))
    receipts, revenue, discount = (
        paid.height,
        Decimal(heads["total"].sum()) / 100,
        Decimal(heads["discount"].sum()) / 100,
    )
    items, amount = Decimal(details["quantity"].sum()), Decimal(details["total"].sum()) / 100
    median = paid["total"].median()
    before = revenue + discount
    days = sorted(set(paid["day"].to_list()))
    gaps = [(later - day).days for day, later in pairwise(days)]
    return {
        "receipts": receipts,
        "revenue": revenue,
        "median_receipt": None if median is None else Decimal(str(median)) / 100,
        "items": items,
        "lines_amount": amount,
        "visits": paid["day"].n_unique(),
        "discount": discount,
        "bonus_paid": 0,
        "bonus_accrued": revenue,
        "promocodes_used": paid["promocode"].count(),
        "average_receipt": revenue / receipts if receipts else None,
        "items_per_receipt": items / receipts if receipts else None,
        "average_item_price": amount / items if items else None,
        "discount_share": discount / before if before else None,
        "first_receipt": min(days, default=None),
        "last_receipt": max(days, default=None),
        "days_between_purchases": sum(gaps) / len(gaps) if gaps else None,
    }


def _favourite(rows: pl.DataFrame, what: str) -> Any:
    """Most different receipts, then most money, then the lowest."""
    counts = rows.drop_nulls(what).group_by(what).agg(pl.col("key").n_unique(), pl.col("total").sum())
    ordered = counts.sort(["key", "total", what], descending=[True, True, False])
    return ordered[what][0] if ordered.height else None


def sale(customer: int, at: datetime, total: int, **more: Any) -> Receipt:
    plain = Receipt(customer, at, "paid", "S1", total, None, None, (Line(1, 1, total),))
    return replace(plain, **more)


def test_a_customer_with_returns_alone_has_sums_and_no_score(shop: Shop) -> None:
    shop.clear()
    shop.put(0, sale(1, START, 500))
    shop.put(1, sale(2, START, 500, status="returned"))
    as_of = START.date()
    result = compute(shop.warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=as_of)
    assert (result.customers, result.scored) == (2, 1)
    text = "select receipts, visits, revenue, items, first_receipt, favourite_store from customer_metric"
    assert shop.warehouse.rows(f"{text} where customer_key = 2") == [(0, 0, Decimal(-5), Decimal(-1), None, None)]
    shop.put(0, sale(1, START, 500, status="cancelled"))
    result = compute(shop.warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=as_of)
    assert (result.full, result.customers, result.computed, result.scored) == (False, 1, 1, 0)


def test_a_past_day_is_computed_as_if_later_receipts_were_not_there(shop: Shop) -> None:
    shop.clear()
    shop.put(0, sale(1, START, 500))
    shop.put(1, sale(1, START + timedelta(days=10), 700))
    revenue = "select revenue from customer_metric"
    for days, expected, full in ((10, 12, True), (5, 5, True), (11, 12, False)):
        as_of = START.date() + timedelta(days=days)
        assert compute(shop.warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=as_of).full is full
        assert shop.warehouse.value(revenue) == expected


def test_the_hour_and_day_are_those_of_the_shop_when_the_clock_changes(shop: Shop) -> None:
    shop.clear()
    for key, text in enumerate(("2023-11-05 05:30", "2023-11-05 06:30")):  # half past one, twice
        shop.put(key, sale(1, datetime.fromisoformat(text).replace(tzinfo=UTC), 100))
    shop.put(2, sale(1, datetime(2023, 11, 6, 4, 30, tzinfo=UTC), 900))  # still the 5th, half past eleven
    compute(shop.warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=date(2023, 11, 5))
    text = "select receipts, visits, favourite_hour, favourite_weekday from customer_metric"
    assert shop.warehouse.rows(text) == [(3, 1, 1, 7)]


def test_a_changed_metric_is_computed_by_itself_and_a_removed_one_goes(shop: Shop) -> None:
    shop.clear()
    shop.put(0, sale(1, START, 500))
    compute(shop.warehouse, metrics=OWN, rfm=RFM, as_of=START.date())
    changed = OWN.metrics["recent"].model_copy(update={"aggregate": "min", "title": "Other"})
    kept = OWN.metrics["half"].model_copy(update={"title": "Only the title"})
    spec = MetricsSpec(metrics={"recent": changed, "half": kept})
    result = compute(shop.warehouse, metrics=spec, rfm=RFM, as_of=START.date())
    assert (result.full, result.computed, result.own) == (False, 0, ("recent",))
    assert shop.warehouse.records("select * from custom_metric") == [
        {"customer_key": 1, "half": Decimal(5), "recent": Decimal(5)}
    ]


def test_the_shops_own_metrics_can_be_read(shop: Shop) -> None:
    shop.clear()
    shop.bring(Night(0, (), (), ((1, "B1", 3),)))
    shop.put(0, sale(1, START, 500))
    shop.put(1, sale(1, START + timedelta(days=1), 700, store="S2", lines=(Line(2, 1, 700),)))
    shop.put(2, sale(1, START + timedelta(days=2), 200, status="returned"))
    compute(shop.warehouse, metrics=OWN, rfm=RFM, as_of=START.date() + timedelta(days=3))
    reads = {name: metric.read for name, metric in catalog(OWN, FieldsSpec()).items() if name in OWN.metrics}
    joined = "customer_metric m join custom_metric x using (customer_key)"
    record = shop.warehouse.records(
        f"select {', '.join(f'{read} as {own}' for own, read in reads.items())} from {joined}"
    )
    money = {"tree": Decimal(3), "mine": 3.0, "recent": Decimal(7), "half": Decimal(5)}
    seasons = {"season": 0, "other": 1, "summer": 0.0}
    assert record == [{**money, **seasons, "kinds": 1, "share": 0.5, "mixed": 0.0}]


def test_receipts_leave_the_windows_and_the_month_by_themselves(shop: Shop) -> None:
    shop.clear()
    at = datetime(2024, 1, 31, 17, tzinfo=UTC)
    shop.put(0, sale(1, at, 500))
    stay = {"receipts_month": 1, "receipts_30d": 30, "receipts_90d": 90, "receipts_365d": 365}
    compute(shop.warehouse, metrics=OWN, rfm=RFM, as_of=at.date())
    for last in sorted(stay.values()):
        for days in (last - 1, last):
            result = compute(shop.warehouse, metrics=OWN, rfm=RFM, as_of=at.date() + timedelta(days=days))
            assert not result.full
            expected = tuple(int(days < limit) for limit in stay.values())
            assert shop.warehouse.rows(f"select {', '.join(stay)} from customer_metric") == [expected]
    assert shop.warehouse.rows('select recent, "share:receipts" from custom_metric') == [(None, 0)]
