"""Triggers that the calendar pulls, against plain Python."""

from __future__ import annotations

import json
from calendar import monthrange
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from smc.campaign.triggers import hits
from smc.config.specs.trigger_day import Repetition
from smc.warehouse import Warehouse, sql
from tests.campaign.shop import DAY, Shop, campaign, noon
from tests.campaign.test_triggers import found

NIGHT = date(2017, 12, 30)


def context(warehouse: Warehouse, trigger: dict[str, Any], since: date, until: date) -> list[dict[str, Any]]:
    query = sql("select context from $q as q order by all", q=hits(campaign(trigger=trigger), since, until))
    return [json.loads(text) for (text,) in warehouse.rows(query)]


def month_later(day: date, months: int) -> date:
    """Plain Python: the same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@hypothesis_settings(max_examples=40)
@given(
    born=st.lists(st.dates(date(2019, 1, 1), date(2026, 3, 1)), min_size=1, max_size=20),
    night=st.dates(date(2024, 1, 1), date(2026, 3, 31)) | st.sampled_from([date(2024, 2, 29), date(2025, 2, 28)]),
    look_back=st.integers(0, 30),
    offset=st.integers(-60, 60),
    every=st.sampled_from([("months", 1), ("months", 5), ("years", 2), ("days", 1), ("days", 100)]),
)
def test_a_date_comes_round_as_often_as_asked(
    warehouse: Warehouse, *, born: list[date], night: date, look_back: int, offset: int, every: tuple[str, int]
) -> None:
    unit, step = every
    warehouse.run("delete from customer")
    for key, day in enumerate(born):
        warehouse.run("insert into customer (customer_key, birth_date) values ($key, $day)", key=key, day=day)
    since = night - look_back * DAY
    months = {"months": 1, "years": 12}.get(unit, 0)
    rounds = range(1, 3000 if unit == "days" else 100)
    expected = set()
    for key, day in enumerate(born):
        for number in (step * nth for nth in rounds):
            comes = month_later(day, number * months) if months else day + number * DAY
            if since <= comes + offset * DAY <= night:
                name = {"months": str(comes)[:7], "years": str(comes.year), "days": str(number)}[unit]
                expected.add((key, name, comes + offset * DAY))
    trigger = {"anniversary": {"of": "birth_date", "offset": offset, "every": {unit: step}}}
    assert found(warehouse, trigger, since, night) == sorted(expected)


def test_dates_of_fields_yaml_come_round(shop: Shop) -> None:
    shop.customer(1, custom={"wedding": "2012-02-29", "visit": "2016-12-31T03:00:00Z", "note": "x"})
    shop.customer(2, custom={"wedding": "no date"})
    shop.customer(3)
    of = {"of": "wedding"}
    day = date(2017, 2, 28)
    assert found(shop.warehouse, {"anniversary": of}, day, day) == [(1, "2017", day)]
    assert context(shop.warehouse, {"anniversary": of}, day, day) == [
        {"date": "2012-02-29", "anniversary": "2017-02-28", "nth": 5}
    ]
    assert found(shop.warehouse, {"anniversary": {"of": "visit"}}, NIGHT, NIGHT) == [(1, "2017", NIGHT)]  # local


def order(shop: Shop, key: int, customer: int, day: date, **more: Any) -> None:
    shop.warehouse.run("insert into order_ident values ($key, $id)", key=key, id=f"o{key}")
    row = {"order_key": key, "customer_key": customer, "day": day, "total": 20, "counted": True} | more
    names, holes = ", ".join(row), ", ".join(f"${name}" for name in row)
    shop.warehouse.run(f"insert into customer_order ({names}) values ({holes})", **row)


def test_the_first_order_comes_round(shop: Shop) -> None:
    shop.customer(1)
    order(shop, 1, 1, date(2015, 12, 30), counted=False)
    order(shop, 2, 1, date(2016, 12, 30))
    order(shop, 3, 1, NIGHT - 9 * DAY)
    trigger = {"anniversary": {"of": "first_order"}}
    assert found(shop.warehouse, trigger, NIGHT, NIGHT) == [(1, "2017", NIGHT)]


@pytest.mark.parametrize(
    ("of", "occurrence"),
    [("registered_at", "registered"), ("last_order", "2017-12-23"), ("last_receipt", "2017-12-23")],
)
def test_days_since(shop: Shop, of: str, occurrence: str) -> None:
    day = NIGHT - 7 * DAY
    for key, when in ((1, day), (2, day - DAY), (3, NIGHT)):
        shop.customer(key, registered_at=noon(when))
        shop.receipts(key, when)
        shop.warehouse.run(
            "insert into customer_activity (customer_key, last_order) values ($key, $day)", key=key, day=when
        )
    trigger = {"days_since": {"of": of, "days": 7}}
    assert found(shop.warehouse, trigger, NIGHT, NIGHT) == [(1, occurrence, NIGHT)]
    assert len(found(shop.warehouse, trigger, NIGHT - DAY, NIGHT)) == 2
    assert context(shop.warehouse, trigger, NIGHT, NIGHT) == [{"date": str(day), "days": 7}]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({"cron": "0 0 * * MON"}, [1, 8, 15, 22, 29]),
        ({"cron": "0 0 L * *"}, [31]),
        ({"cron": "0 0 * * 5#2"}, [12]),
        ({"rrule": "FREQ=WEEKLY;INTERVAL=2", "start": date(2017, 12, 25)}, [8, 22]),
        ({"rrule": "RRULE:FREQ=MONTHLY;BYDAY=-1FR", "start": date(2017, 1, 1)}, [26]),
        ({"rrule": "FREQ=DAILY;COUNT=3", "start": date(2018, 1, 30)}, [30, 31]),
    ],
)
def test_days_that_come_again(shop: Shop, rule: dict[str, Any], days: list[int]) -> None:
    spec = Repetition.model_validate({"segment": "best", **rule})
    first, last = date(2018, 1, 1), date(2018, 1, 31)
    assert [day.day for day in spec.days(first, last)] == days
    shop.member(1, "best", first)
    shop.member(2, "other", first)
    expected = [(1, str(first.replace(day=day)), first.replace(day=day)) for day in days]
    assert found(shop.warehouse, {"repeat": {"segment": "best", **rule}}, first, last) == expected


def test_a_repeated_audience_is_drawn_once_a_day_and_caught_up(shop: Shop) -> None:
    """Monday's night is missed: Tuesday draws for it. Who becomes a member later has his turn in the next week."""
    shop.campaigns = {
        "club": campaign(category="service", trigger={"repeat": {"cron": "0 0 * * 1", "segment": "best"}})
    }
    for key in (1, 2, 3):
        shop.customer(key)
    shop.member(1, "best", date(2018, 1, 1))
    assert shop.night(date(2018, 1, 7)).entered == 0  # Sunday
    assert shop.night(date(2018, 1, 9)).entered == 1
    assert shop.night(date(2018, 1, 9)).entered == 0
    shop.member(2, "best", date(2018, 1, 10))
    assert shop.night(date(2018, 1, 10)).entered == 0
    assert shop.night(date(2018, 1, 15)).entered == 2
    shop.member(3, "best", date(2018, 1, 15))
    assert shop.night(date(2018, 1, 16)).entered == 0


