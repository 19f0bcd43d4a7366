"""Triggers that a change pulls: segments and RFM, prices and stocks, permissions, addresses, profiles."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tests.campaign.shop import DAY, Shop, campaign, noon
from tests.campaign.test_trigger_days import context
from tests.campaign.test_triggers import found

NIGHT = date(2017, 12, 30)


def row(shop: Shop, table: str, **columns: Any) -> None:
    names, holes = ", ".join(columns), ", ".join(f"${name}" for name in columns)
    shop.warehouse.run(f"insert into {table} ({names}) values ({holes})", **columns)


def who(shop: Shop, trigger: dict[str, Any], since: date = NIGHT, until: date = NIGHT) -> list[int]:
    return [hit[0] for hit in found(shop.warehouse, trigger, since, until)]


def test_left_a_segment_for_good(shop: Shop) -> None:
    shop.member(1, "vip", NIGHT - 9 * DAY, left=NIGHT)
    shop.member(2, "vip", NIGHT - 9 * DAY, left=NIGHT - DAY)
    shop.member(2, "vip", NIGHT)
    shop.member(3, "vip", NIGHT - 9 * DAY)
    shop.member(4, "vip", NIGHT - 9 * DAY, left=NIGHT - 5 * DAY, initial=True)
    assert found(shop.warehouse, {"left_segment": "vip"}, NIGHT - 3 * DAY, NIGHT) == [(1, "2017-12-30", NIGHT)]


def rfm(shop: Shop, key: int, old: tuple[int, str] | None, new: tuple[int, str] | None, day: date = NIGHT) -> None:
    """A change of all three scores to one number, and of the cell; None is nobody's."""
    before, after = old or (None, None), new or (None, None)
    shop.warehouse.run(
        "insert into rfm_change values ($day, $key, $o, $o, $o, $old, $n, $n, $n, $new)",
        day=day, key=key, o=before[0], old=before[1], n=after[0], new=after[1],
    )  # fmt: skip
    if new:
        shop.warehouse.run("delete from rfm where customer_key = $key", key=key)
        shop.warehouse.run("insert into rfm values ($key, $n, $n, $n, $cell)", key=key, n=new[0], cell=new[1])


def test_came_into_an_rfm_cell(shop: Shop) -> None:
    for day, redefined in ((NIGHT - DAY, True), (NIGHT, False)):
        shop.warehouse.run("insert into rfm_day values ($day, 365, 9, 9, 'x', $again)", day=day, again=redefined)
    rfm(shop, 1, (4, "loyal"), (2, "at_risk"))
    rfm(shop, 2, (1, "lost"), (2, "at_risk"))
    rfm(shop, 3, None, (5, "best"))
    rfm(shop, 4, (4, "loyal"), (5, "loyal"))
    rfm(shop, 5, (4, "loyal"), None)
    rfm(shop, 6, (4, "loyal"), (2, "at_risk"), NIGHT - DAY)  # rfm.yaml changed on that day

    def cell(**of: Any) -> list[int]:
        return who(shop, {"rfm_cell": of}, NIGHT - 3 * DAY)

    assert cell(to="at_risk") == [1, 2]
    assert cell(to="at_risk", direction="down") == [1]
    assert cell(to=["at_risk", "best"], direction="up") == [2, 3]
    assert cell(**{"from": "loyal"}) == [1]
    assert cell(direction="up") == [2, 3]
    rfm(shop, 1, (2, "at_risk"), (1, "lost"), NIGHT + DAY)  # he has gone on
    assert cell(to="at_risk") == [2]


def product(shop: Shop, key: int, **columns: Any) -> None:
    row(shop, "product_ident", product_key=key, product_id=f"p{key}")
    row(shop, "product", product_key=key, name=f"Thing {key}", **columns)


def changed(shop: Shop, key: int, kind: str, before: float | None, value: float, *, at: datetime | None = None) -> None:
    row(shop, "product_change", product_key=key, kind=kind, value=value, before=before, changed_at=at, known_on=NIGHT)


def interested(shop: Shop, customer: int, product_key: int, day: date = NIGHT - 5 * DAY) -> None:
    """He viewed it, bought it, and put it into his cart."""
    seen = {"customer_key": customer, "product_key": product_key}
    row(shop, "web_event", event_id="e", name="view", occurred_at=noon(day), day=day, **seen)
    row(shop, "container", container="cart", added_at=noon(day), **seen)
    line = {"receipt_key": 1, "line_no": 1, "quantity": 1, "amount": 1, "counted": True}
    row(shop, "receipt_line", day=day, **seen, **line)


