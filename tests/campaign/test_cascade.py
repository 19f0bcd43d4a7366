"""Cascades: one message by the first channel that works."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.campaign.shop import Shop, campaign
from tests.campaign.shop import settings as project
from tests.campaign.test_messaging import JOINED, NIGHT, member

pytestmark = pytest.mark.slow

NEXT_DAY, THIRD = NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)
CASCADE = {
    "cascade": {
        "tries": [
            {"viber": {"text": "V"}, "within": "4 hours"},
            {"push": {"text": "P"}, "within": "1 day"},
            {"sms": {"text": "S"}},
        ]
    }
}


def asked(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.warehouse.rows(
        "select customer_key, channel, state, reason from message order by customer_key, step, planned_on, channel"
    )


def stands(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.warehouse.rows("select customer_key, step, due_at, exited_on from entry order by customer_key")


def outcomes(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.warehouse.rows(
        "select e.customer_key, l.step, l.visit, l.outcome from step_log l join entry e using (entry_key)"
        " order by e.customer_key, l.step, l.visit"
    )


def settled(shop: Shop, state: str) -> None:
    shop.warehouse.run("update message set state = $state where state = 'planned'", state=state)


def begin(shop: Shop, **more: Any) -> None:
    shop.campaigns = {"hello": campaign(steps=[CASCADE, {"tag": {"add": "done"}}], send_at="10:00", **more)}
    shop.night(NIGHT)


def test_who_is_not_reached_gets_the_next_channel_at_once(shop: Shop) -> None:
    member(shop, 1, "viber", "sms")
    member(shop, 2, "sms")
    member(shop, 3)
    begin(shop)
    assert asked(shop) == [
        (1, "viber", "planned", None),
        (2, "push", "suppressed", "consent"), (2, "sms", "planned", None), (2, "viber", "suppressed", "consent"),
        (3, "push", "suppressed", "consent"), (3, "sms", "suppressed", "consent"),
        (3, "viber", "suppressed", "consent"),
    ]  # fmt: skip
    # 10:00 in New York and four hours; behind the last channel nothing is waited for
    assert stands(shop) == [
        (1, 1, datetime(2017, 12, 29, 19, tzinfo=UTC), None), (2, None, None, NIGHT), (3, None, None, NIGHT),
    ]  # fmt: skip


def test_who_was_sent_a_message_goes_on(shop: Shop) -> None:
    member(shop, 1, "viber", "sms")
    begin(shop)
    settled(shop, "accepted")
    before = shop.state()
    shop.night(NIGHT)
    assert shop.state() == before
    shop.night(NEXT_DAY)
    assert asked(shop) == [(1, "viber", "accepted", None)]
    assert outcomes(shop) == [(1, 1, 1, "tried"), (1, 1, 2, "sent"), (1, 2, 1, "tagged")]


@pytest.mark.parametrize(("state", "then", "reason"), [("failed", "failed", None), ("queued", "suppressed", "cascade")])
def test_what_was_not_sent_in_time_is_taken_back(shop: Shop, state: str, then: str, reason: str | None) -> None:
    member(shop, 1, "viber", "sms")
    begin(shop)
    settled(shop, state)
    shop.night(NEXT_DAY)
    assert asked(shop) == [
        (1, "viber", then, reason), (1, "push", "suppressed", "consent"), (1, "sms", "planned", None),
    ]  # fmt: skip
    before = shop.state()
    shop.night(NEXT_DAY)
    assert shop.state() == before
    assert [row[3] for row in outcomes(shop)] == ["tried", "tried", "tagged"]


@pytest.mark.parametrize("told", [False, True])
def test_what_was_taken_back_counts_as_sent_until_the_outbox_has_answered(shop: Shop, told: bool) -> None:
    member(shop, 1, "viber")
    status = {"message_status": {"is": "sent", "otherwise": [{"exit": "not sent"}]}}
    shop.campaigns = {"hello": campaign(steps=[CASCADE, {"wait": 1}, status])}
    shop.night(NIGHT)
    settled(shop, "queued")
    shop.night(NEXT_DAY)
    assert asked(shop)[0] == (1, "viber", "suppressed", "cascade")
    if told:
        shop.warehouse.run("update message set state_at = $at", at=datetime(2017, 12, 30, 20, tzinfo=UTC))
    shop.night(THIRD)
    assert shop.warehouse.value("select exit_reason from entry") == ("not sent" if told else "finished")


def test_what_the_policy_refused_is_not_waited_for(shop: Shop) -> None:
    shop.settings = project(caps=[{"channel": "viber", "messages": 1, "days": 7}])
    member(shop, 1, "viber", "sms")
    cascade = {"cascade": {"tries": [{"viber": {"text": "V"}, "within": "5 days"}, {"sms": {"text": "S"}}]}}
    shop.campaigns = {"hello": campaign(steps=[{"viber": {"text": "First"}}, cascade])}
    shop.night(NIGHT)
    refused = [(1, "viber", "planned", None), (1, "viber", "suppressed", "policy")]
    assert asked(shop) == refused
    before = shop.state()
    shop.night(NIGHT, hour=12)
    assert shop.state() == before
    shop.night(NEXT_DAY)
    assert asked(shop) == [*refused, (1, "sms", "planned", None)]


def test_every_channel_in_its_turn(shop: Shop) -> None:
    member(shop, 1, "viber", "sms", "push")
    shop.put("contact_point", channel="push", address="token", customer_key=1, active=True)
    begin(shop)
    for day, channels in ((NIGHT, 1), (NEXT_DAY, 2), (date(2018, 1, 1), 3), (date(2018, 1, 2), 3)):
        shop.night(day)
        settled(shop, "expired")
        assert len(asked(shop)) == channels
    assert stands(shop)[0][3] == date(2018, 1, 1)
    keys = shop.warehouse.rows("select count(*), count(distinct message_key) from message")
    assert keys == [(3, 3)]


def test_control_customers_walk_as_if_the_first_message_was_sent(shop: Shop) -> None:
    member(shop, 1, "viber", "sms")
    shop.put("tag_member", customer_key=1, tag="spared", added_on=NIGHT, source="x")
    begin(shop, control_group={"tag": "spared"})
    shop.night(NEXT_DAY)
    assert asked(shop) == [(1, "viber", "suppressed", "control_group")]
    assert outcomes(shop) == [(1, 1, 1, "tried"), (1, 1, 2, "sent"), (1, 2, 1, "tagged")]


def test_the_wait_of_a_cascade_does_not_count_for_rows_that_are_waited_for(shop: Shop) -> None:
    member(shop, 1, "viber", "sms")
    wait = {"wait_for": {"where": {"event": {"name": "seen"}}, "within": "5 days"}}
    shop.campaigns = {"hello": campaign(steps=[CASCADE, wait, {"tag": {"add": "seen"}}])}
    shop.night(NIGHT)
    settled(shop, "accepted")
    shop.event("e1", 1, "seen", JOINED + timedelta(hours=8))
    shop.night(NEXT_DAY)
    shop.night(THIRD)
    assert outcomes(shop)[-2:] == [(1, 2, 2, "passed"), (1, 3, 1, "tagged")]
