"""A data mart that has not loaded yet has no rows; it stops nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc.config.specs.project import FieldsSpec, MartFieldSpec, MartSpec, MetricsSpec
from smc.errors import WarehouseError
from smc.segment.ground import Ground
from smc.segment.refresh import refresh
from smc.segment.show import size
from smc.segment.why import why
from smc.warehouse import Warehouse
from smc.warehouse.marts import marts_ready
from tests.segment.rules import segment
from tests.segment.worlds import AS_OF, ZONE

FIELDS = FieldsSpec(
    marts={
        "loyalty": MartSpec(
            title="Loyalty",
            fields={
                "points": MartFieldSpec(title="Points", type="decimal"),
                "since": MartFieldSpec(title="Since", type="datetime"),
            },
        )
    }
)
SEGMENTS = {
    "any": segment({"mart": {"name": "loyalty"}}),
    "none": segment({"not": {"mart": {"name": "loyalty"}}}),
    "rich": segment(
        {"mart": {"name": "loyalty", "where": {"points": {"at_least": 5}}, "sum": {"field": "points", "at_least": 1}}}
    ),
    "query": segment({"sql": "select customer_id from loyalty where points > 5"}),
    "later": segment({"mart": {"name": "loyalty", "where": {"since": {"at_least": "2017-01-01"}}}}),
}


def _night(warehouse: Warehouse, *, full: bool = False) -> dict[str, int]:
    done = refresh(warehouse, segments=SEGMENTS, rules=(), fields=FIELDS, metrics=MetricsSpec(), as_of=AS_OF, full=full)
    return {change.segment: change.members for change in done.changes}


def test_nobody_has_rows_of_a_mart_until_it_loads(warehouse: Warehouse) -> None:
    warehouse.run("insert into customer_ident select k, 'c' || k from range(1, 4) r(k)")
    warehouse.run("insert into customer (customer_key) select k from range(1, 4) r(k)")
    nobody = {"any": 0, "none": 3, "rich": 0, "query": 0, "later": 0}
    assert _night(warehouse) == _night(warehouse) == nobody

    warehouse.run("create table mart_loyalty (customer_key bigint, points decimal(18, 4))")
    warehouse.run("insert into mart_loyalty values (1, 10)")
    warehouse.run("insert into customer_touched values (1)")
    assert _night(warehouse) == {"any": 1, "none": 2, "rich": 1, "query": 1, "later": 0}
    warehouse.run("alter table mart_loyalty add column since timestamptz")
    warehouse.run("update mart_loyalty set since = timestamptz '2017-05-01 12:00:00+00'")
    assert _night(warehouse, full=True)["later"] == 1


def test_a_read_only_warehouse_can_be_asked(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with Warehouse.open(path, timezone=ZONE, memory="1GB", threads=1) as opened:
        opened.run("insert into customer_ident values (1, 'c1')")
        opened.run("insert into customer (customer_key) values (1)")
    with Warehouse.open(path, timezone=ZONE, memory="1GB", threads=1, read_only=True) as opened:
        ground = Ground(opened, SEGMENTS, FIELDS, MetricsSpec(), AS_OF)
        with marts_ready(opened, FIELDS), marts_ready(opened, FIELDS):
            assert [size(ground, name).customers for name in SEGMENTS] == [0, 1, 0, 0, 0]
            assert why(ground, "c1", "none").member
        with pytest.raises(WarehouseError):
            opened.run("select * from mart_loyalty")
