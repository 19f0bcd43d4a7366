"""Tasks of steps that are no messages: planned once, with the reason why not, and the ledger of what was given."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from smc.campaign.tasks import settle_tasks
from smc.config.specs.poll import PollSpec
from tests.campaign.shop import Shop, campaign, noon

DAY = date(2026, 3, 2)
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def one(shop: Shop) -> Shop:
    shop.customer(1, registered_at=noon(DAY), phone="+12125550100")
    return shop


def steps(*of: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"welcome": campaign(steps=list(of), **more)}


def tasks(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.warehouse.rows("select customer_key, kind, target, state, reason from task order by all")


def test_everything_is_planned_once(one: Shop) -> None:
    one.campaigns = steps(
        {"points": {"amount": 10}},
        {"bonuses": {"amount": 50, "lifetime": "10 days", "account": "gifts"}},
        {"attribute": {"set": {"level": "gold", "seen": True}}},
        {"notify": {"to": ["boss", "boss", "clerk"], "text": "x"}},
        {"webhook": {"to": "crm"}},
        {"poll": {"poll": "nps"}},
    )
    result = one.night(DAY)
    assert result.tasks == 8
    assert [row[1:4] for row in tasks(one)] == [
        ("attribute", "level", "planned"), ("attribute", "seen", "planned"), ("bonuses", "gifts", "planned"),
        ("notify", "boss", "planned"), ("notify", "clerk", "planned"), ("points", "points", "planned"),
        ("poll", "nps", "handed over"), ("webhook", "crm", "planned"),
    ]  # fmt: skip
    assert one.warehouse.rows("select kind, account, amount, accrued_on, expires_on from accrual order by kind") == [
        ("bonuses", "gifts", Decimal(50), DAY, DAY + timedelta(days=10)), ("points", "points", Decimal(10), DAY, None),
    ]  # fmt: skip
    before = one.state()
    one.night(DAY)
    assert one.state() == before


def test_control_customers_get_nothing_that_helps_them(shop: Shop) -> None:
    for key in range(1, 40):
        shop.customer(key, registered_at=noon(DAY))
    shop.campaigns = steps(
        {"points": {"amount": 10}}, {"attribute": {"set": {"seen": True}}},
        control_group={"percent": 50, "salt": "s"},
    )  # fmt: skip
    shop.night(DAY)
    count = "select t.kind, arm, state, reason from task t join entry using (entry_key) group by all order by all"
    assert shop.warehouse.rows(count) == [
        ("attribute", "control", "planned", None), ("attribute", "test", "planned", None),
        ("points", "control", "suppressed", "control_group"), ("points", "test", "planned", None),
    ]  # fmt: skip
    given = "select distinct arm from accrual join task using (task_key) join entry using (entry_key)"
    assert shop.warehouse.rows(given) == [("test",)]


def test_calls_need_consent_and_a_phone(shop: Shop) -> None:
    for key, phone in ((1, "+12125550100"), (2, None), (3, "+12125550103"), (4, "+12125550104")):
        shop.customer(key, registered_at=noon(DAY), phone=phone, active=key != 4)
        if key != 3:
            shop.warehouse.run(
                "insert into subscription values ($key, 'call', 'marketing', 'yes', $at, null, null)",
                key=key, at=datetime(2020, 1, 1, tzinfo=UTC),
            )  # fmt: skip
    shop.campaigns = steps({"call": {"list": "vip"}})
    shop.night(DAY)
    assert [(row[0], *row[3:]) for row in tasks(shop)] == [
        (1, "planned", None), (2, "suppressed", "address"), (3, "suppressed", "consent"), (4, "suppressed", "inactive"),
    ]  # fmt: skip


def test_calls_of_a_category_that_is_gone_need_a_yes(one: Shop) -> None:
    one.campaigns = steps({"call": {"list": "vip"}}, category="gone")
    one.night(DAY)
    assert [row[3:] for row in tasks(one)] == [("suppressed", "consent")]


def test_calls_need_a_phone_that_rings(shop: Shop) -> None:
    phones = (("+12125550100", "landline", 0), ("+12125550100", "premium", 0), ("+12125550100", "mobile", 32),
              ("5550100", None, None), ("+12125550100", None, None))  # fmt: skip
    for key, (phone, kind, status) in enumerate(phones, start=1):
        shop.customer(key, registered_at=noon(DAY), phone=phone, phone_type=kind, phone_status=status)
    shop.campaigns = steps({"call": {"list": "vip"}}, category="service")
    shop.night(DAY)
    assert [row[4] for row in tasks(shop)] == [None, "address", "address", "address", None]


def test_a_percentage_is_of_the_total_that_the_trigger_knows(shop: Shop) -> None:
    for key in (1, 2, 3):
        shop.customer(key, registered_at=noon(DAY))
    shop.campaigns = steps({"wait": "1 day"}, {"bonuses": {"percent": "7.5%"}})
    shop.night(DAY)
    for key, context in ((1, '{"total": 99.99}'), (2, "{}"), (3, '{"total": "-5.00"}')):
        shop.warehouse.run("update entry set context = $c where customer_key = $key", c=context, key=key)
    shop.night(NEXT)
    assert shop.warehouse.rows("select customer_key, amount from accrual") == [(1, Decimal("7.50"))]
    assert [row[3:] for row in tasks(shop)] == [("planned", None)] + [("suppressed", "no_total")] * 2


def test_a_percentage_of_a_receipt(one: Shop) -> None:
    one.receipts(1, DAY, total=80)
    one.campaigns = steps({"bonuses": {"percent": "10%", "lifetime": "5 days"}}, trigger={"receipt": {}})
    one.night(DAY)
    assert one.warehouse.rows("select amount, expires_on from accrual") == [(Decimal(8), DAY + timedelta(days=5))]


def test_fields_are_set_on_the_next_day_and_the_last_value_holds(one: Shop) -> None:
    one.warehouse.run("update customer set custom = map {'level': 'iron', 'other': 'x'}")
    one.campaigns = steps(
        {"attribute": {"set": {"level": "silver", "visits": 3}}}, {"attribute": {"set": {"level": "gold"}}}
    )
    one.night(DAY)
    settle_tasks(one.warehouse, ["welcome"], DAY)
    assert one.warehouse.value("select custom['level'] from customer") == "iron", "a second run sees no trace"
    settle_tasks(one.warehouse, ["welcome"], NEXT)
    settle_tasks(one.warehouse, ["welcome"], NEXT)
    fields = one.warehouse.value("select custom from customer")
    assert fields == {"level": "gold", "other": "x", "visits": "3"}
    assert {row[3] for row in tasks(one)} == {"done"}
    assert one.warehouse.rows("select distinct customer_key from customer_touched") == [(1,)]


def test_fields_of_a_campaign_that_is_off_are_not_set(one: Shop) -> None:
    one.campaigns = steps({"attribute": {"set": {"level": "gold"}}})
    one.night(DAY)
    settle_tasks(one.warehouse, [], NEXT)
    assert one.warehouse.rows("select custom from customer") == [(None,)]
    assert tasks(one) == [(1, "attribute", "level", "planned", None)]


@pytest.mark.parametrize("group", ["global", "tag"])
def test_who_comes_into_a_control_group_gets_nothing_that_waits(one: Shop, group: str) -> None:
    one.customer(2, registered_at=noon(DAY))
    one.campaigns = steps(
        {"points": {"amount": 10}}, {"attribute": {"set": {"level": "gold"}}}, {"webhook": {"to": "crm"}},
        {"call": {"list": "vip"}}, control_group={"tag": "spared"}, category="service",
    )  # fmt: skip
    one.night(DAY)
    one.put("task_batch", batch="b", kind="calls", target="vip", name="calls_vip", made_on=DAY, number=1, state="made")
    one.warehouse.run("update task set state = 'handed over', batch = 'b' where kind = 'call' and state = 'planned'")
    if group == "tag":
        one.put("tag_member", customer_key=1, tag="spared", added_on=NEXT, source="test")
    else:
        one.put("control_member", customer_key=1, control_group="global")
    one.night(NEXT)
    reason = "control_group" if group == "tag" else "global_control"
    assert [row[1:] for row in tasks(one) if row[0] == 1] == [
        ("attribute", "level", "planned", None), ("call", "vip", "suppressed", reason),
        ("points", "points", "suppressed", reason), ("webhook", "crm", "suppressed", reason),
    ]  # fmt: skip
    assert [row[3] for row in tasks(one) if row[0] == 2].count("planned") == 3


@pytest.mark.parametrize(
    ("limits", "open_"),
    [
        ({}, True),
        ({"answers": 2}, True),
        ({"answers": 1}, False),
        ({"until": DAY}, True),
        ({"until": "2026-03-01"}, False),
    ],
)
def test_a_poll_that_is_over_is_opened_to_nobody(one: Shop, limits: dict[str, Any], open_: bool) -> None:
    text = {"title": "T", "limits": limits, "questions": {"a": {"open": {"ask": "?"}}, "b": {"open": {"ask": "?"}}}}
    one.polls = {"nps": PollSpec.model_validate(text)}
    for question in ("a", "b"):
        one.warehouse.run(f"insert into poll_answer values ('nps', '{question}', 7, '9', $at)", at=noon(DAY))
    one.campaigns = steps({"poll": {"poll": "nps"}})
    one.night(DAY)
    assert [row[3:] for row in tasks(one)] == [("handed over", None) if open_ else ("suppressed", "limit")]


POLL = {"title": "T", "questions": {"a": {"open": {"ask": "?"}}}}


@pytest.mark.parametrize("limits", [{"answers": 1}, {"until": "2026-03-01"}])
def test_who_finds_a_poll_closed_takes_the_other_way(one: Shop, limits: dict[str, Any]) -> None:
    one.polls = {"nps": PollSpec.model_validate(POLL | {"limits": limits})}
    one.warehouse.run("insert into poll_answer values ('nps', 'a', 7, '9', $at)", at=noon(DAY))
    plain = {"email": {"template": "plain"}}
    one.campaigns = steps({"poll": {"poll": "nps", "otherwise": [plain]}}, {"email": {"template": "asked"}})
    one.night(DAY)
    assert [template for _, template, _ in one.messages()] == ["plain"]
    assert tasks(one) == [(1, "poll", "nps", "suppressed", "limit")]
    assert one.warehouse.rows("select outcome from step_log where step = 1") == [("refused",)]
    assert one.warehouse.rows("select exit_reason from entry") == [("poll not opened",)]


@pytest.mark.parametrize(
    ("limits", "answered", "asked"),
    [
        ({}, DAY - timedelta(days=900), False),
        ({"again": "10 days"}, DAY - timedelta(days=9), False),
        ({"again": "10 days"}, DAY - timedelta(days=10), True),
        ({"again": "10 days"}, None, False),
    ],
)
def test_everybody_takes_part_in_a_poll_once(one: Shop, limits: Any, answered: date | None, *, asked: bool) -> None:
    one.polls = {"nps": PollSpec.model_validate(POLL | {"limits": limits})}
    at = noon(answered) if answered else None
    one.warehouse.run("insert into poll_answer values ('nps', 'a', 1, '9', $at), ('other', 'a', 1, '9', $at)", at=at)
    one.campaigns = steps({"poll": {"poll": "nps", "otherwise": []}}, {"email": {"template": "asked"}})
    one.night(DAY)
    settle_tasks(one.warehouse, ["welcome"], DAY)
    assert len(one.messages()) == asked
    assert [row[3:] for row in tasks(one)] == [("handed over", None) if asked else ("suppressed", "answered")]


def test_control_customers_go_on_behind_a_closed_poll(one: Shop) -> None:
    one.polls = {"nps": PollSpec.model_validate(POLL | {"limits": {"until": "2026-03-01"}})}
    one.put("tag_member", customer_key=1, tag="spared", added_on=DAY, source="test")
    one.campaigns = steps(
        {"poll": {"poll": "nps", "otherwise": []}}, {"email": {"template": "asked"}}, control_group={"tag": "spared"}
    )
    one.night(DAY)
    assert one.messages() == [("c1", "asked", "control_group")]


def test_a_poll_is_done_when_it_is_answered(one: Shop) -> None:
    one.campaigns = steps({"poll": {"poll": "nps"}})
    one.night(DAY)
    one.warehouse.run("insert into poll_answer values ('nps', 'score', 1, '9', $at)", at=noon(NEXT))
    settle_tasks(one.warehouse, ["welcome"], NEXT)
    assert [row[3] for row in tasks(one)] == ["done"]
