"""Each trigger against plain Python, over years and leap days."""

from __future__ import annotations

from calendar import isleap
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from smc.campaign.triggers import KINDS, hits
from smc.campaign.triggers.anniversaries import calendar
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.trigger import Trigger
from smc.config.specs.watch import Watched
from smc.config.watch import Watch
from smc.segment.watch import find_watched
from smc.warehouse import Warehouse, sql
from tests.campaign.shop import DAY, Shop, noon

NIGHT = date(2017, 12, 30)


def found(warehouse: Warehouse, trigger: dict[str, Any], since: date, until: date) -> list[tuple[int, str, date]]:
    spec = CampaignSpec.model_validate({"title": "t", "category": "c", "trigger": trigger, "steps": [{"exit": "done"}]})
    if isinstance(spec.trigger, Watched):
        watch = Watch(spec.trigger.row, since - spec.trigger.days_before * DAY, until)
        given = {watch.row.key: watch}
        find_watched(warehouse, given, {}, fields=FieldsSpec(), metrics=MetricsSpec(), as_of=until)
    return sorted(
        warehouse.rows(sql("select customer_key, occurrence, happened_on from $q as q", q=hits(spec, since, until)))
    )


def birthday(born: date, year: int) -> date:
    """Product.md: February 29 falls on the 28th in common years."""
    if (born.month, born.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return born.replace(year=year)


@hypothesis_settings(max_examples=40)
@given(
    born=st.lists(st.dates(date(1930, 1, 1), date(2030, 12, 31)) | st.just(date(1996, 2, 29)), min_size=1, max_size=20),
    night=st.dates(date(2016, 1, 1), date(2033, 1, 1)) | st.sampled_from([date(2024, 2, 29), date(2025, 2, 28)]),
    look_back=st.integers(0, 30),
    offset=st.integers(-60, 60),
)
def test_every_birthday_is_found_once_a_year(
    warehouse: Warehouse, born: list[date], night: date, look_back: int, offset: int
) -> None:
    warehouse.run("delete from customer")
    for key, day in enumerate(born):
        warehouse.run("insert into customer (customer_key, birth_date) values ($key, $day)", key=key, day=day)
    since = night - look_back * DAY
    expected = [
        (key, str(year), birthday(day, year) + offset * DAY)
        for key, day in enumerate(born)
        for year in range(2015, 2035)
        if year > day.year and since <= birthday(day, year) + offset * DAY <= night
    ]
    assert found(warehouse, {"anniversary": {"of": "birth_date", "offset": offset}}, since, night) == sorted(expected)


def test_the_calendar_gives_the_leap_day_its_turn_in_common_years() -> None:
    assert calendar(date(2025, 2, 28), date(2025, 2, 28), 0) == [
        (date(2025, 2, 28), date(2025, 2, 28), 2, day) for day in (28, 29, 30, 31)
    ]
    assert [row[2:] for row in calendar(date(2024, 2, 28), date(2024, 2, 29), 0)] == [
        (2, 28), (2, 29), (2, 30), (2, 31),
    ]  # fmt: skip


def test_registration_anniversary_uses_the_local_day(shop: Shop) -> None:
    # 03:00 UTC on the 31st is still the 30th in New York.
    shop.customer(1, registered_at=datetime(2016, 12, 31, 3, tzinfo=UTC))
    trigger = {"anniversary": {"of": "registered_at"}}
    assert found(shop.warehouse, trigger, NIGHT, NIGHT) == [(1, "2017", NIGHT)]
    assert found(shop.warehouse, {"registered": {}}, date(2016, 12, 31), date(2016, 12, 31)) == []


@pytest.mark.parametrize(("of", "occurrence"), [("first_receipt", "2017"), ("last_receipt", "2017-12-30")])
def test_receipt_anniversaries(shop: Shop, of: str, occurrence: str) -> None:
    shop.customer(1)
    shop.receipts(1, NIGHT.replace(year=2016))
    shop.customer(2)
    assert found(shop.warehouse, {"anniversary": {"of": of}}, NIGHT, NIGHT) == [(1, occurrence, NIGHT)]


def test_days_since_last_receipt_names_that_receipt(shop: Shop) -> None:
    shop.customer(1)
    shop.receipts(1, NIGHT - 90 * DAY, NIGHT - 30 * DAY)
    shop.customer(2)
    shop.receipts(2, NIGHT - 31 * DAY)
    rows = found(shop.warehouse, {"days_since_last_receipt": 30}, NIGHT, NIGHT)
    assert rows == [(1, "2017-11-30", NIGHT)]
    assert len(found(shop.warehouse, {"days_since_last_receipt": 30}, NIGHT - DAY, NIGHT)) == 2


def test_registered_after_some_days(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(NIGHT - 7 * DAY))
    shop.customer(2, registered_at=noon(NIGHT))
    assert found(shop.warehouse, {"registered": {"days": 7}}, NIGHT, NIGHT) == [(1, "registered", NIGHT)]


def test_receipts_paid_first_and_large(shop: Shop) -> None:
    shop.customer(1)
    shop.receipts(1, NIGHT, NIGHT)
    shop.customer(2)
    shop.receipts(2, NIGHT - 9 * DAY, NIGHT, total=100)
    shop.customer(3)
    shop.receipts(3, NIGHT, status="cancelled")
    every = found(shop.warehouse, {"receipt": {}}, NIGHT, NIGHT)
    assert [row[1] for row in every] == ["r1000", "r1001", "r2001"]
    assert [row[1] for row in found(shop.warehouse, {"receipt": {"first": True}}, NIGHT, NIGHT)] == ["first"]
    assert [row[1] for row in found(shop.warehouse, {"receipt": {"total_at_least": 50}}, NIGHT, NIGHT)] == ["r2001"]


def test_entered_segment_means_news_only(shop: Shop) -> None:
    shop.member(1, "lapsed", NIGHT)
    shop.member(2, "lapsed", NIGHT, initial=True)
    shop.member(3, "lapsed", NIGHT, left=NIGHT)
    shop.member(4, "other", NIGHT)
    shop.member(5, "lapsed", NIGHT - 5 * DAY)
    assert found(shop.warehouse, {"entered_segment": "lapsed"}, NIGHT, NIGHT) == [(1, "2017-12-30", NIGHT)]


def test_a_date_takes_the_members_of_that_day(shop: Shop) -> None:
    shop.member(1, "best", NIGHT - DAY)
    shop.member(2, "best", NIGHT - 2 * DAY, left=NIGHT - DAY)
    trigger = {"date": {"on": "2017-12-30", "segment": "best"}}
    assert found(shop.warehouse, trigger, NIGHT, NIGHT) == [(1, "2017-12-30", NIGHT)]
    assert found(shop.warehouse, trigger, NIGHT + DAY, NIGHT + DAY) == []


def test_a_mailing_leaves_out_the_excluded(shop: Shop) -> None:
    for key in (1, 2):
        shop.member(key, "best", NIGHT)
    shop.member(2, "staff", NIGHT)
    spec = MailingSpec.model_validate(
        {"title": "t", "category": "c", "audience": "best", "exclude": ["staff"], "send_on": NIGHT, "template": "x"}
    )
    rows = shop.warehouse.rows(sql("select customer_key from $q as q", q=hits(spec, NIGHT, NIGHT)))
    assert rows == [(1,)]


@pytest.mark.parametrize(
    ("bought", "expected"),
    [
        ({"within": "3 days"}, [1, 2]),
        ({"since": "2017-12-20", "until": "yesterday"}, [2, 3]),
        ({"between": ["10 days ago", "4 days ago"]}, [3]),
        ({}, [1, 2, 3]),
        (None, [1, 2, 3, 4, 5]),
    ],
)
def test_a_mailing_goes_to_those_who_bought(shop: Shop, bought: object, expected: list[int]) -> None:
    for key in range(1, 6):
        shop.member(key, "best", NIGHT)
    shop.receipts(1, NIGHT)
    shop.receipts(2, NIGHT - DAY, NIGHT - 2 * DAY)
    shop.receipts(3, NIGHT - 5 * DAY)
    shop.receipts(4, NIGHT + DAY)
    shop.receipts(5, NIGHT)
    shop.warehouse.run("update receipt set status = 'returned' where customer_key = 5")
    spec = MailingSpec.model_validate(
        {"title": "t", "category": "c", "audience": "best", "send_on": NIGHT, "template": "x", "bought": bought}
    )
    query = hits(spec, NIGHT - DAY, NIGHT + DAY)
    assert sorted(shop.warehouse.rows(sql("select customer_key from $q as q", q=query))) == [(key,) for key in expected]


def test_every_kind_of_trigger_is_known() -> None:
    assert set(KINDS) == {get_args(one)[0] for one in get_args(get_args(Trigger)[0])}
    assert all(kind.occurrence for kind in KINDS.values())