OF = [{"viewed": 30}, {"bought": 30}, {"container": "cart"}]


@pytest.mark.parametrize("of", OF)
def test_a_price_fell_of_what_interests_him(shop: Shop, of: dict[str, Any]) -> None:
    product(shop, 1, price=90)
    changed(shop, 1, "price", 100, 90)
    product(shop, 2, price=60)
    changed(shop, 2, "price", 100, 80, at=noon(NIGHT - DAY))
    changed(shop, 2, "price", 80, 60, at=noon(NIGHT))
    product(shop, 3, price=100)  # down and up again
    changed(shop, 3, "price", 100, 50, at=noon(NIGHT))
    changed(shop, 3, "price", 50, 100, at=noon(NIGHT).replace(hour=13))
    product(shop, 4, price=9)  # its first price
    changed(shop, 4, "price", None, 9)
    for key in (1, 2, 3, 4):
        interested(shop, key, key)
    interested(shop, 5, 1, NIGHT + DAY)  # he came after the change
    interested(shop, 6, 1)
    interested(shop, 6, 2)
    drop = {"price_changed": {"of": of, "drop": "10%"}}
    assert who(shop, drop) == [1, 2, 6]
    assert who(shop, {"price_changed": {"of": of, "drop": 11}}) == [2, 6]
    assert who(shop, {"price_changed": {"of": of, "rise": 1}}) == []
    assert who(shop, {"price_changed": {"of": of}}) == [1, 2, 6]
    assert context(shop.warehouse, drop, NIGHT, NIGHT)[2] == {
        "product_id": "p2", "product": "Thing 2", "price_before": 80.0, "price": 60.0, "stock": None, "products": 2,
    }  # fmt: skip
    assert who(shop, drop, NIGHT - DAY) == [1, 2, 2, 6, 6]


@pytest.mark.parametrize("of", OF)
def test_a_price_of_products_that_are_named(shop: Shop, of: dict[str, Any]) -> None:
    """Shoes and boots below them, by id or by name; hats are another category, called like the id of shoes. A further
    classifier has the last two among gifts."""
    for key, (code, name) in enumerate((("10", "Shoes"), ("11", "Boots"), ("20", "10"), ("30", "Gifts")), start=1):
        row(shop, "category_ident", category_key=key, category_id=code)
        row(shop, "category", category_key=key, name=name)
    for key, ancestor in ((1, 1), (2, 2), (2, 1), (3, 3), (4, 4)):
        row(shop, "category_ancestor", category_key=key, ancestor_key=ancestor, depth=int(key != ancestor))
    for key, (category, brand) in enumerate(((1, "A"), (2, "B"), (3, "A"), (None, None)), start=1):
        product(shop, key, price=60, category_key=category, brand=brand)
        changed(shop, key, "price", 100, 60)
        interested(shop, key, key)
    for key in (3, 4):
        row(shop, "product_category", product_key=key, classifier="occasion", category_key=4)

    def named(**more: Any) -> list[int]:
        return who(shop, {"price_changed": {"of": {**of, **more}}})

    assert named() == [1, 2, 3, 4]
    assert named(product="p4") == [4]
    assert named(product=["p4", "p2", "gone"]) == [2, 4]
    assert named(category="10") == named(category="Shoes") == [1, 2]
    assert named(category=["11", "20"]) == [2, 3]
    assert named(category=["11", "Gifts"]) == [2, 3, 4]
    assert named(brand="A") == [1, 3]
    assert named(brand="A", category="Shoes") == [1]
    assert named(category="gone") == []


def test_a_trigger_that_names_what_is_not_there_lets_nobody_in(shop: Shop) -> None:
    product(shop, 1, price=60)
    changed(shop, 1, "price", 100, 60)
    shop.customer(1)
    interested(shop, 1, 1)
    of = {"container": "cart", "product": ["p1", "gone"]}
    shop.campaigns = {"drop": campaign(trigger={"price_changed": {"of": of}})}
    assert shop.night(NIGHT).entered == 0
    problems = [text for (text,) in shop.warehouse.rows("select problem from rule_problem")]
    assert ["gone" in text for text in problems] == [True]


