"""Splits, control groups, limits and waits of hours: who goes where, and that a second run changes nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.campaign.shop import Shop, campaign, noon

DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)
MANY = 400


def mail(template: str) -> dict[str, Any]:
    return {"email": {"template": template}}


def registered(shop: Shop, count: int = MANY, day: date = DAY) -> None:
    for key in range(1, count + 1):
        shop.customer(key, registered_at=noon(day))


def templates(shop: Shop) -> Counter[str]:
    return Counter(template for _, template, _ in shop.messages())


def outcomes(shop: Shop) -> dict[tuple[int, str], int]:
    rows = shop.warehouse.rows("select step, outcome, count(*) from step_log group by all")
    return {(step, outcome): count for step, outcome, count in rows}


SPLIT = {
    "split": {
        "salt": "colours",
        "arms": [
            {"name": "red", "share": "30%", "steps": [mail("red")]},
            {"name": "blue", "share": "70%", "steps": [mail("blue")]},
        ],
    }
}


def test_arms_are_drawn_by_share_and_meet_again(shop: Shop) -> None:
    registered(shop)
    shop.campaigns = {"welcome": campaign(steps=[SPLIT, {"tag": {"add": "welcomed"}}])}
    shop.night(DAY)
    found = outcomes(shop)
    assert found[1, "red"] + found[1, "blue"] == MANY
    assert 0.2 * MANY < found[1, "red"] < 0.4 * MANY
    assert templates(shop) == {"red": found[1, "red"], "blue": found[1, "blue"]}
    assert found[4, "tagged"] == MANY
    before = shop.state()
    shop.night(DAY)
    assert shop.state() == before


def test_an_arm_depends_on_the_customer_and_the_salt_alone(shop: Shop) -> None:
    registered(shop)
    shop.campaigns = {"one": campaign(steps=[SPLIT]), "two": campaign(steps=[{"tag": {"add": "x"}}, SPLIT])}
    shop.night(DAY)
    arms = "select e.customer_key, l.outcome from step_log l join entry e using (entry_key) where e.campaign = '{}'"
    drawn = [
        sorted(row for row in shop.warehouse.rows(arms.format(name)) if row[1] in ("red", "blue"))
        for name in ("one", "two")
    ]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == MANY


def test_a_control_group_within_the_tree_gets_nothing_from_there(shop: Shop) -> None:
    registered(shop)
    group = {"control": {"percent": 25, "salt": "gift", "otherwise": [{"tag": {"add": "without"}}]}}
    shop.campaigns = {"welcome": campaign(steps=[mail("hello"), group, mail("gift")])}
    shop.night(DAY)
    found = outcomes(shop)
    assert found[2, "control"] + found[2, "test"] == MANY
    assert 0.15 * MANY < found[2, "control"] < 0.35 * MANY
    assert found[3, "tagged"] == found[2, "control"]
    assert templates(shop) == {"hello": MANY, "gift": found[2, "test"]}
    reasons = shop.warehouse.rows("select exit_reason, count(*) from entry group by all order by all")
    assert dict(reasons) == {"control group": found[2, "control"], "finished": found[2, "test"]}


@pytest.mark.parametrize(("per", "third_day"), [("total", 0), ("day", 3), ("month", 0)])
def test_a_limit_lets_so_many_through(shop: Shop, per: str, third_day: int) -> None:
    limit = {"limit": {"customers": 3, "per": per, "otherwise": [mail("sorry")]}}
    shop.campaigns = {"welcome": campaign(steps=[limit, mail("gift")])}
    registered(shop, 5)
    shop.night(DAY)
    assert templates(shop) == {"gift": 3, "sorry": 2}
    before = shop.state()
    shop.night(DAY)
    assert shop.state() == before
    for key in range(11, 15):
        shop.customer(key, registered_at=noon(NEXT))
    shop.night(NEXT)
    assert templates(shop) == {"gift": 3 + third_day, "sorry": 2 + 4 - third_day}


def test_a_limit_keeps_its_count_when_the_text_changes(shop: Shop) -> None:
    limit = {"limit": {"name": "gifts", "customers": 3}}
    shop.campaigns = {"welcome": campaign(steps=[limit, mail("gift")])}
    registered(shop, 2)
    shop.night(DAY)
    shop.campaigns = {"welcome": campaign(steps=[{"tag": {"add": "new"}}, limit, mail("gift")])}
    for key in range(11, 15):
        shop.customer(key, registered_at=noon(NEXT))
    shop.night(NEXT)
    assert templates(shop) == {"gift": 3}


def test_two_texts_of_one_limit_count_every_customer_once(shop: Shop) -> None:
    limit = {"limit": {"name": "gifts", "customers": 4}}
    waiting = [{"wait": "1 day"}, limit, mail("gift")]
    shop.campaigns = {"welcome": campaign(steps=[limit, mail("gift")])}
    registered(shop, 2)
    shop.night(DAY)
    shop.campaigns = {"welcome": campaign(steps=waiting)}
    shop.customer(11, registered_at=noon(NEXT))
    shop.night(NEXT)
    daily = {"limit": {"name": "gifts", "customers": 4, "per": "month"}}
    shop.campaigns = {"welcome": campaign(steps=[daily, mail("gift")])}
    shop.customer(12, registered_at=noon(NEXT + (NEXT - DAY)))
    shop.night(NEXT + (NEXT - DAY))  # one stands at the limit in all, one at that of the month
    assert templates(shop) == {"gift": 4}


def test_so_many_may_enter(shop: Shop) -> None:
    shop.campaigns = {"welcome": campaign(limit={"entries": 3, "per": "week"})}
    registered(shop, 5)
    first = shop.night(DAY)
    assert (first.entered, first.turned_away) == (3, 2)
    again = shop.night(DAY)
    assert (again.entered, again.turned_away) == (0, 2)
    assert shop.night(date(2026, 3, 5)).entered == 0
    shop.customer(9, registered_at=noon(date(2026, 3, 9)))
    assert shop.night(date(2026, 3, 9)).entered == 1


def test_hours_pass_between_runs_of_a_day(shop: Shop) -> None:
    shop.campaigns = {"welcome": campaign(steps=[{"wait": "90 minutes"}, mail("later")])}
    registered(shop, 2)
    shop.night(DAY, hour=8)
    assert shop.warehouse.rows("select distinct due_at from entry") == [(datetime(2026, 3, 2, 9, 30, tzinfo=UTC),)]
    shop.night(DAY, hour=9)
    assert shop.messages() == []
    shop.night(DAY, hour=10)
    assert templates(shop) == {"later": 2}


def test_a_wait_for_a_time_of_the_customers_clock(shop: Shop) -> None:
    shop.campaigns = {"welcome": campaign(steps=[{"wait_until": {"at": "10:00", "clock": "customer"}}, mail("later")])}
    for key, zone in enumerate(("Asia/Tokyo", "America/New_York", None, "no such zone"), 1):
        shop.customer(key, registered_at=noon(DAY), timezone=zone)
    shop.night(DAY, hour=8)
    due = shop.warehouse.rows("select customer_key, due_at from entry order by customer_key")
    tokyo, new_york = datetime(2026, 3, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert due == [(1, tokyo), (2, new_york), (3, new_york), (4, new_york)]


def test_a_day_that_has_passed_is_not_waited_for(shop: Shop) -> None:
    shop.campaigns = {"welcome": campaign(steps=[{"wait_until": {"day": "2026-01-01"}}, mail("now")])}
    registered(shop, 2)
    shop.night(DAY)
    assert templates(shop) == {"now": 2}


def test_stays_at_once_keep_the_days_between_them(shop: Shop) -> None:
    steps = [{"wait": "5 days"}, mail("thanks")]
    shop.campaigns = {
        "thanks": campaign(trigger={"receipt": {}}, concurrent=True, re_entry={"after": "1 day"}, steps=steps)
    }
    shop.customer(1)
    shop.receipts(1, DAY, DAY)
    assert shop.night(DAY).entered == 1
    assert shop.night(DAY).entered == 0
    assert shop.night(NEXT).entered == 1


def test_stays_at_once(shop: Shop) -> None:
    steps = [{"wait": "5 days"}, mail("thanks")]
    shop.campaigns = {"thanks": campaign(trigger={"receipt": {}}, concurrent=True, steps=steps)}
    shop.customer(1)
    shop.receipts(1, DAY, DAY)
    assert shop.night(DAY).entered == 2
    before = shop.state()
    shop.night(DAY)
    assert shop.state() == before
    assert shop.warehouse.value("select count(*) from entry where exited_on is null") == 2
