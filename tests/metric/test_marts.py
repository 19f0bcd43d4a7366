"""Metrics over a data mart that has not loaded yet, or that has a field more since it did."""

from __future__ import annotations

from datetime import date

from smc.config.specs.project import FieldsSpec, MartFieldSpec, MartSpec, MetricsSpec, RfmSpec
from smc.metric.compute import compute
from smc.warehouse import Warehouse

_POINTS, _TIER = MartFieldSpec(title="Points", type="decimal"), MartFieldSpec(title="Tier", type="integer")
FIELDS = FieldsSpec(marts={"loyalty": MartSpec(title="Loyalty", fields={"points": _POINTS, "tier": _TIER})})
METRICS = MetricsSpec.model_validate(
    {
        "metrics": {
            "points": {"title": "Points", "over": "loyalty", "aggregate": "sum", "field": "points"},
            "tier": {"title": "Tier", "over": "loyalty", "aggregate": "max", "field": "tier"},
        }
    }
)


def test_a_mart_or_a_field_that_has_not_loaded_gives_no_figure(warehouse: Warehouse) -> None:
    warehouse.run("insert into customer_ident values (1, 'c1')")
    warehouse.run("insert into customer (customer_key) values (1)")
    compute(warehouse, metrics=METRICS, rfm=RfmSpec(), fields=FIELDS, as_of=date(2026, 3, 1))
    assert warehouse.rows("select points, tier from custom_metric") == []
    warehouse.run("create table mart_loyalty (customer_key bigint, points decimal(18, 4))")
    warehouse.run("insert into mart_loyalty values (1, 10)")
    for day in (2, 3):
        warehouse.run("insert into customer_touched values (1)")
        compute(warehouse, metrics=METRICS, rfm=RfmSpec(), fields=FIELDS, as_of=date(2026, 3, day))
        assert warehouse.rows("select points, tier from custom_metric") == [(10, None)]