@pytest.mark.parametrize("of", OF)
def test_stocks_that_run_low_or_are_filled_again(shop: Shop, of: dict[str, Any]) -> None:
    for key, before, now in ((1, 9, 2), (2, 9, 0), (3, 2, 1), (4, 0, 7), (5, 0, 2)):
        product(shop, key, stock=now)
        changed(shop, key, "stock", before, now)
        interested(shop, key, key)
    assert who(shop, {"low_stock": {"of": of, "at_most": 3}}) == [1]
    assert who(shop, {"back_in_stock": {"of": of}}) == [4, 5]


def test_what_is_scarce_is_put_into_the_cart(shop: Shop) -> None:
    product(shop, 1, stock=2)
    interested(shop, 1, 1, NIGHT)
    assert who(shop, {"low_stock": {"of": {"container": "cart"}, "at_most": 3}}) == [1]
    assert who(shop, {"low_stock": {"of": {"container": "favourites"}, "at_most": 3}}) == []
    assert who(shop, {"low_stock": {"of": {"viewed": 3}, "at_most": 3}}) == []


def test_a_corrected_price_greets_nobody_twice(shop: Shop) -> None:
    of = {"price_changed": {"of": {"viewed": 30}, "drop": 10}}
    shop.campaigns = {"drop": campaign(category="service", trigger=of)}
    shop.customer(1)
    product(shop, 1, price=80)
    changed(shop, 1, "price", 100, 80, at=noon(NIGHT))
    interested(shop, 1, 1)
    assert shop.night(NIGHT).entered == 1
    shop.warehouse.run("update product set price = 70")
    shop.warehouse.run("update product_change set value = 70")
    assert shop.night(NIGHT + DAY).entered == 0


def refusal(shop: Shop, key: int, state: str, day: date, category: str = "marketing") -> None:
    said = {"customer_key": key, "channel": "email", "category": category, "state": state, "changed_at": noon(day)}
    row(shop, "subscription_log", **said)
    shop.warehouse.run(
        "delete from subscription where customer_key = $key and category = $category", key=key, category=category
    )
    row(shop, "subscription", **said)


def test_refusals_once(shop: Shop) -> None:
    refusal(shop, 1, "yes", NIGHT - 9 * DAY)
    refusal(shop, 1, "no", NIGHT)
    refusal(shop, 1, "no", NIGHT, "service")
    refusal(shop, 2, "no", NIGHT - 9 * DAY)  # said once more
    refusal(shop, 2, "no", NIGHT)
    refusal(shop, 3, "no", NIGHT)  # and taken back
    refusal(shop, 3, "yes", NIGHT)
    refusal(shop, 4, "no", NIGHT, "service")
    assert who(shop, {"unsubscribed": {}}) == [1, 4]
    assert who(shop, {"unsubscribed": {"category": "marketing", "channel": "email"}}) == [1]
    assert who(shop, {"unsubscribed": {"channel": "sms"}}) == []
    assert context(shop.warehouse, {"unsubscribed": {}}, NIGHT, NIGHT)[0] == {
        "channel": "email", "category": "marketing", "refusals": 2,
    }  # fmt: skip


def test_messages_that_came_back(shop: Shop) -> None:
    for key, state, channel in ((1, "bounced", "email"), (2, "delivered", "email"), (3, "bounced", "sms")):
        row(
            shop, "message", message_key=f"m{key}", entry_key="e", campaign="hello", kind="campaign", version=1, step=1,
            customer_key=key, channel=channel, category="c", template="t", arm="test", planned_on=NIGHT,
            due_at=noon(NIGHT), expires_at=noon(NIGHT), state=state, state_at=noon(NIGHT),
        )  # fmt: skip
    row(shop, "past_mailing", mailing="x", channel="email", starts_on=NIGHT)
    for key, state in ((4, "bounced"), (5, "opened")):
        row(
            shop, "past_message_event", event_id="e", mailing="x", customer_key=key, state=state,
            occurred_at=noon(NIGHT), day=NIGHT,
        )  # fmt: skip
    assert who(shop, {"bounced": {}}) == [1, 4]
    assert who(shop, {"bounced": {"channel": "sms"}}) == [3]


def test_merged_profiles(shop: Shop) -> None:
    for number, undone in ((1, None), (2, None), (3, NIGHT)):
        row(
            shop, "customer_merge", merge_no=number, rule="r", signs=["email"], merged_key=10 + number,
            survivor_key=1 if number < 3 else 2, as_of=NIGHT, undone_on=undone,
        )  # fmt: skip
    assert found(shop.warehouse, {"merged": {}}, NIGHT, NIGHT) == [(1, "2017-12-30", NIGHT)]
