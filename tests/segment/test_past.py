"""Permissions and named lists as they were at the end of a past day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from smc.config.specs.project import CategorySettings, FieldsSpec, MetricsSpec
from smc.segment.ground import Ground
from smc.segment.refresh import refresh
from smc.segment.show import size
from smc.segment.why import why
from smc.warehouse import Warehouse, statement
from tests.segment.rules import segment
from tests.segment.worlds import ZONE

_PLACE = {"channel": "email", "category": "promo"}
SEGMENTS = {
    "yes": segment({"subscribed": _PLACE}),
    "no": segment({"subscribed": {**_PLACE, "state": "no"}}),
    "unknown": segment({"subscribed": {**_PLACE, "state": "unknown"}}),
    "reached": segment({"reachable": _PLACE}),
    "vip": segment({"tag": "vip"}),
}
CATEGORIES = {"promo": CategorySettings(title="Promo", consent="required")}
_LOG = (
    (1, "yes", "2026-02-01 10:00"),
    (1, "no", "2026-03-01 23:59"),  # the last minute of the local day
    (1, "yes", "2026-03-02 00:00"),
    (2, "no", "2026-02-27 10:00"),
    (2, "yes", "2026-02-27 10:00"),  # of one instant the no
    (2, "unknown", "2026-02-28 09:00"),  # lifts no "no"
    (3, "yes", "2026-02-01 10:00"),
    (3, "unknown", "2026-02-28 12:00"),
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.open(tmp_path / "shop.duckdb", timezone=ZONE, memory="1GB", threads=1) as opened:
        opened.run("insert into customer_ident select k, 'c' || k from range(1, 5) r(k)")
        opened.run("insert into customer (customer_key, email) select k, k || '@example.com' from range(1, 5) r(k)")
        for key, state, at in _LOG:
            opened.run(
                "insert into subscription_log (customer_key, channel, category, state, changed_at) "
                "values ($key, 'email', 'promo', $state, cast($at as timestamptz))", key=key, state=state, at=at,
            )  # fmt: skip
        opened.run("create temp table smc_new as from subscription_log")
        opened.run(statement("smc.import_", "permission_insert"))
        opened.run("insert into tag_past values (4, 'vip', date '2026-02-01', date '2026-03-01', 'feed', 'import')")
        opened.run("insert into tag_member values (3, 'vip', date '2026-03-01', 'feed')")
        refresh(
            opened, segments=SEGMENTS, rules=(), fields=FieldsSpec(), metrics=MetricsSpec(), as_of=date(2026, 3, 2),
            categories=CATEGORIES,
        )  # fmt: skip
        yield opened


def _ground(shop: Warehouse, day: str) -> Ground:
    return Ground(shop, SEGMENTS, FieldsSpec(), MetricsSpec(), date.fromisoformat(day), CATEGORIES)


@pytest.mark.parametrize(
    ("day", "sizes"),
    [
        ("2026-01-31", {"yes": 0, "no": 0, "unknown": 4, "reached": 0}),
        ("2026-02-26", {"yes": 2, "no": 0, "unknown": 2, "reached": 2}),
        ("2026-02-28", {"yes": 1, "no": 1, "unknown": 2, "reached": 1}),
        ("2026-03-01", {"yes": 0, "no": 2, "unknown": 2, "reached": 0}),
        ("2026-03-02", {"yes": 1, "no": 1, "unknown": 2, "reached": 1}),
    ],
)
def test_permissions_of_a_past_day(shop: Warehouse, day: str, sizes: dict[str, int]) -> None:
    ground = _ground(shop, day)
    assert {name: size(ground, name).customers for name in sizes} == sizes


def test_why_tells_what_was_then(shop: Warehouse) -> None:
    def has(day: str, customer: str, name: str) -> tuple[bool, str]:
        found = why(_ground(shop, day), customer, name)
        assert found.root is not None
        return found.member, found.root.has

    of_one = partial(has, customer="c1", name="yes")
    assert of_one("2026-02-28") == (True, "yes")
    assert of_one("2026-03-01") == (False, "no")
    assert of_one("2026-03-02") == (True, "yes")
    assert of_one("2026-01-31") == (False, "unknown")
    assert has("2026-02-28", "c2", "no") == (True, "no")
    assert has("2026-02-28", "c4", "vip") == (True, "since 2026-02-01")
    assert has("2026-03-01", "c4", "vip") == (False, "not now")
    assert has("2026-02-28", "c3", "vip") == (False, "not now")
    assert has("2026-03-02", "c3", "vip") == (True, "since 2026-03-01")
