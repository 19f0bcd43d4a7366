"""Names in metrics: a category by id or by its only name; a wrong name stops all and nothing changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from smc.config.specs.project import MetricsSpec, RfmSpec
from smc.errors import RunError
from smc.metric.compute import compute
from smc.warehouse import Warehouse

AS_OF = date(2024, 3, 1)


def run(warehouse: Warehouse, as_of: date = AS_OF, /, **metrics: dict[str, Any]) -> None:
    spec = MetricsSpec.model_validate({"metrics": {name: {"title": name, **m} for name, m in metrics.items()}})
    compute(warehouse, metrics=spec, rfm=RfmSpec(), as_of=as_of)


def count(**where: str) -> dict[str, Any]:
    return {"aggregate": "count", "over": "lines", "where": where}


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    """One customer with a line of milk, which lies below dairy."""
    for statement in (
        "insert into category_ident values (1, 'd'), (2, 'm'), (3, 'x'), (4, 'y')",
        (
            "insert into category (category_key, parent_key, name) values "
            "(1, null, 'Dairy'), (2, 1, 'Milk'), (3, null, 'Twin'), (4, null, 'Twin')"
        ),
        "insert into category_ancestor values (1, 1, 0), (2, 2, 0), (2, 1, 1), (3, 3, 0), (4, 4, 0)",
        "insert into product_ident values (1, 'milk-1')",
        "insert into product (product_key, brand, category_key) values (1, 'Acme', 2)",
        "insert into store (store_id) values ('s1')",
        "insert into customer_ident values (1, 'c')",
        "insert into receipt_ident values (1, 'r')",
        (
            "insert into receipt (receipt_key, customer_key, store_id, purchased_at, day, status, total) "
            "values (1, 1, 's1', timestamptz '2024-02-01 12:00:00', date '2024-02-01', 'paid', 5)"
        ),
        (
            "insert into receipt_line (receipt_key, line_no, product_key, quantity, amount, customer_key, day, "
            "counted, category_key) values (1, 1, 1, 1, 5, 1, date '2024-02-01', true, 2)"
        ),
        "insert into customer_touched values (1)",
    ):
        warehouse.run(statement)
    return warehouse


def test_a_category_goes_by_id_or_by_its_only_name(shop: Warehouse) -> None:
    run(shop, a=count(category="d"), b=count(category="Dairy"), c=count(category="x"), d={"penetration": "Milk"})
    assert shop.rows("select a, b, c, d from custom_metric") == [(1, 1, 0, 1)]


def test_a_name_that_means_another_category_now_is_computed_anew(shop: Warehouse) -> None:
    run(shop, a=count(category="Milk"))
    shop.run("update category set name = case category_key when 2 then 'Cream' when 3 then 'Milk' else name end")
    run(shop, AS_OF + timedelta(days=1), a=count(category="Milk"))
    assert shop.rows("select a from custom_metric") == []


@pytest.mark.parametrize(
    ("metric", "why"),
    [
        (count(category="Dairi"), "metric 'own': unknown category 'Dairi'; nearest: 'Dairy'"),
        (count(category="Twin"), "metric 'own': several categories are named 'Twin'; give one of the ids x, y"),
        ({"penetration": "Silk"}, "metric 'own': unknown category 'Silk'; nearest: 'Milk'"),
        (count(product="mlk-1"), "metric 'own': unknown product 'mlk-1'; nearest: 'milk-1'"),
        (count(brand="acme"), "metric 'own': unknown brand 'acme'; nearest: 'Acme'"),
        (count(store="s9"), "metric 'own': unknown store 's9'"),
    ],
)
def test_a_wrong_name_stops_the_computation(shop: Warehouse, metric: dict[str, Any], why: str) -> None:
    run(shop, fine=count())
    before = shop.rows("from watermark order by all"), shop.rows("from custom_metric")
    with pytest.raises(RunError) as error:
        run(shop, AS_OF + timedelta(days=1), own=metric)
    assert why in str(error.value)
    assert (shop.rows("from watermark order by all"), shop.rows("from custom_metric")) == before


def test_a_category_may_be_of_any_classifier(shop: Warehouse) -> None:
    shop.run("insert into category_ident values (7, 'season'), (8, 'summer'), (9, 'colour')")
    shop.run("insert into category (category_key, parent_key, name, classifier) values (7, null, 'Season', 'year')")
    shop.run("insert into category_ancestor values (7, 7, 0), (8, 8, 0), (8, 7, 1), (9, 9, 0)")
    shop.run("insert into product_category values (1, 'year', 8), (1, 'looks', 9)")
    both = {"category": {"in": ["colour", "d"]}}
    counts = [count(category=name) for name in ("season", "Season", "summer", "colour")] + [{**count(), "where": both}]
    counts += [{**count(), "where": {"category": {"not_in": ["colour"]}}}, {"penetration": "Season"}]
    run(shop, **{f"m{number}": metric for number, metric in enumerate(counts)})
    assert shop.rows("from custom_metric") == [(1, 1, 1, 1, 1, 1, 0, 1)]


def test_without_a_catalogue_there_is_nothing_to_compute(warehouse: Warehouse) -> None:
    run(warehouse, a=count(category="d", brand="b", product="p", store="s"), b={"penetration": "Dairy"})
    assert warehouse.rows("from custom_metric") == []


def test_days_of_another_zone_are_not_computed(shop: Warehouse) -> None:
    shop.run("insert into watermark values ('zone', date '2024-02-01', 'Europe/Berlin')")
    with pytest.raises(RunError, match="made with the zone Europe/Berlin"):
        run(shop)
    assert shop.rows("from customer_metric") == []
