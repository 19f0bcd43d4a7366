"""Numbers, masks and words."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.report import show
from smc.report.site import slug
from smc.report.words import rule_words, steps_in_words, trigger_words
from tests.report.world import WIN_BACK


def test_numbers_and_money() -> None:
    assert show.number(1234567) == "1\u202f234\u202f567"
    assert show.number(-0.04, 1) == "0.0"
    assert show.number(-1234.5, 1) == "\u22121\u202f234.5"
    assert show.number(None) == show.NOTHING
    assert show.money(Decimal("-4596039.58"), "USD") == "\u2212$4\u202f596\u202f039.58"
    assert show.money(5, "KZT") == "5.00\u202fKZT"
    assert [show.brief_money(Decimal(text), "USD") for text in ("9999.4", "10000", "-1234567", "9.9e9")] == [
        "$9\u202f999", "$10.0K", "\u2212$1.2M", "$9.9B",
    ]  # fmt: skip
    assert show.brief_money(25000, "KZT") == "25.0K\u202fKZT"
    assert show.share(0.1234) == "12.3%"
    assert show.points(-0.0678) == "\u22126.8"
    assert show.day_in_words(date(2017, 12, 3)) == "3 December 2017"
    assert show.instant(datetime(2018, 1, 1, 3, 0, tzinfo=UTC), "America/New_York") == "2017-12-31 22:00"


@pytest.mark.parametrize(
    ("value", "field", "shown"),
    [
        ("call +1 (212) 555-01-79 now", "status", "call +9 (999) 999-99-99 now"),
        ("ann@example.com", "total", "xxx@xxxxxxx.xxx"),
        ("Ann Smith", "full_name", "xxx xxxxx"),
        ("gold", "custom.level", "xxxx"),
        ("2017-13-40", "purchased_at", "2017-13-40"),
        ("12,5 Ann", "receipt_line.amount", "12,5 Ann"),
        ("Ann", "customer.first_name", "xxx"),
        ("XL 7", "customer.custom.size", "xx 9"),
        ("Ann", "custom", "xxx"),
        ("2017-13-40", "day_of_a_mart", "9999-99-99"),
        ("Ann", "passports.name", "xxx"),
        ("ann@example.com", "receipt.total", "xxx@xxxxxxx.xxx"),
        ("12,5x", "total", "12,5x"),
        (None, "email", None),
        (None, None, None),
        ("B1,Smith,Ann;Main street 5,b@example.com", None, "x9,xxxxx,xxx;xxxx xxxxxx 9,x@xxxxxxx.xxx"),
        ("1990-01-02", None, "9999-99-99"),
    ],
)
def test_masks(value: str | None, field: str | None, shown: str | None) -> None:
    assert show.masked(value, field) == shown


@given(st.text(), st.sampled_from(["email", "phone", "last_name", "custom.any", None]))
def test_nothing_personal_is_left(value: str, field: str | None) -> None:
    masked = show.masked(value, field)
    assert masked is not None
    assert {sign for sign in masked[: show.LONGEST] if sign.isalnum()} <= {"x", "9"}


@pytest.mark.parametrize("sign", ["z", "7", "@", "z@", "7 ", "+", "(", "\u00e9", "z;"])
@pytest.mark.parametrize("field", ["total", "email", None])
def test_a_value_of_any_length_is_masked_at_once_and_cut(sign: str, field: str | None) -> None:
    began = time.process_time()
    masked = show.masked(sign * 1_000_000, field)
    assert masked is not None
    assert len(masked) < show.LONGEST + 40
    assert masked.endswith(f"… ({len(sign) * 1_000_000:,} characters)")
    assert time.process_time() - began < 1


@pytest.mark.parametrize("pattern", [show._EMAIL, show._PHONE])  # noqa: SLF001 - their cost is asked for
@pytest.mark.parametrize("sign", ["z", "7", "7z", "z@", "7 ", "1234567890z"])
def test_the_cost_of_a_mask_grows_with_the_text_alone(pattern: re.Pattern[str], sign: str) -> None:
    began = time.process_time()
    pattern.sub("", sign * 100_000)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("personal", ["ann.smith@example.com", "+7 (912) 345-67-89", "AnnSmith" * 30 + "@example.com"])
@pytest.mark.parametrize("before", range(0, show.LONGEST, 3))
def test_a_cut_shows_no_half_of_what_is_personal(personal: str, before: int) -> None:
    text = "-" * (before - 1) + " " * (before > 0) + personal
    masked = show.masked(f"{text} and more {';' * show.LONGEST}", "total")
    assert masked is not None
    assert not set(masked.partition(" and")[0].partition("…")[0]) & set("AnSmith12345678")


@given(st.lists(st.text(min_size=1), unique=True, min_size=2, max_size=6))
def test_file_names_are_safe_and_never_meet(names: list[str]) -> None:
    made = [slug(name) for name in names]
    assert len(set(made)) == len(made)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_") for name in made)


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ({"entered_segment": "vip"}, "The customer entered the segment “Best”."),
        ({"anniversary": {"of": "birth_date", "offset": -3}}, "3 days before the birthday, every year."),
        ({"anniversary": {"of": "first_receipt"}}, "On the anniversary of the first receipt, every year."),
        (
            {"anniversary": {"of": "wed", "every": {"months": 6}}},
            "On the anniversary of the date “wed”, every 6 months.",
        ),
        ({"days_since": {"of": "last_order", "days": 9}}, "9 days after the last order."),
        ({"repeat": {"cron": "0 0 1 * *", "segment": "vip"}}, "On the days “0 0 1 * *”, for the segment “Best”."),
        (
            {"on_date_of": {"object": "order", "field": "delivery_on", "offset": -1}},
            "1 day before the day in “delivery_on” of the order.",
        ),
        ({"bonuses_expire": {"days": 7, "at_least": 100}}, "7 days before 100 or more bonuses expire."),
        ({"credited": {"at_least": 5}}, "The customer was given 5 or more bonuses."),
        ({"left_segment": "vip"}, "The customer left the segment “Best”."),
        (
            {"rfm_cell": {"to": ["lost"], "from": ["a", "b"], "direction": "down"}},
            "The customer came into the RFM cell “lost” from “a” or “b”, downwards.",
        ),
        (
            {"price_changed": {"of": {"viewed": 30}, "drop": 10}},
            "The price of a product viewed in the last 30 days fell by 10 % or more.",
        ),
        (
            {"low_stock": {"of": {"container": "cart"}, "at_most": 5}},
            "Only 5 or less are left of a product in the list “cart”.",
        ),
        ({"back_in_stock": {"of": {"bought": 1}}}, "There is again some of a product bought in the last 1 day."),
        ({"unsubscribed": {"channel": "email"}}, "The customer refused messages by email."),
        ({"bounced": {}}, "A message by email came back."),
        ({"merged": {}}, "Another profile was merged into that of the customer."),
        ({"days_since_last_receipt": 30}, "30 days after the last receipt."),
        ({"registered": {"days": 0}}, "On the day of registration."),
        ({"registered": {"days": 1}}, "1 day after registration."),
        ({"receipt": {"first": True, "total_at_least": "50"}}, "After the first receipt of 50 or more."),
        ({"receipt": {"where": {"store_id": {"in": ["A", "B"]}}}}, "After a receipt (store_id is one of A, B)."),
        ({"bought": {"category": ["tea"]}}, "After a purchase (category tea)."),
        (
            {"order": {"becomes": {"payment": ["paid"], "status": None}, "from": ["new"]}},
            "After an order becomes payment paid from new.",
        ),
        (
            {"abandoned_cart": {"container": ["cart"], "after": "2 hours"}},
            "2 hours after a cart was left (container cart).",
        ),
        ({"date": {"on": "2018-01-01", "segment": "x"}}, "On 2018-01-01, for the segment “x”."),
        ({"unheard_of": 3}, "unheard_of: 3"),
    ],
)
def test_triggers_in_words(trigger: dict[str, Any], words: str) -> None:
    assert trigger_words(trigger, {"vip": "Best"}) == words


def test_steps_are_numbered_as_the_campaign_numbers_them() -> None:
    steps = steps_in_words(WIN_BACK["steps"], {})  # type: ignore[arg-type] # a literal of mixed values
    assert [(step.number, step.depth, step.text) for step in steps] == [
        (1, 0, "Only if tagged “vip”"),
        (2, 1, "Leave: no vip"),
        (3, 0, "E-mail “come_back”"),
        (4, 0, "Wait 2 days"),
    ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"any": [{"tag": "a"}, {"not": {"in_segment": "vip"}}]}, "(tagged “a” or not in the segment “Best”)"),
        ({"attribute": {"field": "city", "in": ["A", "B"]}}, "city is one of A, B"),
        ({"attribute": {"field": "city", "empty": False}}, "city is not empty"),
        ({"metric": {"name": "revenue", "between": [1, 2]}}, "revenue is between 1 and 2"),
        ({"rfm": {"recency": [1, 2], "cell": "lost"}}, "RFM recency 1, 2, cell lost"),
        ({"bought": {"category": "milk", "within": 30, "receipts": {"at_least": 2}}},
         "bought category milk within 30 days (receipts at least 2)"),
        ({"subscribed": {"channel": "email", "category": "news"}}, "permission for email, news is yes"),
        ({"sample": {"percent": "10", "salt": "s"}}, "in a sample of 10%"),
    ],
)  # fmt: skip
def test_rules_in_words(rule: dict[str, Any], words: str) -> None:
    assert rule_words(rule, {"vip": "Best"}) == words
