"""Filters on what a trigger knew, as it was then."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from smc.config.specs.project import FieldsSpec
from tests.campaign.shop import DAY, Shop, campaign

NIGHT = date(2026, 3, 2)
MORNING = datetime(2026, 3, 2, 14, tzinfo=UTC)
ORDER: dict[str, Any] = {"order": {}}


def passed(shop: Shop, trigger: dict[str, Any], data: dict[str, Any], **filters: Any) -> list[int]:
    step = {"filter": {"trigger": data, **filters}}
    shop.campaigns = {"c": campaign(trigger=trigger, steps=[step, {"tag": {"add": "x"}}])}
    shop.night(NIGHT)
    return [row[0] for row in shop.warehouse.rows("select customer_key from tag_change order by all")]


@pytest.fixture
def ordered(shop: Shop) -> Shop:
    shop.fields = FieldsSpec.model_validate({"order": {"gift": {"title": "Gift", "type": "boolean"}}})
    for key, total in ((1, 9), (2, 100), (3, None)):
        shop.customer(key)
        shop.order(key, key, MORNING, total=total, source="App" if key == 1 else None)
    shop.warehouse.run("update customer_order set custom = map {'gift': 'true'} where order_key = 2")
    return shop


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"total": {"at_least": 10}}, [2]),
        ({"total": {"less": 10}}, [1]),
        ({"total": {"empty": True}}, [3]),
        ({"total": {"not_equals": 9}}, [2, 3]),
        ({"total": {"between": [9, 100]}}, [1, 2]),
        ({"source": {"contains": "app"}}, [1]),
        ({"source": "App", "total": {"at_most": 9}}, [1]),
        ({"order_id": ["o2", "o3"]}, [2, 3]),
        ({"gift": True}, [2]),
        ({"ordered_at": {"at_least": "today"}}, [1, 2, 3]),
        ({"ordered_at": {"more": "2026-03-02 15:00:00+00:00"}}, []),
        ({"day": {"equals": "2026-03-02"}}, [1, 2, 3]),
        ({"day": {"less": "today"}}, []),
    ],
)
def test_comparisons_by_type(ordered: Shop, data: dict[str, Any], expected: list[int]) -> None:
    assert passed(ordered, ORDER, data) == expected


def test_details_of_an_event(shop: Shop) -> None:
    for key, score in ((1, "10"), (2, "9"), (3, "many")):
        shop.customer(key)
        shop.event(f"e{key}", key, "scored", MORNING, **{"the score": score})
    assert passed(shop, {"event": {"name": "scored"}}, {"context.the score": {"at_least": 9}}) == [1, 2]


@pytest.mark.parametrize("name", ["a\\", "*", 'say "so"', "a/b~c", "0"])
def test_a_detail_may_have_any_name(shop: Shop, name: str) -> None:
    for key in (1, 2):
        shop.customer(key)
    shop.event("e1", 1, "scored", MORNING, **{name: "yes"})
    shop.event("e2", 2, "scored", MORNING, other="yes")
    assert passed(shop, {"event": {"name": "scored"}}, {f"context.{name}": "yes"}) == [1]


def test_both_parts_of_a_filter_must_hold(ordered: Shop) -> None:
    from smc.config.specs.rule import rule_key
    from smc.config.specs.step import FilterStep

    step = FilterStep.model_validate({"filter": {"where": {"tag": "vip"}}})
    assert step.filter.where is not None
    for key in (1, 2):
        ordered.warehouse.run("insert into rule_member values ($rule, $key)", rule=rule_key(step.filter.where), key=key)
    assert passed(ordered, ORDER, {"total": {"at_least": 10}}, where={"tag": "vip"}) == [2]
    assert dict(ordered.warehouse.rows("select outcome, count(*) from step_log where step = 1 group by all")) == {
        "passed": 1, "refused": 2,
    }  # fmt: skip


def test_an_entry_without_data_is_refused_and_may_be_asked_for(shop: Shop) -> None:
    shop.customer(1)
    shop.order(1, 1, MORNING, total=9)
    shop.campaigns = {
        "c": campaign(
            trigger=ORDER,
            steps=[{"wait": "1 day"}, {"filter": {"trigger": {"total": {"at_least": 1}}}}, {"tag": {"add": "x"}}],
        )
    }
    shop.night(NIGHT)
    shop.warehouse.run("update entry set context = null")  # he entered before smc kept it
    shop.night(NIGHT + DAY)
    assert shop.warehouse.value("select exit_reason from entry") == "filtered"


def test_a_filter_of_an_old_text_on_a_field_that_is_gone_lets_nobody_on(ordered: Shop) -> None:
    steps = [{"wait": "1 day"}, {"filter": {"trigger": {"gift": True}}}, {"tag": {"add": "x"}}]
    ordered.campaigns = {"c": campaign(trigger=ORDER, steps=steps)}
    ordered.night(NIGHT)
    ordered.fields = FieldsSpec()
    ordered.campaigns = {"c": campaign(trigger=ORDER, steps=[{"exit": "new"}])}
    ordered.night(NIGHT + DAY)
    assert ordered.warehouse.rows("select distinct exit_reason from entry") == [("filter no longer valid",)]
