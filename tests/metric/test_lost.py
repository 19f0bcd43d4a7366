"""What has no value is counted and stops nothing: too large for its column, divided by zero, over predictions too."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from smc.config.metrics import catalog
from smc.config.specs.metric import MetricsSpec
from smc.config.specs.project import FieldsSpec, RfmSpec
from smc.metric.compute import MetricResult, compute
from smc.metric.nulls import lost_in_predicted
from smc.metric.verify import verify
from smc.warehouse import Warehouse
from tests.metric.shop_of_facts import ZONE, World

AS_OF = date(2024, 3, 10)
NOON = datetime(2024, 3, 10, 17, tzinfo=UTC)
FIELDS = FieldsSpec.model_validate({"receipt": {"pts": {"title": "P", "type": "integer"}}})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path: Path = tmp_path_factory.mktemp("lost") / "warehouse.duckdb"
    with Warehouse.open(path, timezone=str(ZONE), memory="1GB", threads=2) as warehouse:
        yield World(warehouse)


@pytest.fixture
def shop(world: World) -> World:
    world.clear(random.Random(0))  # noqa: S311 - repeatable chance, no secret
    return world


def metric(aggregate: str, over: str, field: str, **more: Any) -> dict[str, Any]:
    return {"title": "T", "aggregate": aggregate, "over": over, "field": field, **more}


def expression(text: str) -> dict[str, Any]:
    return {"title": "T", "expression": text}


def run(shop: World, own: dict[str, Any] | None = None) -> MetricResult:
    spec = MetricsSpec.model_validate({"metrics": own or {}})
    return compute(shop.warehouse, metrics=spec, rfm=RfmSpec(), fields=FIELDS, as_of=AS_OF)


def values(shop: World, own: dict[str, Any], *names: str, customer: int = 1) -> tuple[Any, ...]:
    known = catalog(MetricsSpec.model_validate({"metrics": own}), FIELDS)
    text = ", ".join(known[name].read for name in names)
    joins = {"m": "customer_metric", "a": "customer_activity", "x": "custom_metric", "p": "customer_prediction"}
    joined = " ".join(f"left join {table} as {one} using (customer_key)" for one, table in joins.items())
    return shop.warehouse.rows(f"select {text} from customer_ident as i {joined} where customer_key = {customer}")[0]


def receipt(shop: World, total: str, customer: int = 1, **more: Any) -> int:
    key = shop.fresh("receipt")
    given = {"status": "paid", **more}
    shop.put("receipt", receipt_key=key, customer_key=customer, purchased_at=NOON, day=AS_OF, total=Decimal(total),
             **given)  # fmt: skip
    shop.touch(customer)
    return key


def line(shop: World, receipt_key: int, quantity: str, amount: str, customer: int = 1) -> None:
    shop.put("receipt_line", receipt_key=receipt_key, line_no=1, product_key=1, quantity=Decimal(quantity),
             amount=Decimal(amount), customer_key=customer, day=AS_OF, counted=True)  # fmt: skip


def test_chains_of_sums_are_too_wide_to_overflow(shop: World) -> None:
    receipt(shop, "9999999999999999.99", custom={"pts": "9000000000000000000"})
    own = {
        "most": metric("max", "receipts", "pts"),
        "twice": expression("most + most - 1"),
        "minus": expression("-most - most - -twice"),
        "money": expression("revenue + revenue + revenue - 0.5"),
        "mixed": expression("most + most + revenue / 2"),
    }
    run(shop, own)
    assert values(shop, own, "twice", "minus", "money") == (
        17999999999999999999, -1, Decimal("29999999999999999.47")
    )  # fmt: skip
    assert values(shop, own, "mixed")[0] == pytest.approx(1.8005e19)
    assert values(shop, own, "twice", customer=2) == (None,)


def test_figures_that_do_not_fit_their_column_are_null_and_counted(shop: World) -> None:
    key = receipt(shop, "1234567890123456.78")
    line(shop, key, "999999999999999.999", "1")
    receipt(shop, "5", customer=2)
    shop.put("bonus_balance", customer_key=1, account="main", active=Decimal("1000000000000000.00"))
    shop.put(
        "container", customer_key=1, container="cart", product_key=1, quantity=Decimal(10**8), price=Decimal(10**7)
    )
    shop.put("container", customer_key=2, container="cart", product_key=1, quantity=Decimal(3), price=Decimal(2))
    fields = {"receipts": "total", "lines": "quantity", "bonuses": "active", "containers": "amount"}
    own = {
        f"{aggregate}_{over}": metric(aggregate, over, field)
        for over, field in fields.items()
        for aggregate in ("min", "max", "median", "sum")
    }
    nulls = dict(run(shop, own).nulls)
    assert {name: nulls.get(name) for name in own} == dict.fromkeys(own, 1)
    assert values(shop, own, *own) == (None,) * len(own)
    assert values(shop, own, "median_receipts", "max_containers", customer=2) == (5, 6)


def test_averages_and_shares_that_are_divided_by_zero_are_counted(shop: World) -> None:
    paid = receipt(shop, "5")
    line(shop, paid, "0", "5")
    receipt(shop, "-7.99", customer=2, status="returned")
    receipt(shop, "5", customer=3)
    own = {"mean": metric("avg", "receipts", "total")}
    nulls = dict(run(shop, own).nulls)
    assert {name: count for name, count in nulls.items() if not name.endswith(("_month", "d"))} == {
        "average_item_price": 1, "average_receipt": 1, "mean": 1,
    }  # fmt: skip
    assert values(shop, own, "revenue", "receipts", "average_receipt", "mean", customer=2) == (
        Decimal("-7.99"), 0, None, None,
    )  # fmt: skip


def test_a_night_that_writes_nobodys_receipts_counts_nothing_of_them(shop: World) -> None:
    receipt(shop, "-7.99", customer=2, status="returned")
    assert dict(run(shop).nulls)["average_receipt"] == 1
    shop.warehouse.run(
        "insert into web_event (event_id, customer_key, name, occurred_at, day) values ('w', 1, 'view', $at, $day)",
        at=NOON + timedelta(days=1), day=AS_OF + timedelta(days=1),
    )  # fmt: skip
    night = compute(
        shop.warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), fields=FIELDS, as_of=AS_OF + timedelta(days=1)
    )
    assert (night.full, night.computed, night.nulls) == (False, 1, ())


def test_sums_over_customers_are_those_over_receipts(shop: World) -> None:
    receipt(shop, "5")
    receipt(shop, "-7.99", customer=2, status="returned")
    own = {"own": metric("sum", "receipts", "total")}
    run(shop, own)
    for customer in (1, 2, 3):
        revenue, summed = values(shop, own, "revenue", "own", customer=customer)
        assert revenue == summed
    assert shop.warehouse.rows("select customer_key from rfm") == [(1,)]


def test_expressions_over_predictions_are_counted_once_these_stand(shop: World) -> None:
    receipt(shop, "5")
    receipt(shop, "5", customer=2)
    own = {
        "risky": expression("revenue * probability_alive"),
        "per": expression("revenue / expected_visits_30d"),
        "alone": expression("probability_alive / expected_visits_30d"),
        "missing": expression("expected_value_30d / expected_visits_30d"),
    }
    spec = MetricsSpec.model_validate({"metrics": own})
    assert run(shop, own).nulls == ()
    assert lost_in_predicted(shop.warehouse, spec, FIELDS, AS_OF) == ()
    for customer, visits in ((1, 0.5), (2, 0)):
        shop.put(
            "customer_prediction", customer_key=customer, alive=0.5, visits_30d=visits, visits_90d=1, visits_365d=1
        )
    assert lost_in_predicted(shop.warehouse, spec, FIELDS, AS_OF) == (("alone", 1), ("per", 1))
    assert values(shop, own, "risky", "per") == (2.5, 10)
    assert verify(shop.warehouse, metrics=spec, rfm=RfmSpec(), fields=FIELDS, as_of=AS_OF).first == ()


def test_an_expression_over_two_tables_is_counted_for_who_is_in_one_of_them(shop: World) -> None:
    shop.put("customer_order", order_key=1, customer_key=1, ordered_at=NOON, day=AS_OF, total=7, counted=True)
    receipt(shop, "5", customer=2)
    shop.touch(1)
    own = {"share": expression("orders / receipts")}
    assert dict(run(shop, own).nulls)["share"] == 1