def test_on_the_day_in_a_field(shop: Shop) -> None:
    shop.customer(1, custom={"insured_until": "2018-01-06"})
    shop.receipts(1, NIGHT - 9 * DAY)
    order(shop, 1, 1, NIGHT - 9 * DAY, delivery_on=NIGHT + DAY)
    order(shop, 2, 1, NIGHT - 9 * DAY, delivery_on=NIGHT + DAY, counted=False)
    order(shop, 3, 1, NIGHT - 9 * DAY, paid_at=datetime(2017, 12, 31, 3, tzinfo=UTC))

    def of(item: str, field: str, offset: int = 0) -> list[tuple[int, str, date]]:
        trigger = {"on_date_of": {"object": item, "field": field, "offset": offset}}
        return found(shop.warehouse, trigger, NIGHT, NIGHT)

    assert of("customer", "insured_until", -7) == [(1, "2018-01", NIGHT)]
    assert of("order", "delivery_on", -1) == [(1, "o1", NIGHT)]
    assert of("order", "paid_at") == [(1, "o3", NIGHT)]  # the local day
    assert of("receipt", "purchased_at", 9) == [(1, "r1000", NIGHT)]


def test_an_order_that_is_late_is_announced_once(shop: Shop) -> None:
    trigger = {"on_date_of": {"object": "order", "field": "delivery_on", "offset": -1}}
    shop.campaigns = {"due": campaign(category="service", trigger=trigger)}
    shop.customer(1)
    order(shop, 1, 1, NIGHT - 9 * DAY, delivery_on=NIGHT + DAY)
    assert shop.night(NIGHT).entered == 1
    shop.warehouse.run("update customer_order set delivery_on = $day", day=NIGHT + 3 * DAY)
    assert shop.night(NIGHT + 2 * DAY).entered == 0


def test_bonuses_that_expire(shop: Shop) -> None:
    day = NIGHT + 7 * DAY
    for key, account, amount, expires in (
        (1, "main", 60, day), (1, "gift", 50, day), (2, "main", 99, day), (3, "main", 500, day + DAY),
        (4, "main", 0, day),
    ):  # fmt: skip
        shop.warehouse.run(
            "insert into bonus_balance (customer_key, account, active, pending, expiring, expires_on) "
            "values ($key, $account, 0, 0, $amount, $day)",
            key=key, account=account, amount=amount, day=expires,
        )  # fmt: skip

    def who(**more: Any) -> list[int]:
        return [row[0] for row in found(shop.warehouse, {"bonuses_expire": {"days": 7} | more}, NIGHT, NIGHT)]

    assert who() == [1, 2]
    assert who(at_least=100) == [1]
    assert who(at_least=55, account="main") == [1, 2]
    assert who(account="gift") == [1]
    assert context(shop.warehouse, {"bonuses_expire": {"days": 7, "at_least": 100}}, NIGHT, NIGHT) == [
        {"amount": 110.0, "expires_on": "2018-01-06", "days": 7}
    ]


def test_what_was_given_by_receipts_and_by_campaigns_of_the_day_before(shop: Shop) -> None:
    shop.customer(1)
    shop.receipts(1, NIGHT, NIGHT, total=50)
    shop.warehouse.run("update receipt set bonus_accrued = 4")
    for key, kind, amount, day in (
        (1, "bonuses", 3, NIGHT - DAY), (2, "bonuses", 20, NIGHT), (3, "points", 30, NIGHT - DAY),
    ):  # fmt: skip
        shop.warehouse.run(
            "insert into accrual values ('t', $key, $kind, 'main', $amount, $day, null)",
            key=key, kind=kind, amount=amount, day=day,
        )  # fmt: skip

    def who(**of: Any) -> list[int]:
        return [row[0] for row in found(shop.warehouse, {"credited": of}, NIGHT, NIGHT)]

    assert who() == [1]
    assert who(at_least=11) == [1]
    assert who(at_least=12) == []
    assert who(kind="points") == [3]
    assert context(shop.warehouse, {"credited": {}}, NIGHT, NIGHT) == [{"kind": "bonuses", "amount": 11.0}]
