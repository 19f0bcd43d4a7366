"""A birthday moves a customer between segments by itself, and only he is looked at."""

from __future__ import annotations

from datetime import date
from functools import partial

from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.segment.refresh import refresh
from smc.warehouse import Warehouse
from tests.segment.rules import segment

SEGMENTS = {
    "adult": segment({"attribute": {"field": "age", "at_least": 18}}),
    "known": segment({"attribute": {"field": "age", "empty": False}}),
    "teens": segment({"sql": "select customer_id from customers where age between 13 and 17"}),
}


def test_members_change_with_their_age(warehouse: Warehouse) -> None:
    born = ["2008-02-29", "2008-03-01", *(f"19{year}-07-01" for year in range(40, 60)), None]
    for key, day in enumerate(born):
        warehouse.run("insert into customer_ident values ($key, 'c' || $key)", key=key)
        warehouse.run("insert into customer (customer_key, birth_date) values ($key, cast($d as date))", key=key, d=day)
    run = partial(refresh, warehouse, segments=SEGMENTS, rules=(), fields=FieldsSpec(), metrics=MetricsSpec())

    def members() -> dict[str, int]:
        rows = warehouse.rows("select segment, count(*) from segment_member where left_on is null group by segment")
        return dict(rows)

    run(as_of=date(2026, 2, 27))
    assert members() == {"adult": 20, "known": 22, "teens": 2}
    second = run(as_of=date(2026, 2, 28), verify=True)
    assert members() == {"adult": 21, "known": 22, "teens": 1}
    assert (second.anew, second.evaluated) == (1, 1)
    run(as_of=date(2026, 3, 2), verify=True)
    assert members() == {"adult": 22, "known": 22}
